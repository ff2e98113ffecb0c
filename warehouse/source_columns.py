"""Columns of the files of sources: those that a source added are said once, by name.

Who may import it: warehouse.writer.
Invariants: names only, nothing that stands in a column; what the first file of a source has was not added.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from warehouse.batch import Batch
    from warehouse.statements import Statements

_LOG: Final = logging.getLogger(__name__)
_SAID: Final = pa.schema([("source", pa.string()), ("column", pa.string())])
#: A source of which no file came yet adds nothing.
_NEW: Final = """
    select distinct source, "column", source in (select source from source_column) as added
    from given where (source, "column") not in (select (source, "column") from source_column)
    order by source, "column"
"""
_REMEMBER: Final = "insert into source_column by name select * from given"


def write_columns(statements: Statements, batches: Sequence[Batch], now: datetime) -> dict[str, list[str]]:
    """Remember the columns that some batches say. Returns: those that no earlier file had, by source."""
    said = [{"source": batch.source, "column": column} for batch in batches for column in batch.columns]
    if not said:
        return {}
    new = statements.rows(_NEW, pa.Table.from_pylist(said, schema=_SAID))
    first_seen_at = pa.repeat(pa.scalar(now, pa.timestamp("us", tz="UTC")), new.num_rows)
    statements.write(_REMEMBER, new.append_column("first_seen_at", first_seen_at))
    added: dict[str, list[str]] = {}
    for row in new.to_pylist():
        if row["added"]:
            added.setdefault(row["source"], []).append(row["column"])
    return added


def say_added(added: Mapping[str, Sequence[str]]) -> None:
    """Write into the log which columns were added, after the commit."""
    for source, columns in added.items():
        _LOG.warning("source %s: its files have columns that no earlier file had: %s", source, ", ".join(columns))
