from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tiny_state import CLOCK_AT
from warehouse.batch import GAUGE_SCHEMA
from warehouse.last_readings import LastReadings

KEYS = st.tuples(st.sampled_from(["beds", "oxygen", "bed"]), st.sampled_from(["s1", "s2", "1", "ആശുപത്രി"]))
READINGS = st.tuples(KEYS, st.integers(0, 3), st.floats(allow_nan=False))


def rows(told: list[tuple[tuple[str, str], int, float]]) -> pa.Table:
    """One row per key, the last told."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for (metric, asset), minutes, value in told:
        last[metric, asset] = {
            "metric": metric,
            "asset": asset,
            "area": f"at {asset}",
            "read_at": CLOCK_AT + timedelta(minutes=minutes),
            "event_id": f"{metric} {minutes}",
            "value": value,
        }
    return pa.Table.from_pylist(list(last.values()), schema=GAUGE_SCHEMA)


def sorted_rows(table: pa.Table) -> list[dict[str, Any]]:
    assert table.schema.equals(GAUGE_SCHEMA)
    return sorted(table.to_pylist(), key=lambda row: (row["metric"], row["asset"]))


@given(st.lists(st.lists(READINGS, max_size=6), max_size=6), st.lists(KEYS, unique=True))
def test_it_is_the_table_after_the_same_changes(
    commits: list[list[tuple[tuple[str, str], int, float]]], asked: list[tuple[str, str]]
) -> None:
    plain: dict[tuple[str, str], dict[str, Any]] = {}
    kept = LastReadings(GAUGE_SCHEMA.empty_table())
    for told in commits:
        after = rows(told)
        keys = [(row["metric"], row["asset"]) for row in after.to_pylist()]
        before = [plain[key] for key in keys if key in plain]
        kept.change(pa.Table.from_pylist(before, schema=GAUGE_SCHEMA), after)
        plain |= dict(zip(keys, after.to_pylist(), strict=True))
    wanted = pa.table(
        {name: pa.array([key[at] for key in asked], pa.string()) for at, name in enumerate(("metric", "asset"))}
    )
    expected = pa.Table.from_pylist([plain[key] for key in asked if key in plain], schema=GAUGE_SCHEMA)
    assert sorted_rows(kept.of(wanted)) == sorted_rows(expected)
    again = LastReadings(pa.Table.from_pylist(list(plain.values()), schema=GAUGE_SCHEMA))
    assert sorted_rows(again.of(wanted)) == sorted_rows(expected)


def test_a_reading_that_is_taken_back_leaves_nothing() -> None:
    only = rows([(("beds", "s1"), 0, 5.0)])
    kept = LastReadings(only)
    kept.change(only, GAUGE_SCHEMA.empty_table())
    assert kept.of(only.select(["metric", "asset"])).num_rows == 0
