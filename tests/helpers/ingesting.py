"""A process that ingests a known stream of batches and ends itself, as kill -9 does, at a chosen moment.

`python -m tests.helpers.ingesting FOLDER MOMENT NTH`: the moment is one of warehouse.writer.MOMENTS, `housekeeping`
(some milliseconds into checkpoints, summing up and writing indexes), or `never`.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import CLOCK_AT
from warehouse import known
from warehouse.batch import CASE_SCHEMA, CELL_SCHEMA, Batch, CaseReader, Change
from warehouse.event import REJECTED_SCHEMA
from warehouse.maintenance import Maintenance

SOURCE = "ksmart"
BATCHES, ROWS, AGAIN, REFUSED = 60, 40, 5, 2
RECEIVED = ROWS + AGAIN + REFUSED


def names(number: int) -> list[str]:
    """Ids of the new events of a batch."""
    return [f"e{number}-{row}" for row in range(ROWS)]


def batch_of(number: int) -> Batch:
    """New events, some of the batch before again, and some refused rows; the same every time."""
    again = names(number - 1)[:AGAIN] if number else names(0)[:AGAIN]
    told = [
        event(name, SOURCE, "case.moved", CLOCK_AT + timedelta(seconds=number), case_id=f"C{hash_of(name) % 97}",
              digest=hash_of(name))
        for name in [*names(number), *again]
    ]  # fmt: skip
    refused = [
        {"rejected_id": f"r{number}-{row}", "source": SOURCE, "received_at": CLOCK_AT, "reason": "missing",
         "field": "area", "detail": "empty", "raw": "{}", "origin": f"row {row}"}
        for row in range(REFUSED)
    ]  # fmt: skip
    rejected = pa.Table.from_pylist(refused, schema=REJECTED_SCHEMA)
    return batch(table(told), source=SOURCE, rejected=rejected, position=str(number + 1))


def hash_of(name: str) -> int:
    """The same number in every process."""
    return int.from_bytes(name.encode(), "big") % 1_000_003


class Tally:
    """Counts the events of every case in its row, and all events in cells."""

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        ids = events["case_id"].combine_chunks()
        before = reader.cases(ids)
        counts = {row["case_id"]: row["paused_s"] for row in before.to_pylist()}
        for one in ids.to_pylist():
            counts[one] = counts.get(one, 0) + 1
        empty: dict[str, Any] = dict.fromkeys(CASE_SCHEMA.names)
        empty |= {"source": SOURCE, "status": "open", "due_stated": False, "reopened": 0, "last_event_at": CLOCK_AT}
        rows = [empty | {"case_id": case_id, "paused_s": count} for case_id, count in counts.items()]
        cell = dict.fromkeys(CELL_SCHEMA.names, 0) | {"span_kind": "d", "span_start": CLOCK_AT.date()}
        cell |= {"subject": "file", "area": "T", "received": len(ids)}
        plain = Change.nothing(events)
        return Change(
            events, before, pa.Table.from_pylist(rows, schema=CASE_SCHEMA), plain.gauges_before, plain.gauges,
            pa.Table.from_pylist([cell], schema=CELL_SCHEMA), plain.cell_days, plain.cell_bins, plain.cell_metrics,
            plain.cell_metric_days,
        )  # fmt: skip

    def apply(self, change: Change) -> None:
        """Nothing to keep."""


def end_as_killed() -> None:
    """As a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def ending_at(moment: str, nth: int) -> Callable[[str], None]:
    """Something to tell of every moment; ends the process when one comes for the nth time."""
    seen = 0

    def at(here: str) -> None:
        nonlocal seen
        seen += here == moment
        if here == moment and seen == nth:
            end_as_killed()

    return at


def ingest(store: Store, moment: str, nth: int) -> None:
    """Go on from the stored position to the end of the stream."""
    position = store.ask("source_positions", source=SOURCE)
    for number in range(int(position[0]["position"]) if position else 0, BATCHES):
        store.writer.commit(batch_of(number), Tally())
        if moment == "housekeeping" and number % 5 == 4:
            _tidy_up(store, nth)


def _tidy_up(store: Store, seed: int) -> None:
    def later() -> None:
        time.sleep(random.Random(seed).uniform(0, 0.05))
        end_as_killed()

    known._LEAST_KEPT = 1
    maintenance = Maintenance(store.writer, least_share=-1)
    threading.Thread(target=later, daemon=True).start()
    while True:
        maintenance.compact(CLOCK_AT.date())
        maintenance.checkpoint()
        store.writer.keep_index()


def main() -> None:
    """Run until the end of the stream or of the process."""
    folder, moment, nth = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open_store(folder, ending_at(moment, nth)) as store:
        ingest(store, moment, nth)


if __name__ == "__main__":
    main()
