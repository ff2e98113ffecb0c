"""Rows in quarantine: read for a second try, and let go in the transaction of the batch in which they pass.

Who may import it: ingest.quarantine and warehouse.writer.
Invariants: received = accepted + rejected + duplicates stays true: a row that is accepted on its second try was
received once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.event import SKIPPED

if TYPE_CHECKING:
    from warehouse.batch import Batch, CommitResult
    from warehouse.statements import Statements
    from warehouse.writer import Writer

_REMOVE = "delete from rejected where rejected_id in (select rejected_id from given)"


def waiting(writer: Writer, source: str) -> pa.Table:
    """All rows of a source in quarantine, oldest first; the named query rejected_list shows only some.

    Shape: REJECTED_SCHEMA.

    Raises:
        StorageError: they cannot be read.
    """
    statement = "select * from rejected where source = $1 order by received_at, origin, rejected_id"
    return writer.run(lambda connection: connection.sql(statement, params=[source]).to_arrow_table())


def let_go(statements: Statements, batch: Batch) -> int:
    """Take the rows that a batch tries again out of quarantine, before what is refused again goes into it.

    Args:
        statements: of the running transaction.
        batch: names them as `released`; unknown ones are passed over.

    Returns:
        How many were there.
    """
    if not batch.released:
        return 0
    return statements.count(_REMOVE, pa.table({"rejected_id": pa.array(batch.released, pa.string())}))


def counted(batch: Batch, removed: int, result: CommitResult) -> CommitResult:
    """What a batch adds to the counts of its source: what comes out of quarantine was counted when it came.

    Args:
        batch: perhaps a second try.
        removed: how many rows left quarantine for it.
        result: of its commit.
    """
    if not batch.released:
        return result
    if batch.released[0].startswith(SKIPPED):  # single events: their rows were counted with the events taken then
        return replace(result, received=result.rejected, accepted=0, duplicates=0)
    return replace(result, received=result.received - removed, rejected=result.rejected - removed)
