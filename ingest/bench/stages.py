"""Each stage of the pipeline alone, one after the other with the same events, so that its time is its own.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ingest.cloudevent import split_events
from ingest.decode import decode
from warehouse.batch import Batch
from warehouse.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ingest.bench.house import House
    from ingest.rule import Mapping
    from warehouse.batch import BatchListener, CaseReader, Change

#: In the order in which an event passes through them.
STAGES: Final = ("decode", "check", "commit", "board")


@dataclass(slots=True)
class Spent:
    """Time that pieces of work took together; cpu_s is that of all threads of the process."""

    s: float = 0.0
    cpu_s: float = 0.0
    _begun: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> None:
        self._begun = (time.perf_counter(), time.process_time())

    def __exit__(self, *_: object) -> None:
        self.s += time.perf_counter() - self._begun[0]
        self.cpu_s += time.process_time() - self._begun[1]

    def rates(self, events: int) -> dict[str, float]:
        """As figures. Returns: s, cpu_s, events_per_s, events_per_cpu_s."""
        return {
            "s": self.s,
            "cpu_s": self.cpu_s,
            "events_per_s": events / self.s,
            "events_per_cpu_s": events / self.cpu_s,
        }


@dataclass(slots=True)
class _Watched:
    """A listener whose taking over of changes is counted for itself."""

    listener: BatchListener
    spent: Spent = field(default_factory=Spent)

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        return self.listener.prepare(events, reader)

    def apply(self, change: Change) -> None:
        with self.spent:
            self.listener.apply(change)


def each_stage(events: Sequence[bytes], mapping: Mapping, house: House, rows: int) -> dict[str, Any]:
    """Bring CloudEvents through the stages, commit by commit.

    Args:
        events: as JSON, of the mapping's source; nobody has sent them before.
        mapping: of CloudEvents.
        house: its pipeline does not run, its publisher is live.
        rows: events of a commit.

    Returns:
        events, bytes_per_event, and for each of STAGES and for `all` of them s, cpu_s, events_per_s, events_per_cpu_s.

    Raises:
        InternalError: made-up events were refused.
    """
    decoding, checking, committing, publishing = (Spent() for _ in STAGES)
    board = _Watched(house.board)
    house.publisher.publish()
    for start in range(0, len(events), rows):
        lines, now = events[start : start + rows], house.clock.now()
        with decoding:
            chunk = split_events(mapping.name, lines, 1, "bench")
        with checking:
            decoded = decode(chunk.table, mapping, now, str, chunk.refused)
        if decoded.rejected.num_rows:
            raise InternalError(f"{decoded.rejected.num_rows} made-up events were refused")
        batch = Batch(mapping.name, decoded.events, decoded.rejected, decoded.rows, origin=str)
        with committing:
            house.writer.commit(batch, board)
        with publishing:
            house.publisher.publish()
    committing = Spent(committing.s - board.spent.s, committing.cpu_s - board.spent.cpu_s)
    publishing = Spent(publishing.s + board.spent.s, publishing.cpu_s + board.spent.cpu_s)
    each = dict(zip(STAGES, (decoding, checking, committing, publishing), strict=True))
    each["all"] = Spent(sum(one.s for one in each.values()), sum(one.cpu_s for one in each.values()))
    size = sum(map(len, events)) / len(events)
    return {
        "events": len(events),
        "bytes_per_event": size,
        **{name: one.rates(len(events)) for name, one in each.items()},
    }
