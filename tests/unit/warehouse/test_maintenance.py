from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers.store import Store, batch, open_store
from warehouse import maintenance
from warehouse.batch import (
    CELL_BIN_SCHEMA,
    CELL_DAY_SCHEMA,
    CELL_METRIC_DAY_SCHEMA,
    CELL_METRIC_SCHEMA,
    CELL_SCHEMA,
    SilentListener,
)
from warehouse.event import EVENT_SCHEMA
from warehouse.maintenance import Maintenance
from warehouse.measure import DAY_SPAN_DAYS
from warehouse.value import METADATA_KEY, PERIODS, SNAPSHOT_SCHEMA, Band, State
from warehouse.value_layout import Layout

TODAY = date(2025, 4, 16)
HORIZON = TODAY - timedelta(days=DAY_SPAN_DAYS)
TABLES = {
    "cell": CELL_SCHEMA,
    "cell_day": CELL_DAY_SCHEMA,
    "cell_bin": CELL_BIN_SCHEMA,
    "cell_metric": CELL_METRIC_SCHEMA,
    "cell_metric_day": CELL_METRIC_DAY_SCHEMA,
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as built:
        yield built


def rows_of(schema: pa.Schema, count: int) -> list[dict[str, Any]]:
    chance = random.Random(3)
    rows = []
    for _ in range(count):
        day = TODAY - timedelta(days=chance.choice([0, 1, DAY_SPAN_DAYS, DAY_SPAN_DAYS + 1, 200]))
        row = dict.fromkeys(schema.names, 0) | {
            "span_kind": "d", "span_start": day, "day": day, "subject": chance.choice("ab"),
            "area": chance.choice("xy"), "bin": chance.randrange(3), schema.names[-1]: chance.choice([-1, 1, 2]),
        }  # fmt: skip
        rows.append({name: row[name] for name in schema.names})
    return rows


def append(store: Store, name: str, rows: list[dict[str, Any]]) -> None:
    given = pa.Table.from_pylist(rows, schema=TABLES[name])

    def insert(connection: Any) -> None:
        connection.register("rows_of_test", given)
        connection.execute(f'insert into "{name}" select * from rows_of_test')
        connection.unregister("rows_of_test")

    store.writer.run(insert)


def stored(store: Store, name: str) -> list[dict[str, Any]]:
    with store.database.cursor() as cursor:
        return cursor.sql(f'select * from "{name}"').to_arrow_table().to_pylist()


def summed(rows: list[dict[str, Any]], schema: pa.Schema) -> dict[tuple[Any, ...], list[int]]:
    """Sums by key, old days as months, zeros left out."""
    keys = [name for name in schema.names if name in ("span_kind", "span_start", "day", "subject", "area", "bin")]
    sums: dict[tuple[Any, ...], list[int]] = {}
    for told in rows:
        is_old = "span_kind" in told and told["span_start"] < HORIZON
        row = told | ({"span_kind": "m", "span_start": told["span_start"].replace(day=1)} if is_old else {})
        numbers = [row[name] for name in schema.names if name not in keys]
        old = sums.get(tuple(row[name] for name in keys), [0] * len(numbers))
        sums[tuple(row[name] for name in keys)] = [one + other for one, other in zip(old, numbers, strict=True)]
    return {key: numbers for key, numbers in sums.items() if any(numbers)}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("rows_per_step", [1, 100_000])
def test_summing_up_changes_no_sum(
    store: Store, name: str, rows_per_step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.maintenance._ROWS_PER_STEP", rows_per_step)
    schema = TABLES[name]
    rows = rows_of(schema, 500)
    append(store, name, rows)
    done = Maintenance(store.writer).compact(TODAY)
    found = stored(store, name)
    assert summed(found, schema) == summed(rows, schema)
    assert len(found) == len(summed(rows, schema)) == done[name]
    assert [row["area"] for row in found] == sorted(row["area"] for row in found)
    spans = {(row["span_kind"], row["span_start"] < HORIZON) for row in found if "span_kind" in row}
    assert spans <= {("d", False), ("m", True)}


def test_late_deltas_join_their_month(store: Store) -> None:
    maintenance = Maintenance(store.writer)
    rows = rows_of(CELL_SCHEMA, 200)
    append(store, "cell", rows[:100])
    maintenance.compact(TODAY)
    append(store, "cell", rows[100:])
    maintenance.compact(TODAY)
    assert summed(stored(store, "cell"), CELL_SCHEMA) == summed(rows, CELL_SCHEMA)
    assert store.ask("series", areas=["T"], from_day=TODAY, to_day=TODAY)  # reads the horizon


def test_what_has_not_grown_is_left_alone(store: Store) -> None:
    maintenance = Maintenance(store.writer)
    append(store, "cell", rows_of(CELL_SCHEMA, 200))
    assert set(maintenance.compact(TODAY)) == {"cell", "cell_bin", "cell_metric"}  # those in which days become months
    assert maintenance.compact(TODAY) == {}
    append(store, "cell", rows_of(CELL_SCHEMA, 200))
    assert set(maintenance.compact(TODAY)) == {"cell"}
    assert "cell" in maintenance.compact(TODAY + timedelta(days=1))


def test_what_sources_said_is_summed_up_and_stays_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_LEDGER_ROWS", 12)
    keeper = Maintenance(store.writer)

    def told() -> list[list[dict[str, Any]]]:
        return [store.ask(name) for name in ("source_counts", "source_positions")]

    for number in range(6):
        store.clock.advance(timedelta(minutes=1))
        for source in ("a", "b"):
            given = batch(EVENT_SCHEMA.empty_table(), source=source, position=str(number))
            store.writer.commit(replace(given, positions={"t/0": str(10 * number)}), SilentListener())
    before = told()
    assert [row["position"] for row in before[1]] == ["5", "50"] * 2
    assert keeper.compact(TODAY)["source_ledger"] == store.count("source_ledger") == 6
    assert told() == before
    assert "source_ledger" not in keeper.compact(TODAY)
    store.writer.commit(batch(EVENT_SCHEMA.empty_table(), source="a", position="6"), SilentListener())
    assert [row["position"] for row in store.ask("source_positions", source="a")] == ["6", "50"]


def test_a_checkpoint_folds_the_log_into_the_file(store: Store) -> None:
    append(store, "cell", rows_of(CELL_SCHEMA, 2000))
    log = store.database.path.with_name(store.database.path.name + ".wal")
    assert log.stat().st_size > 10_000
    Maintenance(store.writer).checkpoint()
    assert not log.exists() or log.stat().st_size < 1000


def snapshot(values: np.ndarray, state: np.ndarray) -> pa.Table:
    about = {"version": 1, "engine": "e", "at": "2025-04-16T06:30:00+00:00", "periods": list(PERIODS)}
    about |= {"indicators": [f"i{n}" for n in range(values.shape[1])], "areas": ["T", "T-a"]}
    about["layout"] = Layout.dense(values.shape[1], 2).to_json()
    columns = [pa.array(values.swapaxes(0, 1).ravel())] * 3
    columns += [pa.array(np.full(values.size, Band.RED, np.uint8)), pa.array(state.swapaxes(0, 1).ravel())]
    return pa.table(columns, schema=SNAPSHOT_SCHEMA.with_metadata({METADATA_KEY: json.dumps(about).encode()}))


def test_values_are_written_where_they_exist_and_when_they_change(store: Store) -> None:
    values = np.arange(len(PERIODS) * 45 * 2, dtype=np.float64).reshape(len(PERIODS), 45, 2)
    state = np.zeros(values.shape, np.uint8)
    state[:, 0] = State.NOT_APPLICABLE
    state[0, 1, 0] = State.NO_DATA
    state[0, 1, 1], values[0, 1, 1] = State.ERROR, np.nan
    maintenance = Maintenance(store.writer)
    assert maintenance.write_values(snapshot(values, state)) == len(PERIODS) * 44 * 2 - 1
    found = {(row["period"], row["indicator"], row["area"]): row for row in stored(store, "value_now")}
    assert len(found) == len(PERIODS) * 44 * 2 - 1
    one = found["7d", "i2", "T-a"]
    assert (one["value"], one["numerator"], one["band"], one["state"]) == (
        values[1, 2, 1],
        values[1, 2, 1],
        "red",
        "ok",
    )
    assert ("today", "i1", "T") not in found
    none = found["today", "i1", "T-a"]
    assert (none["value"], none["denominator"], none["state"]) == (None, None, "error")
    assert store.writer.run(lambda _: store.writer.statements.rows("from given", pa.table({"a": [1]}))).num_rows == 1
    assert maintenance.write_values(snapshot(values, state)) == 0
    values[3, 7, 0] = -5
    assert maintenance.write_values(snapshot(values, state)) == len(PERIODS) * 2
    found = {(row["period"], row["indicator"], row["area"]): row["value"] for row in stored(store, "value_now")}
    assert len(found) == len(PERIODS) * 44 * 2 - 1
    assert found["fy", "i7", "T"] == -5


def test_values_of_an_indicator_that_left_the_catalogue_are_removed(store: Store) -> None:
    values = np.ones((len(PERIODS), 3, 2))
    state = np.zeros(values.shape, np.uint8)
    Maintenance(store.writer).write_values(snapshot(values, state))
    assert {row["indicator"] for row in stored(store, "value_now")} == {"i0", "i1", "i2"}
    another_engine = Maintenance(store.writer)
    another_engine.write_values(snapshot(values[:, :2], state[:, :2]))
    assert {row["indicator"] for row in stored(store, "value_now")} == {"i0", "i1"}
