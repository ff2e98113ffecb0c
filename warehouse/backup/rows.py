"""Counts what a warehouse holds, the same way in the engine, in the copy and in what is restored."""

from __future__ import annotations

import duckdb

_TABLES = "select table_name from duckdb_tables() where database_name = current_database() and not temporary order by 1"


def rows_of_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every stored table, by name; in a transaction, those of one instant."""
    names = [name for (name,) in connection.execute(_TABLES).fetchall()]
    if not names:
        return {}
    counts = ", ".join(f'(select count(*) from "{name}")' for name in names)  # noqa: S608 – names are ours
    return dict(zip(names, connection.execute(f"select {counts}").fetchall()[0], strict=True))


def read_through(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every value of every table, so that a damaged block is found now and not when somebody needs it.

    Raises:
        duckdb.Error: a block is not what was written.
    """
    for (name,) in connection.execute(_TABLES).fetchall():
        connection.execute(f'select bit_xor(hash(one)) from "{name}" one')  # noqa: S608 – names are ours


def schema_of(connection: duckdb.DuckDBPyConnection) -> int:
    """The version of a warehouse's schema."""
    return int(connection.execute("select max(version) from schema_version").fetchall()[0][0])
