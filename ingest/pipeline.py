"""The only loop that takes batches from sources and hands them to the writer.

Who may import it: run.py.
Invariants: the batches of a source are committed in the order in which they were taken, however often that has to be
tried; while some are being committed, one more of each source is taken; a source that fails for good stops alone; a
warehouse that fails for good stops the loop.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from ingest.sources.base import EndlessSource, Transported
from warehouse.batch import CommitResult
from warehouse.clock import has_come
from warehouse.errors import LoginRefusedError, SourceError, StorageBrokenError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from concurrent.futures import Future

    from ingest.sources.base import Source
    from warehouse.batch import Batch, BatchListener
    from warehouse.clock import Clock

_LOG: Final = logging.getLogger(__name__)
FIRST_WAIT: Final = timedelta(milliseconds=250)
LONGEST_WAIT: Final = timedelta(seconds=30)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
#: A source that is tried again is in trouble until it has given something, or has not failed for so long.
SETTLED_AFTER: Final = timedelta(seconds=15)
_NOTHING: Final = CommitResult(0, 0, 0, 0, 0)


class Committer(Protocol):
    """What the pipeline needs of warehouse.writer.Writer."""

    def submit(self, batches: Sequence[Batch], listener: BatchListener) -> Future[list[CommitResult]]:
        """Begin to write batches exactly once, with all that follows from them, all or none."""
        ...


@dataclass(slots=True)
class _Lane:
    """A source on its way through the pipeline.

    Attributes:
        source: the source.
        waiting: batches that were taken and are not committed yet, at most two.
        trouble: what the source raised when it was asked ahead of its turn.
        wait: how long to wait after the next failure.
        again_at: not before this instant; None = now.
        since: when that was said.
        failed: why it is to be tried again; "" = it is not.
        last: of the last commit.
    """

    source: Source
    waiting: deque[Batch] = field(default_factory=deque)
    trouble: Exception | None = None
    wait: timedelta = FIRST_WAIT
    again_at: datetime | None = None
    since: datetime = _NEVER
    failed: str = ""
    last: CommitResult = _NOTHING


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a source was given up.

    Attributes:
        source: its name.
        error: what it raised.
        transport: its class; a source may come here in several ways.
    """

    source: str
    error: Exception
    transport: type[Source]

    def is_of(self, source: Source) -> bool:
        """Whether it was this source, by the same way."""
        return self.source == source.name and self.transport is type(source)


class Pipeline:
    """Runs sources in turns, one batch of each in a commit; sources may be added from any thread."""

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
        self._woken = threading.Event()
        self._failures: list[Failure] = []

    def add(self, source: Source) -> None:
        """Take in one more source, while running or not; also one that was given up."""
        with self._lock:
            self._failures = [failure for failure in self._failures if not failure.is_of(source)]
            self._lanes.append(_Lane(source))

    def wake(self) -> None:
        """Say, from any thread, that a source has something: whoever waits for it need not wait for an idle rest."""
        self._woken.set()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Sources that were given up, in order."""
        return tuple(self._failures)

    def troubles(self) -> dict[str, str]:
        """What is wrong with sources that were given up or are to be tried again, by name; from any thread."""
        since = self._clock.now() - SETTLED_AFTER
        with self._lock:
            lanes, failures = list(self._lanes), list(self._failures)
        waiting = {lane.source.name: lane.failed for lane in lanes if lane.again_at and lane.again_at > since}
        return waiting | {failure.source: str(failure.error) for failure in failures}

    def runs(self, name: str, transport: type[Source]) -> bool:
        """Whether a source is read by one of its ways: it is, or will be tried again."""
        return any(lane.source.name == name and type(lane.source) is transport for lane in self._running())

    def sources(self) -> tuple[Source, ...]:
        """Those that are read now or will be tried again; from any thread."""
        return tuple(lane.source for lane in self._running())

    def stalls(self) -> dict[str, int]:
        """Connections that were given up since the start because nothing moved, by source; from any thread."""
        endless = [source for source in self.sources() if isinstance(source, EndlessSource)]
        return {source.name: source.stalls for source in endless if source.stalls}

    def transports(self) -> dict[str, list[str]]:
        """By which transports sources come now, by name, in alphabetical order; from any thread."""
        found: dict[str, set[str]] = {}
        for source in self.sources():
            if isinstance(source, Transported):
                found.setdefault(source.name, set()).add(source.transport)
        return {name: sorted(transports) for name, transports in found.items()}

    def run(self, stop: threading.Event) -> None:
        """Run until told to stop; then close the sources.

        Raises:
            StorageBrokenError: nothing can be written any more; end the process with 75.
        """
        try:
            while not stop.is_set():
                self._woken.clear()
                if not self.run_once():
                    self._woken.wait(self._idle_s)
        finally:
            self.close()

    def run_once(self) -> bool:
        """Give every source one turn.

        Returns:
            Whether anything was committed.

        Raises:
            StorageBrokenError: nothing can be written any more.
        """
        ready = [lane for lane in self._running() if self._for_good(lane, self._take)]
        worked = self._commit_together(ready) if ready else False
        for lane in self._running():
            if lane.source.done and not lane.waiting and lane.trouble is None:
                self._remove(lane)
        return worked

    def _running(self) -> list[_Lane]:
        with self._lock:
            return list(self._lanes)

    def load(self, source: Source) -> Generator[CommitResult, None, None]:
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
            while lane.waiting or lane.trouble is not None or not source.done:
                committed = self._take(lane) and self._commit([lane], [lane])
                if committed:
                    yield lane.last
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

    def _take(self, lane: _Lane) -> bool:
        """Take the next batch of a source, unless one waits. Returns: whether there is one to be committed now."""
        if lane.again_at is not None and not has_come(lane.again_at, self._clock.now(), set_at=lane.since):
            return False
        try:
            if not lane.waiting:
                self._ask(lane)
        except Exception as error:
            if not isinstance(error, Transient):
                raise
            self._wait(lane, error)
        return bool(lane.waiting)

    @staticmethod
    def _ask(lane: _Lane) -> None:
        trouble, lane.trouble = lane.trouble, None
        if trouble is not None:
            raise trouble
        batch = lane.source.next_batch()
        if batch is not None:
            lane.waiting.append(batch)

    def _take_ahead(self, lane: _Lane) -> None:
        """Take one more batch while another is being committed; what goes wrong is raised when its turn has come."""
        if lane.again_at is not None or lane.trouble is not None or len(lane.waiting) > 1 or lane.source.done:
            return
        try:
            self._ask(lane)
        except Exception as error:  # one source's failure must not stop the others
            lane.trouble = error

    def _commit_together(self, ready: list[_Lane]) -> bool:
        """Commit the next batch of some sources; where they cannot be committed together, one by one."""
        try:
            return self._commit(ready, self._running())
        except StorageBrokenError:
            raise
        except Exception as error:
            if len(ready) == 1:
                self._give_up(ready[0], error)
                return False
        worked = False
        for lane in ready:
            worked |= self._for_good(lane, lambda lane: self._commit([lane], ()))
        return worked

    def _for_good(self, lane: _Lane, step: Callable[[_Lane], bool]) -> bool:
        """Take a step with one source, and give it up if that fails for good."""
        try:
            return step(lane)
        except StorageBrokenError:
            raise
        except Exception as error:  # one source's failure must not stop the others
            self._give_up(lane, error)
            return False

    def _commit(self, ready: list[_Lane], lanes: Iterable[_Lane]) -> bool:
        """Commit the next batch of some sources, and meanwhile take one more of each of `lanes`."""
        done = self._writer.submit([lane.waiting[0] for lane in ready], self._listener)
        for lane in lanes:
            self._take_ahead(lane)
        try:
            results = done.result()
        except Exception as error:
            if not isinstance(error, Transient):
                raise
            for lane in ready:
                self._wait(lane, error)
            return False
        for lane, result in zip(ready, results, strict=True):
            lane.waiting.popleft()
            lane.wait, lane.again_at, lane.failed, lane.last = FIRST_WAIT, None, "", result
        return True

    def _wait(self, lane: _Lane, error: Exception) -> None:
        if not isinstance(error, LoginRefusedError):
            _LOG.warning("source %s: %s; next try in %s s", lane.source.name, error, lane.wait.total_seconds())
        elif lane.failed != str(error):
            _LOG.error("source %s: %s; tried rarely from now on, and when the secret changes", lane.source.name, error)
        lane.since = self._clock.now()
        lane.failed, lane.again_at = str(error), lane.since + lane.wait
        lane.wait = min(lane.wait * 2, LONGEST_WAIT)

    def _give_up(self, lane: _Lane, error: Exception) -> None:
        if isinstance(error, SourceError):
            _LOG.error("source %s stops: %s", lane.source.name, error)
        else:
            _LOG.exception("source %s stops", lane.source.name)
        with self._lock:
            self._failures.append(Failure(lane.source.name, error, type(lane.source)))
        self._remove(lane)

    def _remove(self, lane: _Lane) -> None:
        with self._lock:
            self._lanes = [other for other in self._lanes if other is not lane]
        lane.source.close()
