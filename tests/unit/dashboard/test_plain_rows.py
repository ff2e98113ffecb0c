"""Rows as dictionaries are those that Arrow gives, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dashboard.plain_rows import plain_rows

INSTANTS = st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - its zone follows
ROWS = st.lists(st.tuples(st.none() | INSTANTS, st.none() | st.text(), st.integers(-5, 5)))


@given(ROWS)
def test_as_arrow_gives_them(rows: list[tuple[datetime | None, str | None, int]]) -> None:
    at, name, number = zip(*rows, strict=True) if rows else ((), (), ())
    table = pa.table(
        {
            "at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "name": pa.array(name, pa.string()),
            "number": pa.array(number, pa.int64()),
        }
    )
    assert plain_rows(table) == table.to_pylist()
    assert plain_rows(pa.concat_tables([table, table])) == table.to_pylist() * 2
