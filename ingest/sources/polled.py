"""An API of a source system that is asked again and again; a thread waits for its answers.

Who may import it: run.py.
Invariants: where a poll stands is committed with the rows of each page, so that a poll that was cut off goes on with
its next page; a poll begins at its time or, when that has passed, once; a page whose rows are not committed is asked
for again; what failed is tried again after longer and longer waits, or after what the server asks for.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from random import SystemRandom
from typing import TYPE_CHECKING, Final

import httpx

from ingest.sources.base import EndlessSource
from ingest.sources.files import decode_chunk
from ingest.sources.json_rows import line_splitter
from ingest.sources.poll_page import PollPage, read_page
from ingest.sources.poll_request import AnswerError, Requests
from warehouse.batch import Batch, empty_batch_events, empty_rejected
from warehouse.errors import SourceGoneError, SourceRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from datetime import datetime

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.poll_request import Answered
    from ingest.sources.poll_settings import PollSettings
    from warehouse.clock import Clock

#: Of positions, so that other ways of the same source keep theirs.
PARTITION: Final = "poll"
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
_END_S: Final = 10.0
#: An address of a later page that no longer holds: the poll begins anew.
_GONE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_CHANCE: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class PollPosition:
    """What is asked for next.

    Attributes:
        since: from where on rows are asked for; None = from the beginning.
        seen: largest value of the pages of this poll so far.
        page: number of the next page, from 1.
        link: address of the next page; empty = it is not asked for by address.
        cursor: of the next page; empty = it is not asked for by cursor.
        etag: of the last poll, if it had one page.
        modified: instant of its last change, as the server wrote it.
        validated: the address that these two are of.
    """

    since: str | int | None = None
    seen: str | int | None = None
    page: int = 1
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


class PolledSource(EndlessSource):
    """The rows of one polled API; never done."""

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
        super().__init__(mapping.name)
        self._settings, self._mapping, self._clock = settings, mapping, clock
        stored = positions.get(PARTITION)
        self._at = PollPosition() if stored is None else PollPosition.from_json(stored)
        self._requests = Requests(settings)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"poll-{settings.name}")
        self._asked: Future[Answered] | None = None
        self._asked_url = ""
        self._begun_at = clock.now()
        self._due_at = self._begun_at
        self._failures = 0
        self._trouble: SourceGoneError | None = None

    def next_batch(self) -> Batch | None:
        """The rows of the page that was answered since; asks for the next page when it is due.

        A poll that brings nothing new gives an empty batch, because the source was heard.

        Raises:
            SourceGoneError: the last request failed; said again until the next one is due.
        """
        if self._asked is None:
            self._ask_when_due(self._clock.now())
            return None
        if not self._asked.done():
            return None
        asked, self._asked = self._asked, None
        try:
            batch = self._taken(asked.result())
        except SourceGoneError as error:
            self._failed(error)
            raise
        self._failures, self._trouble = 0, None
        return batch

    def _ask_when_due(self, now: datetime) -> None:
        if now < self._due_at:
            if self._trouble is not None:
                raise self._trouble.with_traceback(None)
            return
        if self._at.first:
            self._begun_at = now
        self._asked_url = self._url()
        self._asked = self._thread.submit(self._requests.get, self._asked_url, self._validators(), now)

    def _url(self) -> str:
        at, settings = self._at, self._settings
        if at.link:
            return at.link
        since = settings.since_start if at.since is None else at.since
        given = {
            settings.since_parameter: since,
            settings.page: at.page,
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
            return self._batch(PollPage([], 0))
        page = read_page(answered.body, self._asked_url, self._settings, self._mapping.file.rows)
        alone = self._at.first
        seen = _later(self._at.seen, page.since)
        if not self._go_on(page, seen):
            headers = answered.headers if alone else {}
            ended = PollPosition(since=_later(self._at.since, seen), etag=headers.get("etag", ""))
            modified = headers.get("last-modified", "")
            validated = self._asked_url if alone and (ended.etag or modified) else ""
            self._end_of_poll(replace(ended, modified=modified, validated=validated))
        return self._batch(page)

    def _go_on(self, page: PollPage, seen: str | int | None) -> bool:
        """Go to the next page of the poll, if there is one."""
        settings, at = self._settings, self._at
        if page.cursor and page.cursor == at.cursor:
            raise SourceGoneError(f"{settings.name}: the next page has the cursor of this page")
        more = bool(page.rows) and page.rows >= settings.page_rows if settings.page else page.link or page.cursor
        if more:
            self._at = replace(at, seen=seen, page=at.page + 1, link=page.link, cursor=page.cursor)
            self._due_at = self._clock.now()
        return bool(more)

    def _end_of_poll(self, position: PollPosition) -> None:
        self._at = position
        interval = timedelta(seconds=self._settings.interval_s)
        self._due_at = max(self._begun_at + interval, self._clock.now())

    def _batch(self, page: PollPage) -> Batch:
        place = f"{httpx.URL(self._asked_url).path} {self._clock.now():%Y%m%dT%H%M%SZ}"
        chunk = line_splitter(self._mapping, self._mapping.file.format or "jsonl")(page.lines, 1, place)
        if not len(chunk.numbers) and not chunk.refused:
            position = self.position()
            return Batch(self.name, empty_batch_events(), empty_rejected(), 0, position=position, partition=PARTITION)
        decoded = decode_chunk(chunk, self._mapping, self._clock, place)
        return Batch(
            source=self.name,
            events=decoded.events,
            rejected=decoded.rejected,
            received=decoded.rows,
            position=self.position(),
            partition=PARTITION,
            origin=place,
            restating=self._mapping.restating,
            personal=decoded.personal,
        )

    def _failed(self, error: SourceGoneError) -> None:
        if isinstance(error, AnswerError) and error.status in _GONE and not self._at.first:
            self._at = PollPosition(since=self._at.since)
        wait_s = min(FIRST_WAIT_S * 2**self._failures, LONGEST_WAIT_S) * _CHANCE.uniform(0.5, 1.0)
        if isinstance(error, AnswerError):
            wait_s = max(wait_s, error.retry_after_s)
        self._failures = min(self._failures + 1, 16)
        self._trouble = error
        self._due_at = self._clock.now() + timedelta(seconds=wait_s)

    def position(self) -> str:
        """JSON of what is asked for next."""
        return json.dumps(asdict(self._at))

    def close(self) -> None:
        """Let go of the connection; may be called twice."""
        self._requests.close()
        if self._asked is not None:
            wait([self._asked], _END_S)
        self._thread.shutdown(wait=False)


def _later(one: str | int | None, other: str | int | None) -> str | int | None:
    """The larger of two values of a column; the one that is there."""
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    return max(one, other) if isinstance(one, str) and isinstance(other, str) else other
