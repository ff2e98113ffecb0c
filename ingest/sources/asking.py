"""What sources that ask have in common: the clock says when, a thread waits for the answer, failures are waited out.

Who may import it: ingest.sources.
Invariants: one question at a time; a round begins at its time or, when that has passed, once; what failed is asked
again after longer and longer waits, with some chance in them so that many sources do not come at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from random import SystemRandom
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ingest.sources.base import EndlessSource
from ingest.sources.files import decode_chunk
from warehouse.batch import Batch, empty_batch_events, empty_rejected
from warehouse.clock import has_come
from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from datetime import datetime

    from ingest.chunk import Chunk
    from ingest.rule import Mapping as SourceMapping
    from warehouse.clock import Clock

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
_END_S: Final = 10.0
_CHANCE: Final = SystemRandom()
Answer = TypeVar("Answer")


class AskingSource(EndlessSource, ABC, Generic[Answer]):
    """A source that asks its system every so often; a round of it may be several questions, one after the other."""

    def __init__(self, mapping: SourceMapping, clock: Clock, interval_s: float, partition: str) -> None:
        """Nothing is asked before the first next_batch.

        Args:
            mapping: how rows become events.
            clock: says when a round is due and when rows were received.
            interval_s: from the begin of one round to the begin of the next.
            partition: of positions, so that other ways of the same source keep theirs.
        """
        super().__init__(mapping.name)
        self._mapping, self._clock = mapping, clock
        self._interval, self._partition = timedelta(seconds=interval_s), partition
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"ask-{mapping.name}")
        self._asked: Future[Answer] | None = None
        self._begun_at = clock.now()
        self._due_at = self._due_since = self._begun_at
        self._failures = 0
        self._trouble: SourceGoneError | None = None

    @property
    @abstractmethod
    def _begins(self) -> bool:
        """Whether a round begins with the next question."""

    @abstractmethod
    def _question(self, now: datetime) -> Callable[[], Answer]:
        """What the thread is to do next."""

    @abstractmethod
    def _taken(self, answer: Answer) -> Batch:
        """Make a batch of an answer, and say what follows: `_go_on`, or `_rest` when the round has ended.

        Raises:
            SourceGoneError: it is not what was asked for.
        """

    @abstractmethod
    def position(self) -> str:
        """JSON of what is asked for next."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Let go of the system, also while the thread waits for it; may be called twice."""

    def _after_failure(self, error: SourceGoneError) -> float:
        """Make ready to ask again. Returns: how long to wait at least, in seconds."""
        return 0.0

    def next_batch(self) -> Batch | None:
        """What was answered since; asks the next question when it is due.

        A round that brings nothing new gives an empty batch, because the source was heard.

        Raises:
            SourceGoneError: the last question failed; said again until the next one is due.
        """
        if self._asked is None:
            self._ask_when_due(self._clock.now())
            return None
        if not self._asked.done():
            return None
        asked, self._asked = self._asked, None
        self._trouble = None
        try:
            batch = self._taken(asked.result())
        except SourceGoneError as error:
            self._failed(error)
            raise
        self._failures = 0
        return batch

    def _ask_when_due(self, now: datetime) -> None:
        if not has_come(self._due_at, now, set_at=self._due_since):
            if self._trouble is not None:
                raise self._trouble.with_traceback(None)
            return
        if self._begins:
            self._begun_at = now
        self._asked = self._thread.submit(self._question(now))

    def _go_on(self) -> None:
        """The round has one more question."""
        self._due_at = self._due_since = self._clock.now()

    def _rest(self, trouble: SourceGoneError | None = None) -> None:
        """The round has ended. Args: trouble: said until the next one, although everything was read."""
        self._due_since = self._clock.now()
        self._due_at = max(min(self._begun_at, self._due_since) + self._interval, self._due_since)
        self._trouble = trouble

    def _failed(self, error: SourceGoneError) -> None:
        wait_s = min(FIRST_WAIT_S * 2**self._failures, LONGEST_WAIT_S) * _CHANCE.uniform(0.5, 1.0)
        wait_s = max(wait_s, self._after_failure(error))
        self._failures = min(self._failures + 1, 16)
        self._trouble = error
        self._due_since = self._clock.now()
        self._due_at = self._due_since + timedelta(seconds=wait_s)

    def _batch(self, chunk: Chunk, place: str) -> Batch:
        """Rows that were answered, with the position after them. Args: place: where they came from."""
        if not len(chunk.numbers) and not chunk.refused:
            empty = Batch(self.name, empty_batch_events(), empty_rejected(), 0)
            return replace(empty, position=self.position(), partition=self._partition)
        decoded = decode_chunk(chunk, self._mapping, self._clock, place)
        return Batch(
            source=self.name,
            events=decoded.events,
            rejected=decoded.rejected,
            received=decoded.rows,
            position=self.position(),
            partition=self._partition,
            origin=place,
            restating=self._mapping.restating,
            personal=decoded.personal,
            skipped=decoded.skipped,
        )

    def close(self) -> None:
        """Let go of the system; may be called twice."""
        self._disconnect()
        if self._asked is not None:
            wait([self._asked], _END_S)
        self._thread.shutdown(wait=False)
