"""What was pushed to the engine as a source: deliveries wait here until the pipeline takes them, many at once.

Who may import it: ingest.door, tests.
Invariants: a delivery is answered once, after the commit of all its rows or when it will never be committed; deliveries
are committed in the order in which they came; the position of the source is never moved.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import pyarrow as pa

from ingest.decode import decode
from ingest.reason import Reason
from warehouse.batch import Batch
from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.chunk import Chunk
    from ingest.rule import Mapping
    from warehouse.batch import RowFates
    from warehouse.clock import Clock

_NO_POSITION: Final = "{}"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that waits in quarantine.

    Attributes:
        row: its number in the delivery, from 1.
        reason: code of the refusal.
        field: the field that is wrong; None = the row as a whole.
        detail: what is wrong and what is allowed.
    """

    row: int
    reason: str
    field: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery; received = accepted + duplicates + rejected.

    Attributes:
        received: rows of it.
        accepted: rows of which at least one event was new.
        duplicates: rows that say only what was known already.
        rejected: rows in quarantine, those included that were there already.
        reasons: why, row by row.
    """

    received: int
    accepted: int
    duplicates: int
    rejected: int
    reasons: tuple[RefusedRow, ...]


class Delivery:
    """Rows that came together.

    Attributes:
        chunk: the rows.
        place: names the delivery in quarantine; holds no colon.
        answer: the receipt, or SourceGoneError when nothing of it was stored.
    """

    def __init__(self, chunk: Chunk, place: str) -> None:
        self.chunk, self.place = chunk, place
        self.answer: Future[Receipt] = Future()
        self.answer.set_running_or_notify_cancel()  # who no longer waits for the answer cannot take it back

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.chunk.numbers) + len(self.chunk.refused)


class PushedSource:
    """The deliveries of one source under one mapping."""

    transport: ClassVar = "push"

    def __init__(self, mapping: Mapping, clock: Clock, batch_rows: int) -> None:
        """Nothing was delivered yet.

        Args:
            mapping: how rows become events; chunks have its columns.
            clock: says when rows are received.
            batch_rows: most rows of a batch, unless one delivery alone has more.
        """
        self._mapping, self._clock, self._batch_rows = mapping, clock, batch_rows
        self._lock = threading.Lock()
        self._waiting: deque[Delivery] = deque()
        self._unanswered: dict[int, Delivery] = {}
        self._closed = False

    @property
    def name(self) -> str:
        """Name of the source in config."""
        return self._mapping.name

    @property
    def done(self) -> bool:
        """True when nothing is taken any more."""
        return self._closed

    def put(self, delivery: Delivery) -> bool:
        """Add a delivery, from any thread. Returns: false when nothing is taken any more."""
        with self._lock:
            if self._closed:
                return False
            self._waiting.append(delivery)
            self._unanswered[id(delivery)] = delivery
            return True

    def next_batch(self) -> Batch | None:
        """All deliveries that wait, up to the size of a batch; None when none does.

        None too while a batch is being committed: one that was taken ahead would leave out what comes meanwhile.
        """
        with self._lock:
            taken: list[Delivery] = []
            if len(self._unanswered) > len(self._waiting):
                return None
            rows = 0
            while self._waiting and (not taken or rows + self._waiting[0].rows <= self._batch_rows):
                taken.append(self._waiting.popleft())
                rows += taken[-1].rows
        return self._batch(taken) if taken else None

    def _batch(self, taken: list[Delivery]) -> Batch:
        group = _Group(taken)
        table = pa.concat_tables([one.chunk.table for one in taken])
        before = tuple(refused for one in taken for refused in one.chunk.refused)
        decoded = decode(table, self._mapping, self._clock.now(), group.origin, before)

        def committed(fates: RowFates) -> None:
            with self._lock:
                for one in taken:
                    self._unanswered.pop(id(one), None)
            group.answer(decoded.rejected, fates)

        return Batch(
            source=self.name,
            events=decoded.events,
            rejected=decoded.rejected,
            received=decoded.rows,
            origin=group.origin,
            restating=self._mapping.restating,
            personal=decoded.personal,
            skipped=decoded.skipped,
            committed=committed,
        )

    def position(self) -> str:
        """Nothing: who was not answered sends again."""
        return _NO_POSITION

    def close(self) -> None:
        """Take nothing more and say so to all who wait; may be called twice."""
        with self._lock:
            self._closed = True
            lost, self._unanswered = self._unanswered, {}
            self._waiting.clear()
        for one in lost.values():
            one.answer.set_exception(SourceGoneError(f"source {self.name} takes no events now"))


@dataclass(slots=True)
class _Group:
    """Deliveries that are committed together; their rows stand one after the other in one table."""

    deliveries: Sequence[Delivery]
    starts: np.ndarray[tuple[int], np.dtype[np.int64]] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = np.cumsum([0, *(len(one.chunk.numbers) for one in self.deliveries)])

    def origin(self, row: int) -> str:
        """Where a row of the table came from."""
        delivery, number = self._place(row)
        return f"{delivery.place}:{number}"

    def _place(self, row: int) -> tuple[Delivery, int]:
        at = int(np.searchsorted(self.starts, row, side="right")) - 1
        delivery = self.deliveries[at]
        return delivery, int(delivery.chunk.numbers[row - int(self.starts[at])])

    def answer(self, rejected: pa.Table, fates: RowFates) -> None:
        """Give every delivery its receipt. Args: rejected: Shape: REJECTED_SCHEMA, as decoding gave it."""
        reasons: dict[str, list[RefusedRow]] = {one.place: [] for one in self.deliveries}
        for row in rejected.select(["origin", "reason", "field", "detail"]).to_pylist():
            place, _, number = row["origin"].rpartition(":")
            reasons[place].append(RefusedRow(int(number), row["reason"], row["field"], row["detail"]))
        for at, detail in fates.conflicts.items():
            delivery, number = self._place(at)
            reasons[delivery.place].append(RefusedRow(number, Reason.CONFLICT.value, "event_id", detail))
        accepted = np.diff(np.searchsorted(fates.accepted, self.starts)).tolist()
        for delivery, new in zip(self.deliveries, accepted, strict=True):
            refused = tuple(sorted(reasons[delivery.place], key=lambda one: one.row))
            known = delivery.rows - new - len(refused)
            delivery.answer.set_result(Receipt(delivery.rows, new, known, len(refused), refused))
