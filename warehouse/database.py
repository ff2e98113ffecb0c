"""Opens the DuckDB file: settings, lock-down, migrations, and the border where DuckDB's exceptions become ours.

Only one process may have the file open. Inside it there is one write connection, owned by warehouse/writer.py, and a
pool of read cursors. After opening, the engine can neither reach other files nor change its settings.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from warehouse.errors import CMError, InternalError, StorageBrokenError, StorageBusyError, StorageDamagedError
from warehouse.opening import connect

#: Look-up tables made from the reference data at start live in this attached in-memory catalogue.
LOOKUP: Final = "lookup"
FILE_NAME: Final = "warehouse.duckdb"
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_MIGRATION_NAME: Final = re.compile(r"v(\d{4})_\w+\.sql")
_BROKEN: Final = (duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
_BUSY: Final = (
    duckdb.ConnectionException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
)
#: DuckDB tells of a disk that fails during a commit by a TransactionException; only the words say so.
_DISK: Final = re.compile(
    r"could not (write|read|sync|truncate)|no space left|file too large|input/output error", re.IGNORECASE
)
#: Blocks of the file that are not what was written; mostly without an exception of their own.
_DAMAGED: Final = re.compile(
    r"corrupt|checksum|not a valid duckdb database|replaying wal|enough bytes from file", re.IGNORECASE
)


def as_ours(error: duckdb.Error) -> CMError:
    """The exception of the house that a DuckDB exception means.

    Broken: the file or the disk; the process has to end and be started again. Busy: the same call may succeed later.
    Everything else can only come from our own SQL or data, which were checked before: a bug.
    """
    message = str(error)
    if _DAMAGED.search(message) and not isinstance(error, duckdb.OutOfMemoryException):
        return StorageDamagedError(f"the warehouse is damaged: {message}")
    if isinstance(error, _BROKEN) or _DISK.search(message):
        return StorageBrokenError(f"the warehouse cannot go on: {message}")
    if isinstance(error, _BUSY):
        return StorageBusyError(f"the warehouse could not finish: {message}")
    if isinstance(error, duckdb.IOException):
        if "lock" in message.lower():
            return StorageBusyError(f"the warehouse is open in another process: {message}")
        return StorageBrokenError(f"the warehouse cannot be read or written: {message}")
    return InternalError(f"the warehouse was asked something wrong, please report this: {message}")


@contextmanager
def border() -> Iterator[None]:
    """Everything that calls DuckDB stands inside this; no exception of DuckDB leaves it.

    Raises:
        StorageBrokenError: the disk is full; StorageDamagedError: the file is not what was written.
        StorageBusyError: locked, interrupted, out of memory for now.
        InternalError: our SQL or data are wrong.
    """
    try:
        yield
    except duckdb.Error as error:
        raise as_ours(error) from error


class Database:
    """One open warehouse file.

    Attributes:
        path: the file.
        writer: the write connection; only the write thread touches it once it runs.
    """

    def __init__(self, path: Path, *, memory_limit_mb: int = 700, threads: int = 2) -> None:
        """Open, migrate and lock down.

        Args:
            path: the file; its folder is made when missing.
            memory_limit_mb: memory that DuckDB may use, MB.
            threads: threads that DuckDB may use.

        Raises:
            StorageBusyError: another process has it open.
            StorageBrokenError: it is of a newer schema than this program knows.
            StorageDamagedError: it is not what was written. A damaged log alone is put aside, see warehouse.opening.
        """
        self.path = path
        self._idle: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._lock = threading.Lock()
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageBrokenError(f"{path.parent}: cannot be made: {error.strerror}") from error
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_limit_mb}MB",
            "threads": str(threads),
            "checkpoint_threshold": "64GB",  # checkpoints are scheduled, see warehouse/maintenance.py
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
        }
        with self._named():
            self.writer = connect(path, config)
        try:
            with self._named():
                self.writer.execute("set global TimeZone = 'UTC'")
                # the rows of a batch are asked for by number: with so many numbers at once DuckDB still leaves out the
                # parts of a table that hold none of them, which saves a quarter of the time at 2.6 million cases
                self.writer.execute("set dynamic_or_filter_threshold = 5000")
                migrate(self.writer)
                self.writer.execute(f"attach ':memory:' as {LOOKUP}")
                self.writer.execute("set enable_external_access = false")
                self.writer.execute("set lock_configuration = true")
        except CMError:
            self.writer.close()
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """The border, with the file's name where DuckDB does not give it."""
        try:
            with border():
                yield
        except StorageDamagedError as error:
            raise StorageDamagedError(f"{self.path}: {error}") from error

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read cursor that no other thread uses meanwhile; its transactions see what is committed.

        Raises:
            StorageBusyError: the warehouse is being closed.
        """
        with self._named():
            cursor = self._take()
            done = False
            try:
                yield cursor
                done = True
            finally:
                if done:
                    self._idle.put(cursor)
                else:
                    self._drop(cursor)  # it may hold half a result

    def _drop(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            if cursor in self._cursors:
                self._cursors.remove(cursor)
        cursor.close()

    def _take(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with self._lock:
                if self._closed:
                    raise StorageBusyError("the warehouse is closed") from None
                cursor = self.writer.cursor()
                self._cursors.append(cursor)
                return cursor

    def set_lookup(self, tables: Mapping[str, pa.Table]) -> None:
        """Put look-up tables into the in-memory catalogue, replacing those of the same names.

        Args:
            tables: by name; trusted names only.
        """
        with self.cursor() as cursor:
            for name, table in tables.items():
                cursor.register("given_lookup", table)
                statement = f"create or replace table {LOOKUP}.{name} as select * from given_lookup"  # noqa: S608 – ours
                cursor.execute(statement)
                cursor.unregister("given_lookup")

    def close(self) -> None:
        """Close all cursors and the file; running queries are interrupted."""
        with self._lock:
            self._closed = True
            cursors, self._cursors = self._cursors, []
        with border():
            for cursor in cursors:
                cursor.interrupt()
                cursor.close()
            self.writer.close()


def migrate(connection: duckdb.DuckDBPyConnection, folder: Path = _MIGRATIONS) -> int:
    """Bring the schema up to date, one migration per transaction, each followed by a checkpoint.

    Args:
        connection: the write connection, nothing else running.
        folder: of files named v0001_what.sql, numbered from 1 without gaps.

    Returns:
        The schema version.

    Raises:
        StorageBrokenError: the file is of a newer schema.
    """
    scripts = _scripts(folder)
    done = _schema_version(connection)
    if done > len(scripts):
        raise StorageBrokenError(f"the warehouse has schema {done}, this program knows {len(scripts)}; use a newer one")
    for version, script in enumerate(scripts, start=1):
        if version <= done:
            continue
        connection.begin()
        try:
            connection.execute(script.read_text(encoding="utf-8"))
            connection.execute("insert into schema_version values ($1, now())", [version])
            connection.commit()
        except duckdb.Error:
            roll_back(connection)
            raise
        connection.execute("checkpoint")
    return len(scripts)


def known_schema() -> int:
    """The newest version of the schema that this program knows."""
    return len(_scripts(_MIGRATIONS))


def _scripts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _MIGRATION_NAME.fullmatch(path.name))


def _schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    tables = connection.execute(
        "select count(*) from information_schema.tables where table_name = 'schema_version'"
    ).fetchall()
    if not tables[0][0]:
        return 0
    return int(connection.execute("select coalesce(max(version), 0) from schema_version").fetchall()[0][0])


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the open transaction, if there still is one, without effect."""
    try:
        connection.rollback()
    except duckdb.Error:
        return  # the transaction ended with the error that brought us here
