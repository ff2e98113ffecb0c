"""How long it takes from an event's sending until its value is current, at a steady rate over a real transport.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from warehouse.errors import SourceGoneError
from warehouse.stopwatch import spread_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ingest.bench.house import House, Loop
    from warehouse.batch import CaseReader, Change

#: Seconds of sending before anything counts.
WARM_UP_S: Final = 1.0
#: A rate is held when with every second of sending events wait no more than so many seconds longer.
_HELD_S_PER_S: Final = 0.05
_NO_PROGRESS_S: Final = 60.0
_LOOK_S: Final = 0.05


@dataclass(slots=True)
class _Commit:
    """Events that one commit stored.

    Attributes:
        version: of the board with them.
        event_ids: of the events.
        applied_s: when the board had them, on the steady clock.
    """

    version: int
    event_ids: pa.ChunkedArray
    applied_s: float


@dataclass(slots=True)
class Observed:
    """A board and its publisher under the stopwatch; hand it to a pipeline as its listener.

    Attributes:
        commits: in their order.
        published: board versions whose values were given out, and when, on the steady clock.
        publish_s: how long that took each time.
    """

    house: House
    commits: list[_Commit] = field(default_factory=list)
    published: list[tuple[int, float]] = field(default_factory=list)
    publish_s: list[float] = field(default_factory=list)
    _event_ids: pa.ChunkedArray = None

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        """Say what new events change, as the board does."""
        self._event_ids = events["event_id"]
        return self.house.board.prepare(events, reader)

    def apply(self, change: Change) -> None:
        """Take a committed change over, as the board does."""
        self.house.board.apply(change)
        self.commits.append(_Commit(self.house.board.version, self._event_ids, time.monotonic()))

    def publish(self) -> None:
        """One step of the engine's loop: numbers that time changes, then all values that changed."""
        self.house.advance()
        version, begin_s = self.house.board.version, time.monotonic()
        self.house.publisher.publish()
        if not self.published or version > self.published[-1][0]:
            self.published.append((version, time.monotonic()))
            self.publish_s.append(time.monotonic() - begin_s)

    @contextmanager
    def publishing(self, loop: Callable[[Callable[[], None]], Loop]) -> Iterator[None]:
        """Publish at the engine's pace while the block lasts. Args: loop: makes the engine's loop of a step."""
        running = loop(self.publish)
        running.start()
        try:
            yield
        finally:
            running.stop()

    def wait_for(self, events: int) -> None:
        """Wait until the values of so many events are current.

        Raises:
            SourceGoneError: nothing more comes.
        """
        shown, since_s = 0, time.monotonic()
        while shown < events:
            time.sleep(_LOOK_S)
            version = self.published[-1][0] if self.published else -1
            now = sum(len(one.event_ids) for one in list(self.commits) if one.version <= version)
            if now > shown:
                shown, since_s = now, time.monotonic()
            elif time.monotonic() - since_s > _NO_PROGRESS_S:
                raise SourceGoneError(f"{shown} of {events} events came")

    def instants(self, event_ids: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """When each event was committed and on the board, and when its value was current, on the steady clock."""
        place = {name: number for number, name in enumerate(event_ids)}
        applied_s, current_s = np.full(len(place), np.nan), np.full(len(place), np.nan)
        versions, shown_s = np.array([one[0] for one in self.published]), np.array([one[1] for one in self.published])
        for one in self.commits:
            numbers = [place[name] for name in one.event_ids.to_pylist()]
            applied_s[numbers] = one.applied_s
            current_s[numbers] = shown_s[np.searchsorted(versions, one.version)]
        return applied_s, current_s


def figures(
    observed: Observed, event_ids: Sequence[str], sent: Sequence[tuple[float, float]], per_s: int
) -> dict[str, Any]:
    """What was observed of events that were sent at a steady rate.

    Args:
        observed: all values are current.
        event_ids: of the events, in the order of sending.
        sent: when each was to be sent, and when it was, on the steady clock; what it waited for a sender counts.
        per_s: events a second.

    Returns:
        What docs/bench.md says of `latency`; the first WARM_UP_S do not count, unless there is little more.
    """
    due, really = np.array(sent).T
    applied, current = observed.instants(event_ids)
    counted = due >= due[0] + WARM_UP_S if due[-1] > due[0] + 2 * WARM_UP_S else np.ones(len(due), dtype=np.bool_)
    due, really, applied, current = (instants[counted] for instants in (due, really, applied, current))
    growth_s_per_s = float(np.polyfit(due, current - due, 1)[0])
    commits = [one for one in observed.commits if one.applied_s >= applied.min()]
    return {
        "asked_events_per_s": per_s,
        "achieved_events_per_s": per_s / (1 + max(growth_s_per_s, 0)),
        "held": growth_s_per_s < _HELD_S_PER_S,
        "growth_ms_per_s": growth_s_per_s * 1000,
        "events": len(due),
        "sent_to_value": spread_ms((current - due).tolist()),
        "sent_to_committed": spread_ms((applied - due).tolist()),
        "committed_to_value": spread_ms((current - applied).tolist()),
        "due_to_sent": spread_ms((really - due).tolist()),
        "events_per_commit": sum(len(one.event_ids) for one in commits) / len(commits),
        "publish": spread_ms(observed.publish_s),
    }
