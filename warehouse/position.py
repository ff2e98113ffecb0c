"""Stored read positions of sources, when an operator says that one no longer holds.

Who may import it: run.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from warehouse.writer import Writer

_FORGET = """
    delete from source_ledger where source = $1 and "partition" is not null and ($2 is null or "partition" = $2)
    returning "partition" """


def forget(writer: Writer, source: str, partition: str | None = None) -> list[str]:
    """Forget where a source is to be read next; it is then read from its beginning, and what is known counts once.

    Args:
        writer: of the warehouse.
        source: its name.
        partition: only this part of it; None = all.

    Returns:
        The parts that had a position.

    Raises:
        StorageError: nothing was changed.
    """

    def remove(connection: duckdb.DuckDBPyConnection) -> list[str]:
        return sorted({name for (name,) in connection.execute(_FORGET, [source, partition]).fetchall()})

    return writer.run(remove)
