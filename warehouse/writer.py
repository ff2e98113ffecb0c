"""The one writer: a thread with a queue of tasks, each a function of the connection inside a transaction.

A commit writes events, refused rows, case state, cells and the source's position together or not at all. When DuckDB
or the listener can no longer be trusted the writer refuses everything that follows; the engine ends and is started
again from what is committed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import BATCH_SCHEMA, Batch, BatchListener, Change, CommitResult
from warehouse.clock import Clock
from warehouse.database import Database, border, roll_back
from warehouse.errors import InternalError, StorageBrokenError
from warehouse.event import CHANGE_KINDS, REJECTED_SCHEMA
from warehouse.key import repeated_text_keys, text_keys
from warehouse.seen import SeenEvents
from warehouse.sift import Sifted, count_distinct_sorted, sift, without_known
from warehouse.transaction import TransactionReader, arrow

T = TypeVar("T")
Task = Callable[[duckdb.DuckDBPyConnection], T]

#: Moments of a commit in their order; `at` is told of each. Fault tests end the process there.
MOMENTS: Final = (
    "begun",
    "events written",
    "change prepared",
    "cases written",
    "cells written",
    "position written",
    "committed",
    "applied",
)
_APPENDED: Final = {
    "cells": "cell",
    "cell_days": "cell_day",
    "cell_bins": "cell_bin",
    "cell_metrics": "cell_metric",
    "cell_metric_days": "cell_metric_day",
}
_DIGESTS: Final = """
    select source, event_id, digest from event
    where rowid in (select rowid from event where event_key in (select event_key from wanted))"""
_REMOVE_CASES: Final = 'delete from "case" where rowid in (select rowid from wanted)'
_REMOVE_GAUGES: Final = "delete from gauge where (metric, asset) in (select (metric, asset) from wanted)"


class _Applying:
    """Whatever goes wrong in here ends the writer: the board has missed a commit."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            message = f"the board failed after a commit and no longer equals the warehouse: {error!r}"
            raise StorageBrokenError(message) from error


class Writer:
    """Owns the write connection of a Database from its first task to close()."""

    def __init__(self, database: Database, clock: Clock, at: Callable[[str], None] = lambda moment: None) -> None:
        """Start the write thread and load what is already known.

        Args:
            database: open; its write connection belongs to this object from now on.
            clock: for when a source was last heard.
            at: told of every moment of a commit, on the write thread.

        Raises:
            StorageError: the event table cannot be read.
        """
        self._database = database
        self._clock = clock
        self._at = at
        self._seen = SeenEvents()
        self._broken: StorageBrokenError | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warehouse-writer")
        self.run(self._load_seen, in_transaction=False)

    @property
    def broken(self) -> StorageBrokenError | None:
        """Why nothing can be written any more; None while all is well."""
        return self._broken

    def run(self, task: Task[T], *, in_transaction: bool = True) -> T:
        """Run a task on the write thread and wait for it.

        Args:
            task: a function of the write connection; what it raises rolls back and is raised here.
            in_transaction: False for CHECKPOINT, which cannot stand in one.

        Raises:
            StorageBusyError: try again later.
            StorageBrokenError: nothing can be written any more; end the process with 75.
        """
        try:
            asked = self._thread.submit(self._do, task, in_transaction)
        except RuntimeError as error:
            raise StorageBrokenError("the writer is closed") from error
        return asked.result()

    def commit(self, batch: Batch, listener: BatchListener) -> CommitResult:
        """Write one batch and everything that follows from it, exactly once.

        Args:
            batch: what a source gave.
            listener: says what else changes, and is told after the commit.

        Raises:
            InternalError: the batch or the listener's change breaks its contract.
            StorageBusyError: try again later with the same batch.
            StorageBrokenError: nothing can be written any more.
        """
        batch = _checked(batch)
        return self.run(lambda connection: self._commit(connection, batch, listener), in_transaction=False)

    def close(self) -> None:
        """Finish what is queued and stop the thread; the database stays open."""
        self._thread.shutdown(wait=True)

    def _do(self, task: Task[T], in_transaction: bool) -> T:
        if self._broken is not None:
            raise StorageBrokenError(f"nothing more can be written: {self._broken}") from self._broken
        connection = self._database.writer
        try:
            with border():
                return _in_transaction(connection, task) if in_transaction else task(connection)
        except StorageBrokenError as error:
            self._broken = error
            raise

    def _load_seen(self, connection: duckdb.DuckDBPyConnection) -> None:
        stored = connection.sql("select event_key, digest from event").to_arrow_table()
        self._seen.add(stored["event_key"].to_numpy(), stored["digest"].to_numpy())

    def _commit(self, connection: duckdb.DuckDBPyConnection, batch: Batch, listener: BatchListener) -> CommitResult:
        def stored_digests(asked: pa.Table) -> dict[tuple[str, str], int]:
            found = arrow(connection, _DIGESTS, asked).to_pylist()
            return {(one["source"], one["event_id"]): one["digest"] for one in found}

        sifted = sift(batch, self._seen, stored_digests, self._clock.now())

        def write(connection: duckdb.DuckDBPyConnection) -> tuple[CommitResult, Change | None]:
            return self._write(connection, batch, sifted, listener)

        result, change = _in_transaction(connection, write)
        self._at("committed")
        self._seen.add(sifted.keys, sifted.events["digest"].to_numpy())
        if change is not None:
            with _Applying():
                listener.apply(change)
        self._at("applied")
        return result

    def _write(
        self, connection: duckdb.DuckDBPyConnection, batch: Batch, sifted: Sifted, listener: BatchListener
    ) -> tuple[CommitResult, Change | None]:
        self._at("begun")
        refused = _new_refusals(connection, pa.concat_tables([batch.rejected, sifted.conflicts]))
        _append(connection, "rejected", refused)
        result = CommitResult(
            received=batch.received,
            accepted=sifted.accepted,
            rejected=refused.num_rows,
            duplicates=batch.received - sifted.accepted - refused.num_rows,
            events=sifted.events.num_rows,
        )
        change = None
        if result.events:
            _write_events(connection, sifted)
            self._at("events written")
            reader = TransactionReader(connection)
            change = listener.prepare(sifted.events, reader)
            self._at("change prepared")
            self._write_change(connection, change, reader)
        self._write_source(connection, batch, sifted, result)
        self._at("position written")
        return result, change

    def _write_change(self, connection: duckdb.DuckDBPyConnection, change: Change, reader: TransactionReader) -> None:
        _replace_cases(connection, change, reader)
        if change.gauges_before.num_rows:
            _count(connection, _REMOVE_GAUGES, change.gauges_before)
        _append(connection, "gauge", change.gauges)
        self._at("cases written")
        for name, table in _APPENDED.items():
            _append(connection, table, getattr(change, name))
        self._at("cells written")

    def _write_source(
        self, connection: duckdb.DuckDBPyConnection, batch: Batch, sifted: Sifted, result: CommitResult
    ) -> None:
        now = self._clock.now()
        if batch.position is not None:
            place = [batch.source, batch.partition, batch.position, now]
            _update_or_insert(connection, _MOVE_POSITION, "insert into source_position values ($1, $2, $3, $4)", place)
        last = pc.max(sifted.events["occurred_at"]).as_py()
        counted = [result.received, result.accepted, result.rejected, result.duplicates, result.events, last, now]
        add = "insert into source_count values ($1, $2, $3, $4, $5, $6, $7, $8)"
        _update_or_insert(connection, _ADD_COUNTS, add, [batch.source, *counted])


_MOVE_POSITION: Final = """
    update source_position set "position" = $3, updated_at = $4 where source = $1 and "partition" = $2"""
_ADD_COUNTS: Final = """
    update source_count set
        received = received + $2, accepted = accepted + $3, rejected = rejected + $4, duplicates = duplicates + $5,
        events = events + $6, last_event_at = greatest(last_event_at, $7::timestamptz), last_heard_at = $8
    where source = $1"""


def _update_or_insert(connection: duckdb.DuckDBPyConnection, update: str, insert: str, values: list[object]) -> None:
    if connection.execute(update, values).fetchall() == [(0,)]:
        connection.execute(insert, values)
        connection.complete()


def _in_transaction(connection: duckdb.DuckDBPyConnection, task: Task[T]) -> T:
    connection.begin()
    done = False
    try:
        result = task(connection)
        connection.commit()
        done = True
    finally:
        if not done:
            roll_back(connection)
    return result


def _checked(batch: Batch) -> Batch:
    for name, table, schema in (("events", batch.events, BATCH_SCHEMA), ("rejected", batch.rejected, REJECTED_SCHEMA)):
        if not table.schema.equals(schema):
            raise InternalError(f"source {batch.source}: {name} of a batch have the columns\n{table.schema}")
    order = batch.events["row"].to_numpy()
    if (order[1:] < order[:-1]).any():
        batch = dataclasses.replace(batch, events=batch.events.sort_by("row"))
    rows = count_distinct_sorted(batch.events["row"].to_numpy())
    if rows + batch.rejected.num_rows != batch.received:
        raise InternalError(
            f"source {batch.source}: {batch.received} rows received, but {rows} gave events "
            f"and {batch.rejected.num_rows} were refused"
        )
    return batch


def _append(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    if rows.num_rows == 0:
        return
    connection.register("given", rows)
    try:
        # "returning" keeps DuckDB on its plain insert, which is twice as fast as the parallel one for our batches
        connection.execute(f'insert into "{table}" select * from given returning 0::utinyint')  # noqa: S608 – ours
        connection.complete()
    finally:
        connection.unregister("given")


def _new_refusals(connection: duckdb.DuckDBPyConnection, refused: pa.Table) -> pa.Table:
    if refused.num_rows == 0:
        return refused
    known = "select rejected_id from rejected where rejected_id in (select rejected_id from wanted)"
    ids = arrow(connection, known, refused.select(["rejected_id"]))["rejected_id"].combine_chunks()
    return without_known(refused, ids)


def _write_events(connection: duckdb.DuckDBPyConnection, sifted: Sifted) -> None:
    events = sifted.events
    keyed = events.append_column("event_key", pa.array(sifted.keys))
    _append(connection, "event", keyed.append_column("case_key", repeated_text_keys(events["case_id"])))
    is_change = pc.is_in(events["kind"], value_set=pa.array(CHANGE_KINDS))
    changes = events.filter(pc.and_(is_change, pc.is_valid(events["ref"])))
    _append(connection, "correction", changes.select(["source", "ref", "event_id", "kind", "occurred_at"]))


def _replace_cases(connection: duckdb.DuckDBPyConnection, change: Change, reader: TransactionReader) -> None:
    """Remove the rows before, add those after.

    Raises:
        InternalError: the listener's rows before are not those that the reader gave it.
    """
    before, after = change.cases_before, change.cases
    if before.num_rows:
        removed = _count(connection, _REMOVE_CASES, reader.case_places(before["case_id"]))
        if removed != before.num_rows:
            raise InternalError(f"{before.num_rows} cases were to be replaced, {removed} of them are stored")
    if after.num_rows:
        _append(connection, "case", after.append_column("case_key", pa.array(text_keys(after["case_id"]))))


def _count(connection: duckdb.DuckDBPyConnection, statement: str, wanted: pa.Table) -> int:
    """Run a statement that changes rows named in `wanted`; how many it changed."""
    connection.register("wanted", wanted)
    try:
        return int(connection.execute(statement).fetchall()[0][0])
    finally:
        connection.unregister("wanted")
