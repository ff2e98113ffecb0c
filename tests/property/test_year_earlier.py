"""The same span a year earlier is what the board showed then, had it been told everything known by now."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.board import Board
from indicators.definition import TimeOperator
from indicators.lookup import value
from indicators.pattern import subjects_of
from indicators.period import span_of
from indicators.year_earlier import day_a_year_before, year_earlier
from tests.helpers import oracle
from tests.helpers.search import examples
from tests.helpers.small_catalogue import small_reference
from tests.helpers.store import EVERYBODY, batch, open_store
from tests.helpers.strategies import PHASES, Event, event, event_sets, table
from tests.helpers.tiny_state import CLOCK_AT, local_day
from tests.property.test_incremental import batches
from tests.property.test_restatement import catalogue
from warehouse.maintenance import Maintenance
from warehouse.value import PERIODS, State

AREAS = ("T", "T-a-x")
YEAR = timedelta(days=365)


@given(event_sets, st.randoms(use_true_random=False))
@settings(max_examples=examples(6), deadline=None, phases=PHASES)
def test_it_is_what_was_shown_then(events: list[Event], random: Any) -> None:
    reference, today = small_reference(), local_day(CLOCK_AT)
    first: dict[str, date] = {}
    for day, subject, _ in oracle.flows(events):
        first[subject] = min(day, first.get(subject, day))
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        board = Board(reference, store.clock)
        for part in batches(events, random):
            store.writer.commit(batch(table(part)), board)
        board.take_touched()
        store.clock.at = CLOCK_AT + YEAR
        for item in random.sample(catalogue().definitions, 3):
            begun = [first[subject] for subject in subjects_of(item) if subject in first]
            for area in AREAS:
                for period in PERIODS:
                    told = year_earlier(
                        item, area, period, today.replace(year=today.year + 1),
                        reference=reference, reader=store.reader, principal=EVERYBODY,
                    )  # fmt: skip
                    assert (told.begin, told.end) == span_of(period, today, 4)
                    if item.time is not TimeOperator.FLOW:
                        assert told.reason == "kind"
                    elif not begun or min(begun) > told.begin:
                        assert (told.number, told.reason) == (None, "history")
                    else:
                        shown = value(item, board, reference, area=area, period=period)
                        assert told.number is not None
                        unused = told.number.state is State.NO_DATA and shown.value == 0
                        assert unused or told.number.value == shown.value
                        assert unused or told.number.denominator == shown.denominator


def test_what_was_taken_back_begins_no_history(tmp_path: Path) -> None:
    opened = event("e1", "ksmart", "case.opened", CLOCK_AT, case_id="C1", service="file", area="T-a-x-1")
    retracted = event("e2", "ksmart", "event.retracted", CLOCK_AT + timedelta(hours=1), ref="e1")
    with open_store(tmp_path) as store:
        board = Board(small_reference(), store.clock)

        def first_days() -> list[dict[str, object]]:
            return store.ask("first_days", subjects=["file"])

        store.writer.commit(batch(table([opened])), board)
        assert first_days() == [{"subject": "file", "first_day": local_day(CLOCK_AT)}]
        store.writer.commit(batch(table([retracted])), board)
        assert first_days() == []
        Maintenance(store.writer, least_share=-1).compact(local_day(CLOCK_AT))
        assert first_days() == []


def test_below_the_level_of_daily_sums_nothing_is_known(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        item = next(item for item in catalogue().definitions if item.time is TimeOperator.FLOW)
        told = year_earlier(
            item, "T-a-x-1", "mtd", date(2026, 4, 16),
            reference=small_reference(), reader=store.reader, principal=EVERYBODY,
        )  # fmt: skip
    assert (told.number, told.reason) == (None, "level")


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2028, 3, 1), date(2027, 3, 1)),
        (date(2029, 2, 28), date(2028, 2, 28)),
    ],
)
def test_a_leap_day_is_held_against_the_day_before_march(day: date, before: date) -> None:
    assert day_a_year_before(day) == before
