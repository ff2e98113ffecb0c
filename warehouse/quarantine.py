"""Rows in quarantine: read for a second try, let go in the transaction of the batch in which they pass, or discarded.

Who may import it: ingest.quarantine, run.py and warehouse.writer.
Invariants: received = accepted + rejected + duplicates stays true: a row that is accepted on its second try was
received once, and one that is discarded counts as if it had never come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.event import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import duckdb

    from warehouse.batch import Batch, CommitResult
    from warehouse.statements import Statements
    from warehouse.writer import Writer

_REMOVE = "delete from rejected where rejected_id in (select rejected_id from given)"


_IDS = "select rejected_id from rejected where source = $1 order by received_at, origin, rejected_id"
_SOME = """
    select * from rejected where rejected_id in (select unnest($1::varchar[]))
    order by received_at, origin, rejected_id"""
_COUNT = """
    select count(*), count(*) filter (starts_with(rejected_id, $4)) from rejected
    where source = $1 and ($2 is null or reason = $2) and ($3 is null or received_at < $3)"""
_DISCARD = """
    delete from rejected where source = $1 and ($2 is null or reason = $2) and ($3 is null or received_at < $3)"""
_UNCOUNT = "insert into source_ledger select $1, null, null, -$2::bigint, 0, -$2::bigint, 0, 0, null, null"


@dataclass(frozen=True, slots=True)
class Discarded:
    """What left quarantine for good.

    Attributes:
        rows: refused rows.
        events: single events that were refused of rows of which others were taken.
    """

    rows: int
    events: int


def waiting(writer: Writer, source: str, at_once: int) -> Iterator[pa.Table]:
    """The rows of a source that are in quarantine now, oldest first; the named query rejected_list shows only some.

    Args:
        writer: of the warehouse.
        source: its name.
        at_once: most rows of a part.

    Yields:
        Shape: REJECTED_SCHEMA; without rows that left quarantine meanwhile.

    Raises:
        StorageError: they cannot be read.
    """

    def read(statement: str, given: object, connection: duckdb.DuckDBPyConnection) -> pa.Table:
        return connection.sql(statement, params=[given]).to_arrow_table()

    ids = writer.run(partial(read, _IDS, source))["rejected_id"]
    for begin in range(0, len(ids), at_once):
        yield writer.run(partial(read, _SOME, ids.slice(begin, at_once).to_pylist()))


def discard(writer: Writer, source: str, reason: str | None = None, before: datetime | None = None) -> Discarded:
    """Throw rows of a source in quarantine away; they count as if they had never come.

    Args:
        writer: of the warehouse.
        source: its name.
        reason: only those refused for it; None = all.
        before: only those received before this instant; None = all.

    Raises:
        StorageError: nothing was changed.
    """
    which = [source, reason, before]

    def remove(connection: duckdb.DuckDBPyConnection) -> Discarded:
        ((count, events),) = connection.execute(_COUNT, [*which, SKIPPED]).fetchall()
        connection.execute(_DISCARD, which).fetchall()
        if count > events:
            connection.execute(_UNCOUNT, [source, count - events]).fetchall()
        return Discarded(count - events, events)

    return writer.run(remove)


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
