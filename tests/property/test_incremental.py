"""Incremental = recomputed: whatever the order, the batches, duplicates, corrections and retractions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.board import Board
from tests.helpers import board_check as check
from tests.helpers import oracle
from tests.helpers.memory_warehouse import MemoryWarehouse
from tests.helpers.strategies import PHASES, Event, event_sets, table
from tests.helpers.tiny_state import CLOCK_AT, local_day, reference
from warehouse.clock import SettableClock
from warehouse.measure import DAY_SPAN_DAYS

TODAY = local_day(CLOCK_AT)
HORIZON = TODAY - timedelta(days=DAY_SPAN_DAYS)


def batches(events: list[Event], random: Any) -> list[list[Event]]:
    """The events in any order, some of them twice, in batches of any size."""
    delivered = [*events, *random.sample(events, k=min(3, len(events)))]
    random.shuffle(delivered)
    cuts = sorted(random.sample(range(len(delivered) + 1), k=min(random.randint(0, 6), len(delivered))))
    parts = [delivered[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(delivered)], strict=True)]
    return [list({item["event_id"]: item for item in part}.values()) for part in parts if part]


@given(event_sets, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None, phases=PHASES)
def test_board_and_stored_rows_equal_a_recount_of_raw_events(events: list[Event], random: Any) -> None:
    warehouse, board = MemoryWarehouse(), Board(reference(), SettableClock(CLOCK_AT))
    for batch in batches(events, random):
        warehouse.commit(table(batch), board)
    assert check.case_rows(warehouse.case) == oracle.fold(events)
    assert check.gauge_rows(warehouse.gauge) == check.expected_gauges(events)
    assert check.summed_cells(warehouse.cell) == check.expected_cells(events, HORIZON)
    assert check.actual_board(board) == check.expected_board(events, TODAY, CLOCK_AT)
