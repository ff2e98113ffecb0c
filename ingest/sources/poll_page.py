"""What one page of a polled source holds: its rows as lines, where the next page is, how far its rows reach.

Who may import it: ingest.sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import msgspec

from ingest.cloudevent import NOT_JSON
from ingest.sources.gtfs_realtime import feed_rows
from ingest.sources.json_document import document_lines
from ingest.sources.json_rows import find, with_keys
from ingest.sources.row_path import row_path
from warehouse.errors import DataError, SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.rule import FileNotation
    from ingest.sources.poll_settings import PollSettings


@dataclass(frozen=True, slots=True)
class PollPage:
    """A page.

    Attributes:
        lines: JSON objects; one may hold a list of rows when the mapping says so.
        rows: how many rows there are.
        link: address of the next page; empty = none is named.
        cursor: of the next page; empty = none is named.
        since: largest value of the column `since`; None = no row has one.
        total: what the answer says that a poll has to give on all pages together; empty = it does not say.
        digest: of its rows; empty = it has none.
    """

    lines: Sequence[bytes]
    rows: int
    link: str = ""
    cursor: str = ""
    since: str | int | None = None
    total: str = ""
    digest: str = ""


def read_page(body: bytes, url: str, settings: PollSettings, file: FileNotation) -> PollPage:
    """Read the body of an answer.

    Args:
        body: a list of rows, an object with a list of rows, one row, or a feed of GTFS-Realtime.
        url: where it came from; the next page is looked for on the same server only.
        settings: of the source.
        file: says the way to the list of rows, whose outermost list is what a page holds.

    Raises:
        SourceGoneError: it is none of these.
    """
    if settings.feed is not None:
        lines = [msgspec.json.encode(row) for row in feed_rows(body, settings.feed)]
        return PollPage(lines, len(lines))
    try:
        document = msgspec.json.decode(body)
        lines = document_lines(body) if isinstance(document, list) else [body]
    except (*NOT_JSON, DataError) as error:
        raise SourceGoneError(f"{settings.name}: the answer is not JSON: {error}") from error
    rows = document if isinstance(document, list) else _listed(document, file, settings.name)
    return PollPage(
        lines=lines if rows else [],
        rows=len(rows),
        link=_link(document, url, settings),
        cursor=_text(document, settings.cursor),
        since=_largest(rows, settings.since),
        total=_text(document, settings.total),
        digest=blake2b(msgspec.json.encode(rows), digest_size=16).hexdigest() if rows else "",
    )


def _listed(document: object, file: FileNotation, name: str) -> list[Any]:
    if not isinstance(document, dict):
        raise SourceGoneError(f"{name}: the answer is JSON, but neither an object nor a list")
    if not file.rows:
        return [document]
    outer = row_path(file.rows)[0]
    rows = find(document, outer.key, outer.path)
    if not isinstance(rows, list):
        raise SourceGoneError(f"{name}: the answer has no list {outer.key}")
    named = with_keys(document, rows, file.row_keys) if file.row_keys else rows
    if named is None:
        raise SourceGoneError(f"{name}: {file.row_keys} of the answer is not a list of texts that differ")
    return named


def _text(document: object, key: str) -> str:
    """A key of the answer as text; empty when it is not there."""
    found = find(document, key, tuple(key.split("."))) if key and isinstance(document, dict) else None
    if found is None or isinstance(found, (dict, list)):
        return ""
    return str(found)


def _link(document: object, url: str, settings: PollSettings) -> str:
    text = _text(document, settings.next_link)
    if not text:
        return ""
    link = urljoin(url, text)
    if urlsplit(link)[:2] != urlsplit(settings.url)[:2]:
        # the token must not go elsewhere
        raise SourceGoneError(f"{settings.name}: the next page is on another server than {settings.url}")
    return link


def _largest(rows: Sequence[object], column: str) -> str | int | None:
    if not column:
        return None
    path = tuple(column.split("."))
    found = [find(row, column, path) for row in rows if isinstance(row, dict)]
    numbers = [one for one in found if isinstance(one, int) and not isinstance(one, bool)]
    return max(numbers) if numbers else max((one for one in found if isinstance(one, str)), default=None)
