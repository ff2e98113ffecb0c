"""The fold of cases and the recount of cells in SQL, against a slow count by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.views.case_history import steps, told_events
from tests.helpers import oracle
from tests.helpers.search import examples
from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import PHASES, case_event_sets, event_sets, table
from warehouse.batch import CASE_SCHEMA, SilentListener
from warehouse.event_index import EventIndex
from warehouse.key import text_keys

SETTINGS = settings(
    max_examples=examples(20), deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
#: All days.
FIRST, LAST = date(1990, 1, 1), date(2190, 1, 1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("store")) as built:
        yield built


def fill(store: Store, events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Put these events and the cases they make, and nothing else, into the warehouse. Returns: the cases."""

    def clear(connection: Any) -> None:
        for name in ("event", "correction", "case"):
            connection.execute(f'delete from "{name}"')

    store.writer.run(clear)
    store.writer.known.events = EventIndex()
    told = [item | {"digest": number} for number, item in enumerate(events)]
    store.writer.commit(batch(table(told)), SilentListener())
    cases = {case_id: {name: case[name] for name in CASE_SCHEMA.names} for case_id, case in oracle.fold(events).items()}
    rows = pa.Table.from_pylist(list(cases.values()), schema=CASE_SCHEMA)
    keyed = rows.append_column("case_key", [text_keys(rows["case_id"])])
    keyed = keyed.append_column("number", [pa.array(range(rows.num_rows), pa.uint32())])

    def insert(connection: Any) -> None:
        connection.register("rows_of_test", keyed)
        connection.execute('insert into "case" select * from rows_of_test')
        connection.unregister("rows_of_test")

    store.writer.run(insert)
    return cases


@SETTINGS
@given(event_sets)
def test_cases_folded_in_sql_are_those_folded_by_hand(store: Store, events: list[dict[str, Any]]) -> None:
    cases = fill(store, events)
    assert {case["case_id"]: case for case in store.ask("fold_cases")} == cases


@SETTINGS
@given(case_event_sets)
def test_cases_of_many_turns(store: Store, events: list[dict[str, Any]]) -> None:
    cases = fill(store, events)
    assert {case["case_id"]: case for case in store.ask("fold_cases")} == cases


@SETTINGS
@given(event_sets)
def test_cells_recounted_in_sql_are_those_counted_by_hand(store: Store, events: list[dict[str, Any]]) -> None:
    fill(store, events)
    found: dict[Any, Counter[Any]] = {}
    for name in ("recompute_cells", "recompute_metrics"):
        for row in store.ask(name):
            key = row.pop("day"), row.pop("subject"), row.pop("area")
            found[key] = Counter({measure: number for measure, number in row.items() if number})
    for row in store.ask("recompute_bins"):
        found[row["day"], row["subject"], row["area"]]["bin", row["bin"]] = row["cases"]
    assert {key: counts for key, counts in found.items() if counts} == oracle.flows(events)


@SETTINGS
@given(event_sets)
def test_times_at_steps_are_those_on_the_pages_of_the_cases(store: Store, events: list[dict[str, Any]]) -> None:
    cases = fill(store, events)
    decided = [case for case in cases.values() if case["status"] == "decided"]
    stays: dict[Any, list[float]] = {}
    for case in decided:
        told = told_events(store.ask("case_events", case_id=case["case_id"]))
        of_case: Counter[Any] = Counter()
        for step in steps(told, None, case["decided_at"]):
            waited_s = sum((until - since).total_seconds() for since, until in step.paused)
            of_case[False, step.name, step.post] += (step.to_at - step.from_at).total_seconds() - waited_s  # type: ignore[assignment]
            of_case[True, None, None] += waited_s  # type: ignore[assignment]
        for key, took_s in of_case.items():
            if took_s > 0:
                stays.setdefault(key, []).append(took_s)
    rows = store.ask("step_times", from_day=FIRST, to_day=LAST)
    assert {row["of"] for row in rows} == {len(decided)}
    found = {(row["is_waiting"], row["step"], row["post"]): row for row in rows if row["cases"] is not None}
    assert found.keys() == stays.keys()
    for key, took in stays.items():
        row = found[key]
        assert (row["cases"], row["total_s"]) == (len(took), pytest.approx(sum(took)))
        assert row["median_s"] == pytest.approx(float(np.quantile(took, 0.5)))
        assert row["p90_s"] == pytest.approx(float(np.quantile(took, 0.9)))
