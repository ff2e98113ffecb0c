"""A warehouse of the tiny state in a folder of the test's, with its writer and reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tests.helpers.tiny_state import CLOCK_AT, reference
from warehouse.batch import BATCH_SCHEMA, Batch, empty_rejected
from warehouse.clock import SettableClock
from warehouse.database import Database
from warehouse.lookup import Lookups, install
from warehouse.principal import Principal
from warehouse.reader import Reader
from warehouse.writer import Writer

EVERYBODY = Principal.state_reader()


@dataclass
class Store:
    """An open warehouse."""

    database: Database
    writer: Writer
    reader: Reader
    lookups: Lookups
    clock: SettableClock

    def ask(self, name: str, **given: object) -> list[dict]:
        """Rows of a named query, as the state reader sees them."""
        return self.reader.query(name, EVERYBODY, **given).to_pylist()

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.database.cursor() as cursor:
            return cursor.execute(f'select count(*) from "{table}"').fetchall()[0][0]


@contextmanager
def open_store(folder: Path, at: Callable[[str], None] = lambda moment: None) -> Iterator[Store]:
    """Open (or open again) the warehouse in a folder."""
    clock = SettableClock(CLOCK_AT)
    database = Database(folder / "warehouse.duckdb")
    lookups = install(reference(), database)
    writer = Writer(database, clock, at)
    try:
        yield Store(database, writer, Reader(database, lookups, clock), lookups, clock)
    finally:
        writer.close()
        database.close()


def batch(
    events: pa.Table,
    *,
    source: str = "ksmart",
    rejected: pa.Table | None = None,
    position: str | None = None,
    rows: list[int] | None = None,
) -> Batch:
    """A batch of events, each from a row of its own unless said otherwise. Args: events: EVENT_SCHEMA."""
    numbers = pa.array(rows if rows is not None else range(events.num_rows), pa.int32())
    refused = empty_rejected() if rejected is None else rejected
    return Batch(
        source=source,
        events=events.append_column(BATCH_SCHEMA.field("row"), numbers),
        rejected=refused,
        received=len(set(numbers.to_pylist())) + refused.num_rows,
        position=position,
    )
