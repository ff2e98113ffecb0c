"""The only loop that takes batches from sources and hands them to the writer.

Who may import it: run.py.
Invariants: a batch that was taken is committed before the next one of its source is taken, however often that has to
be tried; a source that fails for good stops alone; a warehouse that fails for good stops the loop.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from warehouse.batch import CommitResult
from warehouse.errors import SourceError, StorageBrokenError, Transient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from ingest.sources.base import Source
    from warehouse.batch import Batch, BatchListener
    from warehouse.clock import Clock

_LOG: Final = logging.getLogger(__name__)
FIRST_WAIT: Final = timedelta(milliseconds=250)
LONGEST_WAIT: Final = timedelta(seconds=30)


class Committer(Protocol):
    """What the pipeline needs of warehouse.writer.Writer."""

    def commit(self, batch: Batch, listener: BatchListener) -> CommitResult:
        """Write a batch exactly once, with all that follows from it."""
        ...


@dataclass(slots=True)
class _Lane:
    """A source on its way through the pipeline.

    Attributes:
        source: the source.
        waiting: the batch that was taken and is not committed yet.
        wait: how long to wait after the next failure.
        again_at: not before this instant; None = now.
        total: of everything committed.
    """

    source: Source
    waiting: Batch | None = None
    wait: timedelta = FIRST_WAIT
    again_at: datetime | None = None
    total: CommitResult = field(default_factory=lambda: CommitResult(0, 0, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a source was given up.

    Attributes:
        source: its name.
        error: what it raised.
    """

    source: str
    error: Exception


class Pipeline:
    """Runs sources round robin, one batch each; sources may be added from any thread."""

    def __init__(
        self, sources: Iterable[Source], writer: Committer, listener: BatchListener, clock: Clock, idle_s: float = 0.05
    ) -> None:
        """Make a pipeline; nothing is read before run or run_once.

        Args:
            sources: to begin with.
            writer: commits.
            listener: told of every batch, on the writer's thread.
            clock: for waiting after failures.
            idle_s: how long to rest when no source had anything, in seconds.
        """
        self._lanes = [_Lane(source) for source in sources]
        self._lock = threading.Lock()
        self._writer = writer
        self._listener = listener
        self._clock = clock
        self._idle_s = idle_s
        self._failures: list[Failure] = []

    def add(self, source: Source) -> None:
        """Take in one more source, while running or not."""
        with self._lock:
            self._lanes.append(_Lane(source))

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Sources that were given up, in order."""
        return tuple(self._failures)

    def totals(self) -> dict[str, CommitResult]:
        """What was committed since the start, by name of the sources that still run."""
        with self._lock:
            return {lane.source.name: lane.total for lane in self._lanes}

    def run(self, stop: threading.Event) -> None:
        """Run until told to stop; then close the sources.

        Raises:
            StorageBrokenError: nothing can be written any more; end the process with 75.
        """
        try:
            while not stop.is_set():
                if not self.run_once():
                    stop.wait(self._idle_s)
        finally:
            self.close()

    def run_once(self) -> bool:
        """Give every source one turn.

        Returns:
            Whether anything was committed.

        Raises:
            StorageBrokenError: nothing can be written any more.
        """
        with self._lock:
            lanes = list(self._lanes)
        worked = False
        for lane in lanes:
            try:
                worked |= self._turn(lane) is not None
            except StorageBrokenError:
                raise
            except Exception as error:  # one source's failure must not stop the others
                self._give_up(lane, error)
                continue
            if lane.source.done and lane.waiting is None:
                self._remove(lane)
        return worked

    def load(self, source: Source) -> Iterator[CommitResult]:
        """Run one source to its end in the calling thread, beside the loop; used for files.

        Args:
            source: one that is done some day.

        Yields:
            The result of every batch, after its commit.

        Raises:
            CMError: what the source or the writer raised for good; earlier batches stay committed.
        """
        lane = _Lane(source)
        rest = threading.Event()
        try:
            while lane.waiting is not None or not source.done:
                result = self._turn(lane)
                if result is not None:
                    yield result
                elif not source.done:
                    rest.wait(self._idle_s)
        finally:
            source.close()

    def close(self) -> None:
        """Close all sources; a batch that waits is not lost, its position was not committed."""
        with self._lock:
            lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.source.close()

    def _turn(self, lane: _Lane) -> CommitResult | None:
        """Take the next batch of a source, unless one waits, and commit it; None = nothing was committed."""
        if lane.again_at is not None and self._clock.now() < lane.again_at:
            return None
        try:
            if lane.waiting is None:
                lane.waiting = lane.source.next_batch()
            if lane.waiting is None:
                return None
            result = self._writer.commit(lane.waiting, self._listener)
        except Exception as error:
            if not isinstance(error, Transient):
                raise
            self._wait(lane, error)
            return None
        lane.waiting, lane.wait, lane.again_at = None, FIRST_WAIT, None
        lane.total = _sum(lane.total, result)
        return result

    def _wait(self, lane: _Lane, error: Exception) -> None:
        _LOG.warning("source %s: %s; next try in %s s", lane.source.name, error, lane.wait.total_seconds())
        lane.again_at = self._clock.now() + lane.wait
        lane.wait = min(lane.wait * 2, LONGEST_WAIT)

    def _give_up(self, lane: _Lane, error: Exception) -> None:
        if isinstance(error, SourceError):
            _LOG.error("source %s stops: %s", lane.source.name, error)
        else:
            _LOG.exception("source %s stops", lane.source.name)
        self._failures.append(Failure(lane.source.name, error))
        self._remove(lane)

    def _remove(self, lane: _Lane) -> None:
        with self._lock:
            self._lanes = [other for other in self._lanes if other is not lane]
        lane.source.close()


def _sum(one: CommitResult, other: CommitResult) -> CommitResult:
    return CommitResult(
        one.received + other.received,
        one.accepted + other.accepted,
        one.rejected + other.rejected,
        one.duplicates + other.duplicates,
        one.events + other.events,
    )
