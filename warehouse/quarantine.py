"""Rows in quarantine that are decoded again after their mapping was mended, and leave it when they pass.

Who may import it: ingest.quarantine.
Invariants: received = accepted + rejected + duplicates stays true: a row that is accepted on its second try was
received once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from warehouse.batch import CommitResult
    from warehouse.writer import Writer

_REMOVE = "delete from rejected where rejected_id in (select rejected_id from given)"
_COUNT = "insert into source_ledger values ($1, null, null, -$2, 0, -$2, 0, 0, null, null)"
_COUNT_SKIPPED = "insert into source_ledger values ($1, null, null, -($2 + $3), -$2, 0, -$3, 0, null, null)"


def waiting(writer: Writer, source: str) -> pa.Table:
    """All rows of a source in quarantine, oldest first; the named query rejected_list shows only some.

    Shape: REJECTED_SCHEMA.

    Raises:
        StorageError: they cannot be read.
    """
    statement = "select * from rejected where source = $1 order by received_at, origin, rejected_id"
    return writer.run(lambda connection: connection.sql(statement, params=[source]).to_arrow_table())


def release(writer: Writer, source: str, rejected_ids: Sequence[str]) -> int:
    """Take rows out of quarantine whose events were committed.

    Args:
        writer: of the warehouse; the removal is a transaction of its own, and may be repeated.
        source: the rows' source.
        rejected_ids: the rows; unknown ones are passed over.

    Returns:
        How many were there.

    Raises:
        StorageError: nothing was changed.
    """
    return _removed(writer, rejected_ids, lambda removed: (_COUNT, [source, removed]))


def release_skipped(writer: Writer, source: str, rejected_ids: Sequence[str], again: CommitResult) -> int:
    """The same for single events: their rows were counted when they came, and are not counted again.

    Args:
        writer: of the warehouse.
        source: the rows' source.
        rejected_ids: the events.
        again: how the commit of these events counted their rows.
    """
    counted = [source, again.accepted, again.duplicates]
    return _removed(writer, rejected_ids, lambda _: (_COUNT_SKIPPED, counted))


def _removed(writer: Writer, rejected_ids: Sequence[str], count: Callable[[int], tuple[str, list[object]]]) -> int:
    wanted = pa.table({"rejected_id": pa.array(rejected_ids, pa.string())})

    def remove(connection: duckdb.DuckDBPyConnection) -> int:
        removed = writer.statements.count(_REMOVE, wanted)
        if removed:
            connection.execute(*count(removed)).fetchall()
        return removed

    return writer.run(remove)
