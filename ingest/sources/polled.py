"""An API of a source system that is asked again and again; a thread waits for its answers.

Who may import it: run.py.
Invariants: where a poll stands is committed with the rows of each page, so that a poll that was cut off goes on with
its next page; a page whose rows are not committed is asked for again; what failed is tried again not before what the
server asks for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

import httpx

from ingest.sources.asking import AskingSource
from ingest.sources.json_rows import line_splitter
from ingest.sources.login import Login
from ingest.sources.poll_page import PollPage, read_page
from ingest.sources.poll_request import Answered, AnswerError, Requests
from warehouse.errors import SourceGoneError, SourceRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.poll_settings import PollSettings
    from warehouse.batch import Batch
    from warehouse.clock import Clock

PARTITION: Final = "poll"
#: An address of a later page that no longer holds: the poll begins anew.
_GONE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True)
class PollPosition:
    """What is asked for next.

    Attributes:
        since: from where on rows are asked for; None = from the beginning.
        seen: largest value of the pages of this poll so far.
        page: number of the next page, from 1.
        rows: how many rows the pages of this poll held so far.
        link: address of the next page; empty = it is not asked for by address.
        cursor: of the next page; empty = it is not asked for by cursor.
        etag: of the last poll, if it had one page.
        modified: instant of its last change, as the server wrote it.
        validated: the address that these two are of.
    """

    since: str | int | None = None
    seen: str | int | None = None
    page: int = 1
    rows: int = 0
    link: str = ""
    cursor: str = ""
    etag: str = ""
    modified: str = ""
    validated: str = ""

    @property
    def first(self) -> bool:
        """Whether a poll begins with it."""
        return self.page == 1 and not self.link and not self.cursor

    @classmethod
    def from_json(cls, text: str) -> PollPosition:
        """Read a stored position.

        Raises:
            SourceRefusedError: it is not one.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise SourceRefusedError(f"{text!r} is not a position in a polled source") from error


class PolledSource(AskingSource[Answered]):
    """The rows of one polled API; never done."""

    transport: ClassVar = "poll"

    def __init__(
        self, settings: PollSettings, mapping: SourceMapping, clock: Clock, positions: Mapping[str, str]
    ) -> None:
        """Nothing is asked before the first next_batch.

        Args:
            settings: what is asked, and how often.
            mapping: how rows become events.
            clock: says when a poll is due and when rows were received.
            positions: stored positions of the source, by partition; those of other transports are passed over.

        Raises:
            SourceRefusedError: the stored position is not one of a polled source.
        """
        super().__init__(mapping, clock, settings.interval_s, PARTITION)
        self._settings = settings
        stored = positions.get(PARTITION)
        self._at = PollPosition() if stored is None else PollPosition.from_json(stored)
        self._requests = Requests(settings, Login(clock, settings.token))
        self._asked_url = ""
        self._met: set[str] = set()  # addresses and digests of the pages of this poll

    @property
    def _begins(self) -> bool:
        return self._at.first

    def _question(self, now: datetime) -> Callable[[], Answered]:
        self._asked_url = self._url()
        if self._at.first:
            self._met.clear()
        self._met.add(self._asked_url)
        return partial(self._requests.get, self._asked_url, self._validators(), now)

    def _url(self) -> str:
        at, settings = self._at, self._settings
        if at.link:
            return at.link
        since = settings.since_start if at.since is None else at.since
        given = {
            settings.since_parameter: since,
            settings.page: settings.page_first + (at.rows if settings.counts_rows else at.page - 1),
            settings.cursor_parameter: at.cursor,
        }
        parameters = {name: str(value) for name, value in given.items() if name and value != ""}
        return str(httpx.URL(settings.url).copy_merge_params(parameters))

    def _validators(self) -> dict[str, str]:
        """What lets the server say that nothing has changed."""
        if self._asked_url != self._at.validated:
            return {}
        given = {"If-None-Match": self._at.etag, "If-Modified-Since": self._at.modified}
        return {name: value for name, value in given.items() if value}

    def _taken(self, answered: Answered) -> Batch:
        if answered.status == HTTPStatus.NOT_MODIFIED:
            self._end_of_poll(self._at)
            return self._page_batch(PollPage([], 0))
        page = read_page(answered.body, self._asked_url, self._settings, self._mapping.file)
        alone = self._at.first
        seen = _later(self._at.seen, page.since)
        if not self._turn(page, seen):
            lacking = self._lacking(page)
            if lacking is not None:
                self._end_of_poll(PollPosition(since=self._at.since), lacking)
                return self._page_batch(page)
            headers = answered.headers if alone else {}
            ended = PollPosition(since=_later(self._at.since, seen), etag=headers.get("etag", ""))
            modified = headers.get("last-modified", "")
            validated = self._asked_url if alone and (ended.etag or modified) else ""
            self._end_of_poll(replace(ended, modified=modified, validated=validated))
        return self._page_batch(page)

    def _turn(self, page: PollPage, seen: str | int | None) -> bool:
        """Go to the next page of the poll, if there is one; a poll in circles ends, and begins anew in its time."""
        settings, at = self._settings, self._at
        more = bool(page.rows) and page.rows >= settings.page_rows if settings.page else page.link or page.cursor
        if more:
            rows = at.rows + page.rows
            self._at = replace(at, seen=seen, page=at.page + 1, rows=rows, link=page.link, cursor=page.cursor)
            if self._url() in self._met or page.digest in self._met:
                self._end_of_poll(PollPosition(since=at.since), SourceGoneError(_in_circles(settings, at.page)))
            else:
                self._met.add(page.digest or self._asked_url)
                self._go_on()
        return bool(more)

    def _lacking(self, page: PollPage) -> SourceGoneError | None:
        """What is said when a poll ends before all of its rows came. Args: page: its last one."""
        settings, read = self._settings, self._at.rows + page.rows
        if not settings.total:
            return None
        if not page.total.isdecimal():
            return SourceGoneError(f"{settings.name}: the answer has no whole number {settings.total}")
        if int(page.total) <= read:
            return None
        ways = "page, page_rows, page_first, page_counts, next_link or cursor"
        return SourceGoneError(
            f"{settings.name}: {settings.total} says {page.total} rows, the pages held {read}; "
            f"see {ways} of [source.{settings.name}.poll]"
        )

    def _end_of_poll(self, position: PollPosition, trouble: SourceGoneError | None = None) -> None:
        self._at = position
        self._rest(trouble)

    def _page_batch(self, page: PollPage) -> Batch:
        place = f"{httpx.URL(self._asked_url).path} {self._clock.now():%Y%m%dT%H%M%SZ}"
        split = line_splitter(self._mapping, self._mapping.file.format or "jsonl")
        return self._batch(split(page.lines, 1, place), place)

    def _after_failure(self, error: SourceGoneError) -> float:
        if not isinstance(error, AnswerError):
            return 0.0
        if error.status in _GONE and not self._at.first:
            self._at = PollPosition(since=self._at.since)
        return error.retry_after_s

    def position(self) -> str:
        """JSON of what is asked for next."""
        return json.dumps(asdict(self._at))

    def _disconnect(self) -> None:
        self._requests.close()


def _in_circles(settings: PollSettings, page: int) -> str:
    way = next(key for key in ("next_link", "page", "cursor") if getattr(settings, key))
    says = "holds the same rows as an earlier page of this poll, or leads back to one"
    return f"{settings.name}: page {page} {says}; does the server know {getattr(settings, way)!r} (poll.{way})?"


def _later(one: str | int | None, other: str | int | None) -> str | int | None:
    """The larger of two values of a column; the one that is there."""
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    return max(one, other) if isinstance(one, str) and isinstance(other, str) else other
