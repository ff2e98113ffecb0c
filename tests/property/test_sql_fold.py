"""The fold of cases and the recount of cells in SQL, against a slow count by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import oracle
from tests.helpers.search import examples
from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import PHASES, case_event_sets, event_sets, table
from warehouse.batch import CASE_SCHEMA, SilentListener
from warehouse.event_index import EventIndex
from warehouse.key import text_keys

SETTINGS = settings(
    max_examples=examples(40), deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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
    store.writer._index = EventIndex()
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
