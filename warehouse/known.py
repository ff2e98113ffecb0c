"""What the writer knows of the warehouse by heart. It is read beside everything else: values are shown before.

Who may import it: warehouse/writer.py, warehouse/transaction.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
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
from warehouse.kept_index import KeptIndex
from warehouse.last_readings import LastReadings
from warehouse.setting import read_setting

_EVENTS: Final = "select rowid, event_key, digest, case_key, asset_key, ref_key from event where rowid >= $1"
_LAST: Final = "select rowid, event_key from event where rowid = $1"
_CASES: Final = 'select case_key, number from "case" where number >= $1'
#: The setting that names the files which are good.
INDEX: Final = "index"
_READINGS: Final = "select * from gauge"
#: Rows that are sorted at once: enough that there are few runs, not so many that they need much memory.
_AT_ONCE: Final = 4_000_000
#: Files are written anew after so many events, and after this share of those that are in them.
_LEAST_KEPT: Final = 200_000
_KEPT_SHARE: Final = 0.03


@dataclass(slots=True)
class Known:
    """What is known of the stored rows, as of the last commit.

    Attributes:
        events: which there are and where.
        cases: where their rows stand.
        readings: the last of every asset.
        kept: how many of the events are in files.
    """

    events: EventIndex = field(default_factory=EventIndex)
    cases: CaseIndex = field(default_factory=CaseIndex)
    readings: LastReadings = field(default_factory=lambda: LastReadings(GAUGE_SCHEMA.empty_table()))
    kept: int = 0

    @property
    def is_to_be_kept(self) -> bool:
        """Whether so much is not in files that reading it again would take long."""
        rest = len(self.events) - self.kept
        return rest >= max(_LEAST_KEPT, self.kept * _KEPT_SHARE)


class Loading:
    """Reads what is known on a thread of its own, once; nothing may be committed meanwhile."""

    def __init__(self, database: Database, files: KeptIndex) -> None:
        """Begin. Args: database: open until `cancel`; the files beside it."""
        self._database, self._files, self._cancelled = database, files, threading.Event()
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
            known = Known(readings=LastReadings(cursor.sql(_READINGS).to_arrow_table().cast(GAUGE_SCHEMA)))
            name = read_setting(cursor, INDEX) or ""
            self._files.remove_others(name)
            kept = self._files.read(name, is_over=self._cancelled.is_set)
            read_indexes(known, cursor, kept, is_over=self._cancelled.is_set)
            return known


def read_indexes(
    known: Known,
    connection: duckdb.DuckDBPyConnection,
    kept: tuple[EventIndex, CaseIndex] | None,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Read which events and cases there are.

    Args:
        known: gets them.
        connection: sees what was committed.
        kept: what was read of them from files; None = nothing.
        is_over: looked at now and then; True = read no further.

    Raises:
        StorageBrokenError: it was read no further, or rows have left the table.
    """
    index, cases = kept if kept is not None and _are_stored(kept[0], connection) else (EventIndex(), CaseIndex())
    known.kept = len(index)
    waiting = list[pa.RecordBatch]()
    for part in connection.sql(_EVENTS, params=[len(index)]).to_arrow_reader():
        if is_over():
            raise StorageBrokenError("the warehouse was closed while it was read")
        waiting.append(part)
        if sum(one.num_rows for one in waiting) >= _AT_ONCE:
            index, waiting = _with(index, waiting), []
    known.events = _with(index, waiting) if waiting else index
    known.cases = case_index(connection, cases)


def case_index(connection: duckdb.DuckDBPyConnection, known: CaseIndex | None = None) -> CaseIndex:
    """Where the rows of cases stand. Args: connection; those whose numbers are known."""
    cases = known or CaseIndex()
    stored = connection.sql(_CASES, params=[cases.next_number]).to_arrow_table()
    return cases.read(stored["case_key"].to_numpy(), stored["number"].to_numpy())


def _are_stored(events: EventIndex, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the last of some events is in the warehouse, and so are all before it."""
    last = connection.sql(_LAST, params=[len(events) - 1]).to_arrow_table()
    return not len(events) or events.is_at(last["rowid"].to_numpy(), last["event_key"].to_numpy(), 1)


def _with(index: EventIndex, parts: list[pa.RecordBatch]) -> EventIndex:
    stored = pa.Table.from_batches(parts)
    rows = stored["rowid"].to_numpy()
    if len(rows) and (rows[0], rows[-1]) != (len(index), len(index) + len(rows) - 1):
        raise StorageBrokenError("event: rows have left the table, the numbers of events hold no more")
    about = {name: stored[name].combine_chunks() for name in ABOUT}
    return index.plus(stored["event_key"].to_numpy(), stored["digest"].to_numpy(), about).merged()
