"""Incremental = recomputed: whatever the order, the batches, duplicates, corrections and retractions.

Once against a slow walk over the events in plain Python, with a warehouse in memory; once through the real writer,
against the recount that SQL makes of raw events, and against a board that is loaded from the file.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.board import Board
from indicators.verify import verify
from tests.helpers import board_check as check
from tests.helpers import oracle
from tests.helpers.memory_warehouse import MemoryWarehouse
from tests.helpers.search import examples
from tests.helpers.store import batch, open_store
from tests.helpers.strategies import PHASES, Event, event_sets, table
from tests.helpers.tiny_state import CLOCK_AT, local_day, reference
from warehouse.clock import SettableClock
from warehouse.maintenance import Maintenance
from warehouse.measure import DAY_SPAN_DAYS
from warehouse.principal import Principal

EVERYBODY = Principal.state_reader()
#: Noon of an ordinary day, and the last evening of a financial year.
INSTANTS = (CLOCK_AT, datetime(2025, 3, 31, 18, 29, 59, tzinfo=UTC))


def batches(events: list[Event], random: Any) -> list[list[Event]]:
    """The events in any order, some of them twice, in batches of any size."""
    delivered = [*events, *random.sample(events, k=min(3, len(events)))]
    random.shuffle(delivered)
    cuts = sorted(random.sample(range(len(delivered) + 1), k=min(random.randint(0, 6), len(delivered))))
    parts = [delivered[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(delivered)], strict=True)]
    return [list({item["event_id"]: item for item in part}.values()) for part in parts if part]


def horizon(today: date) -> date:
    return today - timedelta(days=DAY_SPAN_DAYS)


@given(event_sets, st.randoms(use_true_random=False), st.sampled_from(INSTANTS))
@settings(max_examples=examples(60), deadline=None, phases=PHASES)
def test_everything_equals_a_slow_walk_over_raw_events(events: list[Event], random: Any, now: datetime) -> None:
    today = local_day(now)
    warehouse, board = MemoryWarehouse(), Board(reference(), SettableClock(now))
    for part in batches(events, random):
        warehouse.commit(table(part), board)
        if random.random() < 0.5:
            board.take_touched()
    assert check.case_rows(warehouse.case) == oracle.fold(events)
    assert check.gauge_rows(warehouse.gauge) == check.expected_gauges(events)
    assert check.summed_cells(warehouse.cell) == check.expected_cells(events, horizon(today))
    assert check.actual_board(board) == check.expected_board(events, today, now)


@pytest.mark.slow
@given(event_sets, st.randoms(use_true_random=False), st.sampled_from(INSTANTS), st.booleans())
@settings(max_examples=examples(6), deadline=None, phases=PHASES)
def test_everything_equals_a_recount_by_sql(events: list[Event], random: Any, now: datetime, compacted: bool) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        store.clock.at = now
        board = Board(reference(), store.clock)
        for part in batches(events, random):
            store.writer.commit(batch(table(part)), board)
        if compacted:
            Maintenance(store.writer).compact(board.today)
        loaded = Board(reference(), store.clock)
        loaded.load(store.reader)
        expected = check.expected_board(events, local_day(now), now)
        assert check.actual_board(board) == expected
        assert check.actual_board(loaded) == expected
        cases = store.reader.query("verify_cases", EVERYBODY)
        assert check.case_rows(cases) == oracle.fold(events)
        for one in (board, loaded):
            report = verify(store.reader, one, now)
            assert report.different == 0, report
            assert report.compared >= len(oracle.fold(events))


@given(event_sets, st.randoms(use_true_random=False))
@settings(max_examples=examples(25), deadline=None, phases=PHASES)
def test_one_batch_equals_many(events: list[Event], random: Any) -> None:
    boards = []
    for parts in ([events], batches(events, random)):
        warehouse, board = MemoryWarehouse(), Board(reference(), SettableClock(CLOCK_AT))
        for part in parts:
            warehouse.commit(table(part), board)
        boards.append((check.actual_board(board), check.summed_cells(warehouse.cell), check.case_rows(warehouse.case)))
    assert boards[0] == boards[1]


@given(event_sets, st.lists(st.integers(-100, 100), min_size=1, max_size=6))
@settings(max_examples=examples(20), deadline=None, phases=PHASES)
def test_stocks_follow_the_clock_forward_and_back(events: list[Event], hours: list[int]) -> None:
    clock = SettableClock(CLOCK_AT)
    warehouse, board = MemoryWarehouse(), Board(reference(), clock)
    cut = len(events) // 2
    if cut:
        warehouse.commit(table(events[:cut]), board)
    for step in hours:
        before = check.actual_board(board)
        now = CLOCK_AT + timedelta(hours=step, seconds=step)
        version = board.version
        changed = board.tick(now)
        assert board.version == version + changed
        stocks = {key: value for key, value in check.actual_board(board).items() if not key[1]}
        expected = check.expected_board(events[:cut], local_day(CLOCK_AT), now)
        assert stocks == {key: value for key, value in expected.items() if not key[1]}
        assert changed == (stocks != {key: value for key, value in before.items() if not key[1]})
    warehouse.commit(table(events[cut:]), board)
    expected = check.expected_board(events, local_day(CLOCK_AT), now)
    assert check.actual_board(board) == expected
