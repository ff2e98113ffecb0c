from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import warehouse
from tests.helpers.store import batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import CLOCK_AT
from warehouse import batch as batch_module
from warehouse.batch import SilentListener
from warehouse.database import Database, as_ours, border, migrate
from warehouse.errors import CMError, InternalError, StorageBrokenError, StorageBusyError, StorageDamagedError
from warehouse.event import EVENT_SCHEMA, REJECTED_SCHEMA
from warehouse.event_index import ABOUT

FOREIGN = [kind for _, kind in inspect.getmembers(duckdb, inspect.isclass) if issubclass(kind, duckdb.Error)]
STORED = {
    "event": EVENT_SCHEMA,
    "rejected": REJECTED_SCHEMA,
    "case": batch_module.CASE_SCHEMA,
    "gauge": batch_module.GAUGE_SCHEMA,
    "cell": batch_module.CELL_SCHEMA,
    "cell_day": batch_module.CELL_DAY_SCHEMA,
    "cell_bin": batch_module.CELL_BIN_SCHEMA,
    "cell_metric": batch_module.CELL_METRIC_SCHEMA,
    "cell_metric_day": batch_module.CELL_METRIC_DAY_SCHEMA,
}


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_no_exception_of_duckdb_passes_the_border(kind: type[duckdb.Error]) -> None:
    with pytest.raises(CMError), border():
        raise kind("something")


def test_what_cannot_be_mended_ends_the_engine() -> None:
    assert isinstance(as_ours(duckdb.FatalException("No space left on device")), StorageBrokenError)
    assert isinstance(as_ours(duckdb.IOException("Could not write: No space left on device")), StorageBrokenError)
    failed_commit = "Failed to commit: Could not write file: No space left on device"
    assert isinstance(as_ours(duckdb.TransactionException(failed_commit)), StorageBrokenError)
    assert isinstance(as_ours(duckdb.TransactionException("Conflict on update")), StorageBusyError)
    assert isinstance(as_ours(duckdb.SerializationException("bad checksum")), StorageDamagedError)
    # of a damaged block DuckDB tells without a kind
    assert isinstance(as_ours(duckdb.Error("Corrupt database file: computed checksum 1")), StorageDamagedError)
    assert isinstance(as_ours(duckdb.IOException("Could not read enough bytes from file")), StorageDamagedError)
    assert isinstance(as_ours(duckdb.IOException("Could not set lock on file")), StorageBusyError)
    assert isinstance(as_ours(duckdb.OutOfMemoryException("failed to pin block")), StorageBusyError)
    assert isinstance(as_ours(duckdb.InterruptException("interrupted")), StorageBusyError)
    assert isinstance(as_ours(duckdb.BinderException("no such column")), InternalError)
    assert isinstance(as_ours(duckdb.ConstraintException("not null")), InternalError)


@pytest.mark.parametrize("name", STORED)
def test_tables_have_the_columns_of_their_schemas(tmp_path: Path, name: str) -> None:
    database = Database(tmp_path / "w.duckdb")
    try:
        with database.cursor() as cursor:
            stored = cursor.sql(f'select * from "{name}"').to_arrow_table().schema
            nulls = cursor.execute(f"select name from pragma_table_info('{name}') where \"notnull\"").fetchall()
    finally:
        database.close()
    schema = STORED[name]
    assert stored.names[: len(schema)] == schema.names
    assert [one.type for one in stored][: len(schema)] == [one.type for one in schema]
    assert {one for (one,) in nulls} & set(schema.names) == {one.name for one in schema if not one.nullable}
    assert {"event_key", *ABOUT, "number"} >= set(stored.names) - set(schema.names)


def test_the_engine_reaches_no_other_file_and_keeps_its_settings(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    database = Database(tmp_path / "w.duckdb")
    try:
        for statement in (
            f"select * from read_csv('{tmp_path / 'secret.csv'}')",
            f"copy event to '{tmp_path / 'out.csv'}'",
            f"attach '{tmp_path / 'other.duckdb'}'",
            "set enable_external_access = true",
            "install httpfs",
            "load httpfs",
        ):
            with pytest.raises(CMError), database.cursor() as cursor:
                cursor.execute(statement)
    finally:
        database.close()


def test_instants_come_back_as_utc_in_every_cursor(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.duckdb")
    try:
        with database.cursor() as cursor:
            schema = cursor.sql("select now() as moment").to_arrow_table().schema
    finally:
        database.close()
    assert schema.field("moment").type == pa.timestamp("us", tz="UTC")


def test_a_second_process_is_told_that_the_file_is_in_use(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.duckdb")
    code = (
        "from pathlib import Path; from warehouse.database import Database; from warehouse.errors import *\n"
        f"try: Database(Path({str(tmp_path / 'w.duckdb')!r}))\n"
        "except StorageBusyError as error: raise SystemExit(9)"
    )
    try:
        done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60, capture_output=True)
    finally:
        database.close()
    assert done.returncode == 9, done.stderr


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.duckdb")
    database.writer.execute("insert into schema_version values (999, now())")
    database.close()
    with pytest.raises(StorageBrokenError, match="schema 999"):
        Database(tmp_path / "w.duckdb")


def test_a_broken_file_is_said_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "w.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageBrokenError):
        Database(tmp_path / "w.duckdb")


def test_a_migration_happens_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "v0001_good.sql").write_text(
        "create table schema_version (version integer, applied_at timestamptz); create table one (a int);"
    )
    (tmp_path / "v0002_bad.sql").write_text("create table two (a int); create table one (a int);")
    connection = duckdb.connect()
    with pytest.raises(duckdb.CatalogException):
        migrate(connection, tmp_path)
    names = connection.execute("select table_name from information_schema.tables order by 1").fetchall()
    assert names == [("one",), ("schema_version",)]
    (tmp_path / "v0002_bad.sql").write_text("create table two (a int);")
    assert migrate(connection, tmp_path) == 2
    assert migrate(connection, tmp_path) == 2
    connection.close()


def test_counts_and_positions_of_an_older_folder_are_taken_along(tmp_path: Path) -> None:
    older = tmp_path / "migrations"
    older.mkdir()
    for path in sorted((Path(warehouse.__file__).parent / "migrations").glob("v*.sql"))[:4]:
        shutil.copy(path, older)
    connection = duckdb.connect()
    assert migrate(connection, older) == 4
    told = "'2025-04-16 06:00:00Z', '2025-04-16 07:00:00Z'"
    connection.execute(f"insert into source_count values ('a', 9, 6, 2, 1, 8, {told})")
    connection.execute("insert into source_position values ('a', '', '12', '2025-04-16 07:00:00Z')")

    def told() -> list[pa.Table]:
        names = ("source_count", "source_position")
        return [connection.sql(f"select * from {name}").to_arrow_table() for name in names]

    before = told()
    assert migrate(connection) > 4
    assert told() == before
    connection.close()


def test_a_cursor_in_trouble_is_not_used_again(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.duckdb")
    try:
        with pytest.raises(InternalError), database.cursor() as cursor:
            cursor.execute("select * from range(10)").execute("select * from nowhere")
        with database.cursor() as cursor:
            assert cursor.execute("select 1").fetchall() == [(1,)]
    finally:
        database.close()


def test_a_closed_warehouse_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.duckdb")
    database.close()
    with pytest.raises(StorageBusyError), database.cursor():
        pass


def test_opening_often_leaves_no_files_or_threads(tmp_path: Path) -> None:
    def once(number: int) -> None:
        with open_store(tmp_path) as store:
            events = table([event(f"e{number}", "ksmart", "case.opened", CLOCK_AT, case_id="C", digest=1)])
            store.writer.commit(batch(events), SilentListener())
            assert store.count("event") == number + 1
            store.ask("source_counts")

    def open_files() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    for number in range(5):
        once(number)
    files, threads = open_files(), threading.active_count()
    for number in range(5, 25):
        once(number)
    assert open_files() <= files
    assert threading.active_count() <= threads
