"""Statements of the write transaction that read a table of ours by the name `given`.

DuckDB is told of that name once; what stands behind it changes from statement to statement. Registering a table anew
for each of the twenty statements of a commit took longer than running them.
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

_NOTHING: Final = pa.table({"nothing": pa.array([], pa.int8())})


class Statements:
    """Runs statements on one connection; used by the write thread only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Args: connection: the write connection; the name `given` on it belongs to this object for good."""
        self._connection = connection
        self._given = _Given()
        connection.register("given", self._given)

    def rows(self, statement: str, given: pa.Table) -> pa.Table:
        """Run a query."""
        with self._given.of(given):
            return self._connection.sql(statement).to_arrow_table()

    def write(self, statement: str, given: pa.Table) -> None:
        """Run a statement that writes the given rows, unless there are none."""
        if given.num_rows == 0:
            return
        with self._given.of(given):
            self._connection.execute(statement)
            self._connection.complete()

    def count(self, statement: str, given: pa.Table) -> int:
        """Run a statement that changes rows named in the given ones. Returns: how many it changed."""
        with self._given.of(given):
            return int(self._connection.execute(statement).fetchall()[0][0])


class _Given:
    """An Arrow stream of whatever table it holds (the Arrow PyCapsule interface)."""

    def __init__(self) -> None:
        self._table = _NOTHING

    def of(self, table: pa.Table) -> _Given:
        self._table = table
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._table = _NOTHING  # nothing is kept in memory between commits

    def __arrow_c_schema__(self) -> object:
        return self._table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)
