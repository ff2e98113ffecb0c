"""What a warehouse says of itself in its table `setting`: a few texts by name.

Who may import it: warehouse only.
"""

from __future__ import annotations

from typing import Final

import duckdb

_READ: Final = 'select "value" from setting where name = $1'
_REMOVE: Final = "delete from setting where name = $1"
_ADD: Final = "insert into setting values ($1, $2)"


def read_setting(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """What is kept under a name; None = nothing."""
    found = connection.execute(_READ, [name]).fetchall()
    return str(found[0][0]) if found else None


def keep_setting(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Keep a text under a name instead of what was there. Args: connection, in a transaction; name; text."""
    connection.execute(_REMOVE, [name])
    connection.execute(_ADD, [name, value])
    connection.complete()
