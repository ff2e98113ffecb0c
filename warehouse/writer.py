"""The one writer: a thread with a queue of tasks, each a function of the connection inside a transaction.

A commit writes events, refused rows, case state, cells and the source's position together or not at all. When DuckDB
or the listener can no longer be trusted the writer refuses everything that follows; the engine ends and is started
again from what is committed.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Final, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import BATCH_SCHEMA, Batch, BatchListener, Change, CommitResult
from warehouse.clock import Clock
from warehouse.database import Database, border, roll_back
from warehouse.errors import InternalError, StorageBrokenError
from warehouse.event import CHANGE_KINDS, REJECTED_SCHEMA
from warehouse.event_index import ABOUT, EventIndex
from warehouse.kept_index import KeptIndex
from warehouse.key import Keys, asset_keys, ref_keys, repeated_text_keys, text_keys
from warehouse.known import INDEX, Known, Loading, case_index, read_indexes
from warehouse.quarantine import counted, let_go
from warehouse.restate import restate
from warehouse.setting import keep_setting
from warehouse.sift import Sifted, count_distinct_sorted, sift, without_known
from warehouse.source_columns import say_added, write_columns
from warehouse.statements import Statements
from warehouse.transaction import TransactionReader

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
_INSTANT: Final = pa.timestamp("us", tz="UTC")
_LEDGER_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "partition", "position")),
        *((field.name, pa.int64()) for field in dataclasses.fields(CommitResult)),
        ("last_event_at", _INSTANT),
        ("said_at", _INSTANT),
    ]
)
_NO_COUNTS: Final = {field.name: 0 for field in dataclasses.fields(CommitResult)}
_PERSONAL_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "field", "kind")),
        ("rows", pa.int64()),
        ("last_found_at", _INSTANT),
    ]
)
_REMOVE_CASES: Final = 'delete from "case" where rowid in (select rowid from given)'
_REMOVE_GAUGES: Final = "delete from gauge where (metric, asset) in (select (metric, asset) from given)"


class _Applying:
    """Whatever goes wrong in here ends the writer: the board has missed a commit."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            message = f"the board failed after a commit and no longer equals the warehouse: {error!r}"
            raise StorageBrokenError(message) from error


class Writer:
    """Owns the write connection of a Database from its first task to close().

    Attributes:
        statements: for tasks that hand a table to a statement; only on the write thread.
        file_stays: held while the file is copied, and by checkpoints, which change it where it is read; taken before
            a task is queued and never on the write thread, so that no commit waits for it.
    """

    def __init__(self, database: Database, clock: Clock, at: Callable[[str], None] = lambda moment: None) -> None:
        """Start the write thread and begin to load what is already known; the first commit waits for it.

        Args:
            database: open; its write connection belongs to this object from now on.
            clock: for when a source was last heard.
            at: told of every moment of a commit, on the write thread.
        """
        self._database = database
        self._clock = clock
        self._at = at
        self._files = KeptIndex(database.path)
        self._loading = Loading(database, self._files)
        self._broken: StorageBrokenError | None = None
        self.file_stays = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warehouse-writer")
        self.statements = self.run(Statements, in_transaction=False)

    @property
    def known(self) -> Known:
        """What is known of the stored rows; only for the write thread. Waits until it is read.

        Raises:
            StorageBrokenError: it could not be read.
        """
        return self._loading.known

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
        return self.begin(task, in_transaction=in_transaction).result()

    def begin(self, task: Task[T], *, in_transaction: bool = True) -> Future[T]:
        """Queue a task for the write thread; see `run`, whose errors the result raises."""
        try:
            return self._thread.submit(self._do, task, in_transaction)
        except RuntimeError as error:
            raise StorageBrokenError("the writer is closed") from error

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
        (result,) = self.submit([batch], listener).result()
        return result

    def submit(self, batches: Sequence[Batch], listener: BatchListener) -> Future[list[CommitResult]]:
        """Begin to write several batches, all in one transaction: what a commit costs whatever its size is paid once.

        Args:
            batches: of one or several sources, those of one source in its order.
            listener: says what else changes, and is told after the commit.

        Returns:
            What will have become of each batch, as if it had been committed after those before it; raises as `commit`
            does, and then nothing of all batches is written.
        """
        return self.begin(lambda connection: self._commit(connection, batches, listener), in_transaction=False)

    def keep_index(self) -> bool:
        """Write what is known of stored rows into files, unless most of it is there: an engine that starts maps them.

        Commits go on meanwhile; from then on this process maps them too, and has its memory back.

        Returns:
            Whether it was done.

        Raises:
            StorageBusyError: they cannot be written now.
            StorageBrokenError: nothing can be written any more.
        """
        events, cases, is_due = self.run(
            lambda _: (self.known.events, self.known.cases, self.known.is_to_be_kept), in_transaction=False
        )
        if not is_due:
            return False
        name = self._files.write(events, cases)
        self.run(lambda connection: keep_setting(connection, INDEX, name))
        self.run(
            lambda connection: read_indexes(self.known, connection, self._files.read(name, is_own=True)),
            in_transaction=False,
        )
        self._files.remove_others(name)
        return True

    def close(self) -> None:
        """Finish what is queued and stop the thread; the database stays open."""
        self._thread.shutdown(wait=True)
        self._loading.cancel()

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

    def _commit(
        self, connection: duckdb.DuckDBPyConnection, given: Sequence[Batch], listener: BatchListener
    ) -> list[CommitResult]:
        batches, known = [_checked(batch) for batch in given], self.known
        sifted, index, about = self._sift(batches, known)

        def write(_: duckdb.DuckDBPyConnection) -> tuple[list[CommitResult], Change | None, dict[str, list[str]]]:
            return self._write(batches, sifted, index, about, listener)

        if known.cases.is_stale:
            known.cases = case_index(connection)
        results, change, added = _in_transaction(connection, write)
        self._at("committed")
        known.events = index.merged()
        if change is not None:
            known.cases = known.cases.plus(text_keys(change.cases["case_id"]))
            with _Applying():
                known.readings.change(change.gauges_before, change.gauges)
                listener.apply(change)
        self._at("applied")
        for batch, one in zip(batches, sifted, strict=True):
            if batch.committed is not None:
                batch.committed(one.fates)
        say_added(added)
        return results

    def _sift(self, batches: list[Batch], known: Known) -> tuple[list[Sifted], EventIndex, dict[str, pa.Array]]:
        """Judge batches in their order; also what is known once they are committed, and what the events are about."""
        sifted: list[Sifted] = []
        abouts: list[dict[str, pa.Array]] = []
        index, now = known.events, self._clock.now()
        reader = TransactionReader(self.statements, known, index)

        def stored_digests(asked: pa.Table) -> dict[tuple[str, str], int]:
            found = [reader.events_of_names(asked)]
            found += [_named(earlier.events, asked) for earlier in sifted]
            return {(one["source"], one["event_id"]): one["digest"] for table in found for one in table.to_pylist()}

        def told(names: pa.Table) -> pa.Table:
            found = [reader.events_of_names(names), reader.corrections_of(names)]
            return pa.concat_tables([*found, *(_told(earlier.events, names) for earlier in sifted)])

        for given in batches:
            batch = given if given.restating is None else restate(given, given.restating, index, told)
            one = sift(batch, index, stored_digests, now)
            abouts.append(_about(one.events))
            index = index.plus(one.keys, one.events["digest"].to_numpy(), abouts[-1])
            sifted.append(one)
        return sifted, index, {name: pa.concat_arrays([one[name] for one in abouts]) for name in ABOUT}

    def _write(
        self,
        batches: list[Batch],
        sifted: list[Sifted],
        index: EventIndex,
        about: dict[str, pa.Array],
        listener: BatchListener,
    ) -> tuple[list[CommitResult], Change | None, dict[str, list[str]]]:
        self._at("begun")
        removed = [let_go(self.statements, batch) for batch in batches]
        refused = _write_refused(self.statements, batches, sifted)
        results = [
            CommitResult(
                received=batch.received,
                accepted=len(one.fates.accepted),
                rejected=rejected,
                duplicates=batch.received - len(one.fates.accepted) - rejected,
                events=one.events.num_rows,
            )
            for batch, one, rejected in zip(batches, sifted, refused, strict=True)
        ]
        change = None
        events = pa.concat_tables([one.events for one in sifted]).combine_chunks()
        if events.num_rows:
            _write_events(self.statements, events, np.concatenate([one.keys for one in sifted]), about)
            self._at("events written")
            reader = TransactionReader(self.statements, self.known, index, events)
            change = listener.prepare(events, reader)
            self._at("change prepared")
            self._write_change(change, reader, self.known.cases.next_number)
        now = self._clock.now()
        counts = [counted(*one) for one in zip(batches, removed, results, strict=True)]
        _write_sources(self.statements, batches, sifted, counts, now)
        added = write_columns(self.statements, batches, now)
        self._at("position written")
        return results, change, added

    def _write_change(self, change: Change, reader: TransactionReader, first_number: int) -> None:
        _replace_cases(self.statements, change, reader, first_number)
        _replace_gauges(self.statements, change)
        self._at("cases written")
        for name, table in _APPENDED.items():
            _append(self.statements, table, getattr(change, name))
        self._at("cells written")


_ADD_PERSONAL: Final = """
    merge into personal_count c using (
        select source, field, kind, sum("rows")::bigint as "rows", max(last_found_at) as last_found_at
        from given group by source, field, kind) g on c.source = g.source and c.field = g.field and c.kind = g.kind
    when matched then update set "rows" = c."rows" + g."rows", last_found_at = g.last_found_at
    when not matched then insert by name"""


def _write_sources(
    statements: Statements,
    batches: list[Batch],
    sifted: list[Sifted],
    counts: list[CommitResult],
    now: datetime,
) -> None:
    """Say where sources are to be read next, and count what they gave; a second try is not heard from them."""
    places = {(batch.source, batch.partition): batch.position for batch in batches if batch.position is not None}
    places |= {(batch.source, part): position for batch in batches for part, position in batch.positions.items()}
    rows: list[dict[str, object]] = [
        {"source": source, "partition": partition, "position": position, **_NO_COUNTS, "said_at": now}
        for (source, partition), position in places.items()
    ]
    rows += [
        {
            "source": batch.source,
            **dataclasses.asdict(count),
            "last_event_at": pc.max(one.events["occurred_at"]).as_py(),
            "said_at": None if batch.released else now,
        }
        for batch, one, count in zip(batches, sifted, counts, strict=True)
    ]
    _append(statements, "source_ledger", pa.Table.from_pylist(rows, schema=_LEDGER_SCHEMA))
    personal = [
        {"source": batch.source, "field": field, "kind": kind, "rows": rows, "last_found_at": now}
        for batch in batches
        for (field, kind), rows in batch.personal.items()
    ]
    statements.write(_ADD_PERSONAL, pa.Table.from_pylist(personal, schema=_PERSONAL_SCHEMA))


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
    refused = {"rejected": batch.rejected, "skipped": batch.skipped}
    schemas = {
        "events": (batch.events, BATCH_SCHEMA),
        **{name: (one, REJECTED_SCHEMA) for name, one in refused.items()},
    }
    for name, (table, schema) in schemas.items():
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


def _append(statements: Statements, table: str, rows: pa.Table) -> None:
    # "returning" keeps DuckDB on its plain insert, which is twice as fast as the parallel one for our batches
    statements.write(f'insert into "{table}" select * from given returning 0::utinyint', rows)  # noqa: S608 – ours


def _new_refusals(statements: Statements, refused: pa.Table) -> pa.Table:
    if refused.num_rows == 0:
        return refused
    known = "select rejected_id from rejected where rejected_id in (select rejected_id from given)"
    ids = statements.rows(known, refused.select(["rejected_id"]))["rejected_id"].combine_chunks()
    return without_known(refused, ids)


def _write_refused(statements: Statements, batches: list[Batch], sifted: list[Sifted]) -> list[int]:
    """Put what is refused into quarantine. Returns: how many rows of each batch were not there yet."""
    parts = [pa.concat_tables([batch.rejected, one.conflicts]) for batch, one in zip(batches, sifted, strict=True)]
    parts.append(pa.concat_tables([batch.skipped for batch in batches]))  # single events are no rows of any batch
    numbers = np.repeat(np.arange(len(parts)), [part.num_rows for part in parts])
    new = _new_refusals(statements, pa.concat_tables(parts).append_column("batch", pa.array(numbers)))
    _append(statements, "rejected", new.select(REJECTED_SCHEMA.names))
    return np.bincount(new["batch"].to_numpy(), minlength=len(parts))[: len(batches)].tolist()


def _named(events: pa.Table, asked: pa.Table) -> pa.Table:
    """Events whose ids are asked for. Shape: source, event_id, digest."""
    named = events.select(["source", "event_id", "digest"])
    return named.filter(pc.is_in(named["event_id"], value_set=asked["event_id"].combine_chunks()))


def _told(events: pa.Table, names: pa.Table) -> pa.Table:
    """Events of some names of one source, and what is said of them. Shape: EVENT_SCHEMA."""
    ids = names["event_id"].combine_chunks()
    of_source = pc.is_in(events["source"], value_set=pc.unique(names["source"]))
    named = pc.or_(pc.is_in(events["event_id"], value_set=ids), pc.is_in(events["ref"], value_set=ids))
    return events.filter(pc.and_(of_source, named))


def _about(events: pa.Table) -> dict[str, pa.Array]:
    """What events are about, as keys by ABOUT; null where there is none."""
    of_case = repeated_text_keys(events["case_id"])
    of_asset = asset_keys(events["metric"], pc.coalesce(events["asset"], events["area"]))
    return dict(zip(ABOUT, (of_case, of_asset, ref_keys(events["source"], events["ref"])), strict=True))


def _write_events(statements: Statements, events: pa.Table, keys: Keys, about: dict[str, pa.Array]) -> None:
    keyed = events.append_column("event_key", pa.array(keys))
    for name in ABOUT:
        keyed = keyed.append_column(name, about[name])
    _append(statements, "event", keyed)
    is_change = pc.is_in(events["kind"], value_set=pa.array(CHANGE_KINDS))
    changes = events.filter(pc.and_(is_change, pc.is_valid(events["ref"])))
    _append(statements, "correction", changes.select(["source", "ref", "event_id", "kind", "occurred_at"]))


def _replace_cases(statements: Statements, change: Change, reader: TransactionReader, first_number: int) -> None:
    """Remove the rows before, add those after, which get the next numbers.

    Raises:
        InternalError: the listener's rows before are not those that the reader gave it.
    """
    before, after = change.cases_before, change.cases
    if before.num_rows:
        removed = statements.count(_REMOVE_CASES, reader.case_places(before["case_id"]))
        if removed != before.num_rows:
            raise InternalError(f"{before.num_rows} cases were to be replaced, {removed} of them are stored")
    if after.num_rows:
        keyed = after.append_column("case_key", pa.array(text_keys(after["case_id"])))
        numbers = np.arange(first_number, first_number + after.num_rows, dtype=np.uint32)
        _append(statements, "case", keyed.append_column("number", pa.array(numbers)))


def _replace_gauges(statements: Statements, change: Change) -> None:
    """Remove the last readings before, add those after.

    Raises:
        InternalError: those before are not the stored ones.
    """
    before = change.gauges_before.num_rows
    if before:
        removed = statements.count(_REMOVE_GAUGES, change.gauges_before)
        if removed != before:
            raise InternalError(f"{before} last readings were to be replaced, {removed} of them are stored")
    _append(statements, "gauge", change.gauges)
