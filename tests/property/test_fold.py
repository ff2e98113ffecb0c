"""The vectorised fold gives the rows that a slow walk over the events gives, on arbitrary sets of events."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.case import fold
from tests.helpers import oracle
from tests.helpers.search import examples
from tests.helpers.strategies import PHASES, Event, case_event_sets, table
from tests.helpers.tiny_state import axes
from warehouse.batch import CASE_SCHEMA
from warehouse.event import CASE_KINDS

AXES = axes()
NOTHING = CASE_SCHEMA.empty_table()


def as_rows(cases: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["case_id"]: row for row in cases.to_pylist()}


def folded(events: list[Event]) -> pa.Table:
    return fold(table(events), NOTHING, AXES)


@given(case_event_sets)
@settings(max_examples=examples(150), deadline=None, phases=PHASES)
def test_fold_equals_slow_walk(events: list[Event]) -> None:
    assert as_rows(folded(events)) == oracle.fold(events)


@given(case_event_sets, st.randoms(use_true_random=False))
@settings(max_examples=examples(100), deadline=None, phases=PHASES)
def test_order_of_arrival_makes_no_difference(events: list[Event], random: Any) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert as_rows(folded(shuffled)) == as_rows(folded(events))


@given(case_event_sets, st.integers(0, 24))
@settings(max_examples=examples(150), deadline=None, phases=PHASES)
def test_going_on_from_a_stored_row_equals_folding_everything(events: list[Event], split: int) -> None:
    ordered = sorted(events, key=lambda item: item["occurred_at"])
    edge = ordered[min(split, len(ordered) - 1)]["occurred_at"]
    early = [item for item in ordered if item["occurred_at"] <= edge]
    late = [item for item in ordered if item["occurred_at"] > edge]
    stored = folded(early)
    opened = {case_id for case_id, row in as_rows(stored).items() if row["status"] != "unopened"}
    starts = stored.filter(pa.array([case_id in opened for case_id in stored["case_id"].to_pylist()], pa.bool_()))
    again = [item for item in early if item["case_id"] not in opened]
    assert as_rows(fold(table([*again, *late]), starts, AXES)) == oracle.fold(events)


def test_kinds_of_cases_are_all_folded() -> None:
    assert len(CASE_KINDS) == 8
