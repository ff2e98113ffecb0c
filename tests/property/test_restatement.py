"""Late, repeated, corrected and retracted events: what is known now, and what was sealed then.

What is known now of a day is what a new house would show that was only ever told the effective events, in order. What
was sealed stays as it was, whatever comes afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.as_of import board_as_of, end_of_day
from indicators.board import Board
from indicators.definition import Catalogue
from indicators.load import read_catalogue
from indicators.publish import BoardPublisher
from indicators.seal import Sealer, sealed_periods
from tests.helpers import board_check as check
from tests.helpers import oracle
from tests.helpers.memory_warehouse import MemoryWarehouse
from tests.helpers.search import examples
from tests.helpers.small_catalogue import small_reference, write_catalogue
from tests.helpers.store import EVERYBODY, Store, batch, open_store
from tests.helpers.strategies import PHASES, Event, event_sets, table
from tests.helpers.tiny_state import CLOCK_AT, ZONE, local_day, reference
from tests.property.test_incremental import batches
from warehouse.clock import SettableClock
from warehouse.seal import Seals
from warehouse.value import PERIODS, State

AREAS = ("T", "T-a-x-1")


@cache
def catalogue() -> Catalogue:
    with TemporaryDirectory() as folder:
        return read_catalogue(write_catalogue(Path(folder) / "c"), small_reference())[0]


def shown(board: Board, clock: SettableClock) -> BoardPublisher:
    """What a board's values are."""
    publisher = BoardPublisher(board, catalogue(), small_reference(), clock)
    publisher.set_phase("live")
    publisher.publish()
    return publisher


def told_only(events: list[Event], now: datetime) -> Board:
    """A new house at an instant, told nothing but the effective events, in order."""
    warehouse, board = MemoryWarehouse(), Board(small_reference(), SettableClock(now))
    effective = sorted(oracle.effective(events), key=oracle.order_of)
    if effective:
        warehouse.commit(table(effective), board)
    return board


@given(event_sets, st.randoms(use_true_random=False))
@settings(max_examples=examples(10), deadline=None, phases=PHASES)
def test_known_now_is_what_a_house_shows_that_was_told_only_what_counts(events: list[Event], random: Any) -> None:
    clock = SettableClock(CLOCK_AT)
    warehouse, board = MemoryWarehouse(), Board(small_reference(), clock)
    for part in batches(events, random):
        warehouse.commit(table(part), board)
    expected = told_only(events, CLOCK_AT)
    assert check.actual_board(board) == check.actual_board(expected)
    one, other = shown(board, clock), shown(expected, clock)
    for item in catalogue().definitions:
        for area in AREAS:
            for period in PERIODS:
                assert same(one.held(item.code, area, period), other.held(item.code, area, period))


def same(one: Any, other: Any) -> bool:
    numbers = ("value", "numerator", "denominator")
    alike = all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in numbers)
    return alike and (one.band, one.state) == (other.band, other.state)


@contextmanager
def a_house(folder: str) -> Iterator[tuple[Store, Board, BoardPublisher, Sealer]]:
    with open_store(Path(folder)) as store:
        board = Board(small_reference(), store.clock)
        publisher = BoardPublisher(board, catalogue(), small_reference(), store.clock)
        publisher.set_phase("live")

        def board_of(day: Any) -> Board:
            return board_as_of(day, small_reference(), store.reader, EVERYBODY)

        sealer = Sealer(Seals(store.database, store.writer), board_of, catalogue(), small_reference(), store.clock)
        yield store, board, publisher, sealer


def sealed(store: Store, first: Any, last: Any) -> dict[tuple[str, ...], dict[str, Any]]:
    """Everything that is sealed of some areas in some days, through the query."""
    found = {}
    for item in catalogue().definitions:
        for period in sealed_periods(item):
            for area in AREAS:
                asked = {"indicator": item.code, "area": area, "period": period, "from_day": first, "to_day": last}
                for row in store.ask("sealed_values", **asked):
                    found[str(row["day"]), item.code, period, area] = row
    return found


@pytest.mark.slow
@given(event_sets, st.randoms(use_true_random=False), st.sampled_from([0, 14]))
@settings(max_examples=examples(6), deadline=None, phases=PHASES)
def test_sealed_values_are_those_shown_and_never_change(events: list[Event], random: Any, first: int) -> None:
    """Over a few days, two of them the end and the beginning of a month when `first` is 14."""
    begin = CLOCK_AT + timedelta(days=first)
    with TemporaryDirectory() as folder, a_house(folder) as (store, board, publisher, sealer):
        parts, expected, kept = batches(events, random), {}, {}
        store.clock.at = begin
        store.writer.run(lambda _: board.load(store.reader), in_transaction=False)
        days = [local_day(begin) + timedelta(days=number) for number in range(len(parts))]
        for day, part in zip(days, parts, strict=True):
            store.writer.commit(batch(table(part)), board)
            board.tick()
            publisher.publish()
            store.clock.at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE) + timedelta(seconds=2)
            sealer.close(board, publisher)
            expected |= {
                (str(day), item.code, period, area): publisher.held(item.code, area, period)
                for item in catalogue().definitions
                for period in sealed_periods(item)
                for area in AREAS
            }
            store.writer.run(lambda _: board.load(store.reader), in_transaction=False)
            assert set(sealer.seal()) == {day}
            assert sealer.seal() == {}
            if not kept and len(days) > 1:
                kept = sealed(store, day, day)
        found = sealed(store, days[0], days[-1])
        assert found == found | kept
        assert found.keys() == expected.keys()
        for key, held in expected.items():
            row = found[key]
            number = np.nan if row["value"] is None else row["value"]
            assert np.array_equal(number, held.value, equal_nan=True), (key, row, held)
            assert State[row["state"].upper()] in {held.state, State.NO_DATA}, (key, row, held)


@pytest.mark.slow
@given(event_sets, st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=examples(12), deadline=None, phases=PHASES)
def test_a_past_day_is_known_now_as_if_it_had_been_told_only_what_counts(
    events: list[Event], random: Any, ago: int
) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        board = Board(reference(), store.clock)
        for part in batches(events, random):
            store.writer.commit(batch(table(part)), board)
        day = local_day(CLOCK_AT) - timedelta(days=ago)
        found = board_as_of(day, reference(), store.reader, EVERYBODY)
        end = end_of_day(day, ZONE.key)
        said = [item for item in events if item["occurred_at"] <= end or item["kind"].startswith("event.")]
        expected = told_only(said, end)
        assert check.actual_board(found) == check.actual_board(expected)


@pytest.mark.slow
@given(event_sets, st.randoms(use_true_random=False), st.integers(0, 6), st.integers(0, 4))
@settings(max_examples=examples(12), deadline=None, phases=PHASES)
def test_a_past_day_as_another_day_knew_it_is_a_house_that_was_told_no_more(
    events: list[Event], random: Any, ago: int, known: int
) -> None:
    first = local_day(CLOCK_AT)
    told = [event | {"received_at": CLOCK_AT + timedelta(days=random.randrange(5))} for event in events]
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store, open_store(Path(folder) / "less") as less:
        heard = [event for event in told if event["received_at"] <= CLOCK_AT + timedelta(days=known)]
        for house, share in ((store, told), (less, heard)):
            board = Board(reference(), house.clock)
            for part in batches(share, random):
                house.writer.commit(batch(table(part)), board)
        day = first - timedelta(days=ago)
        found = board_as_of(day, reference(), store.reader, EVERYBODY, known_on=first + timedelta(days=known))
        expected = board_as_of(day, reference(), less.reader, EVERYBODY)
        assert check.actual_board(found) == check.actual_board(expected)
