"""What the writer knows of the warehouse by heart. It is read beside everything else: values are shown before.

Who may import it: warehouse/writer.py, warehouse/transaction.py.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import duckdb
import pyarrow as pa

from warehouse.batch import GAUGE_SCHEMA
from warehouse.case_index import CaseIndex
from warehouse.database import Database
from warehouse.errors import CMError, StorageBrokenError
from warehouse.event_index import ABOUT, EventIndex
from warehouse.last_readings import LastReadings

_EVENTS: Final = "select rowid, event_key, digest, case_key, asset_key, ref_key from event"
_CASES: Final = 'select case_key, number from "case"'
_READINGS: Final = "select * from gauge"
#: Rows that are sorted at once: enough that there are few runs, not so many that they need much memory.
_AT_ONCE: Final = 4_000_000


@dataclass(slots=True)
class Known:
    """What is known of the stored rows, as of the last commit.

    Attributes:
        events: which there are and where.
        cases: where their rows stand.
        readings: the last of every asset.
    """

    events: EventIndex = field(default_factory=EventIndex)
    cases: CaseIndex = field(default_factory=CaseIndex)
    readings: LastReadings = field(default_factory=lambda: LastReadings(GAUGE_SCHEMA.empty_table()))


class Loading:
    """Reads what is known on a thread of its own, once; nothing may be committed meanwhile."""

    def __init__(self, database: Database) -> None:
        """Begin. Args: database: open until `cancel`."""
        self._database, self._cancelled = database, threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warehouse-known")
        self._known: Future[Known] = self._thread.submit(self._load)
        self._thread.shutdown(wait=False)

    @property
    def known(self) -> Known:
        """What was read; waits for it.

        Raises:
            StorageBrokenError: it cannot be read, or was cancelled.
        """
        try:
            return self._known.result()
        except CMError as error:
            raise StorageBrokenError(f"what is stored could not be read: {error}") from error

    def cancel(self) -> None:
        """Read no further; returns when nothing is being read."""
        self._cancelled.set()
        self._thread.shutdown(wait=True)

    def _load(self) -> Known:
        with self._database.cursor() as cursor:
            readings = LastReadings(cursor.sql(_READINGS).to_arrow_table().cast(GAUGE_SCHEMA))
            return Known(self._events(cursor), case_index(cursor), readings)

    def _events(self, cursor: duckdb.DuckDBPyConnection) -> EventIndex:
        index, waiting = EventIndex(), list[pa.RecordBatch]()
        for part in cursor.sql(_EVENTS).to_arrow_reader():
            if self._cancelled.is_set():
                raise StorageBrokenError("the warehouse was closed while it was read")
            waiting.append(part)
            if sum(one.num_rows for one in waiting) >= _AT_ONCE:
                index, waiting = _with(index, waiting), []
        return _with(index, waiting) if waiting else index


def case_index(connection: duckdb.DuckDBPyConnection) -> CaseIndex:
    """Where the rows of cases stand."""
    stored = connection.sql(_CASES).to_arrow_table()
    return CaseIndex.of(stored["case_key"].to_numpy(), stored["number"].to_numpy())


def _with(index: EventIndex, parts: list[pa.RecordBatch]) -> EventIndex:
    stored = pa.Table.from_batches(parts)
    rows = stored["rowid"].to_numpy()
    if len(rows) and (rows[0], rows[-1]) != (len(index), len(index) + len(rows) - 1):
        raise StorageBrokenError("event: rows have left the table, the numbers of events hold no more")
    about = {name: stored[name].combine_chunks() for name in ABOUT}
    return index.plus(stored["event_key"].to_numpy(), stored["digest"].to_numpy(), about).merged()
