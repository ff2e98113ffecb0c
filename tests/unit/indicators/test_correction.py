"""Corrections and retractions against the slow oracle, and by hand."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings

from indicators.correction import effective
from tests.helpers import oracle
from tests.helpers.search import examples
from tests.helpers.strategies import PHASES, Event, event, event_sets, table
from tests.helpers.tiny_state import at
from warehouse.event import EVENT_COLUMNS

NOON = at(date(2025, 4, 2), 12)


def plain(events: list[Event]) -> list[Event]:
    return [{name: item[name] for name in EVENT_COLUMNS} for item in events]


@given(event_sets)
@settings(max_examples=examples(100), deadline=None, phases=PHASES)
def test_effective_events_equal_the_oracle(events: list[Event]) -> None:
    said = [item for item in events if item["kind"].startswith("event.")]
    assert effective(table(events), table(said)).to_pylist() == plain(oracle.effective(events))


def test_latest_correction_wins_and_nulls_keep_the_original() -> None:
    original = event("a", "ksmart", "case.opened", NOON, case_id="C1", service="permit", area="T-a-x-1", office="o1")
    first = event("k1", "ksmart", "event.corrected", at(date(2025, 4, 3)), ref="a", service="file", office="o2")
    second = event("k2", "ksmart", "event.corrected", at(date(2025, 4, 4)), ref="a", area="T-b-z-1")
    row = effective(table([original]), table([second, first])).to_pylist()[0]
    assert (row["service"], row["area"], row["office"]) == ("permit", "T-b-z-1", "o1")
    assert (row["event_id"], row["kind"], row["occurred_at"]) == ("a", "case.opened", NOON)


def test_another_source_cannot_retract() -> None:
    original = event("a", "ksmart", "case.opened", NOON, case_id="C1", service="permit", area="T-a-x-1")
    foreign = event("r", "edesk", "event.retracted", NOON, ref="a")
    assert effective(table([original]), table([foreign])).num_rows == 1
    own = event("r", "ksmart", "event.retracted", NOON, ref="a")
    assert effective(table([original]), table([foreign, own])).num_rows == 0
