"""The board by hand: batches in, numbers out, over midnight and back from the file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indicators.board import Board
from tests.helpers.memory_warehouse import MemoryWarehouse
from tests.helpers.store import batch, open_store
from tests.helpers.strategies import Event, event, table
from tests.helpers.tiny_state import AREAS, CLOCK_AT, METRICS, RULES, at, reference
from warehouse.batch import Change
from warehouse.clock import SettableClock
from warehouse.errors import InternalError
from warehouse.value import PERIODS

TODAY = date(2025, 4, 16)
SERVICES = np.arange(len(RULES))


def rolled(board: Board, period: str, measure: str, *rows: int) -> np.ndarray:
    """Shape: [row, area]."""
    pairs = np.sort(rows)[:, np.newaxis] * len(AREAS) + np.arange(len(AREAS))
    return board.at([(period, measure)], pairs.ravel()).reshape(pairs.shape)


def case(number: int, day: date, **fields: Any) -> Event:
    fields = {"case_id": f"C{number}", "service": "certificate", "area": "T-a-x-1"} | fields
    return event(f"open{number}", "ksmart", "case.opened", at(day, 10), **fields)


def decided(number: int, day: date, outcome: str = "approved") -> Event:
    return event(f"decide{number}", "ksmart", "case.decided", at(day, 11), case_id=f"C{number}", outcome=outcome)


def number(board: Board, period: str, measure: str, area: str, subject: str = "certificate") -> int:
    subjects = METRICS if subject in METRICS else tuple(RULES)
    board.take_touched()
    return int(rolled(board, period, measure, subjects.index(subject))[0, list(AREAS).index(area)])


@pytest.fixture
def world() -> tuple[MemoryWarehouse, Board, SettableClock]:
    clock = SettableClock(CLOCK_AT)
    return MemoryWarehouse(), Board(reference(), clock), clock


def test_a_case_counts_in_every_area_above_it(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    warehouse.commit(table([case(1, TODAY), case(2, TODAY, area="T-a-x"), case(3, TODAY, area="T-b-z-1")]), board)
    seen = {area: number(board, "today", "received", area) for area in AREAS}
    assert seen == {
        "T": 3, "T-a": 2, "T-a-x": 2, "T-a-x-1": 1, "T-a-x-2": 0, "T-a-y": 0, "T-a-y-1": 0, "T-b": 1, "T-b-z": 1,
        "T-b-z-1": 1,
    }  # fmt: skip


def test_days_fall_into_their_periods(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    days = [
        date(2025, 4, 16),
        date(2025, 4, 10),
        date(2025, 4, 9),
        date(2025, 4, 1),
        date(2025, 3, 31),
        date(2025, 3, 16),
    ]
    warehouse.commit(table([case(place, day) for place, day in enumerate(days)]), board)
    seen = {period: number(board, period, "received", "T") for period in PERIODS}
    assert seen == {"today": 1, "7d": 2, "mtd": 4, "fy": 4, "p7d": 1, "pmtd": 1, "lm": 2}


def test_a_late_decision_before_its_opening_arrives(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    warehouse.commit(table([decided(1, date(2025, 4, 9))]), board)
    assert number(board, "mtd", "decided", "T") == 0
    warehouse.commit(table([case(1, date(2025, 4, 1))]), board)
    assert number(board, "mtd", "decided", "T") == 1
    assert number(board, "mtd", "late", "T") == 1
    assert number(board, "mtd", "decide_s", "T") == 8 * 86_400 + 3600
    board.take_touched()
    bins = board.bins_at(("mtd",), np.array([list(RULES).index("certificate") * len(AREAS)]))[:, 0, 0]
    assert np.flatnonzero(bins).tolist() == [16]


def test_reopening_restates_the_day_of_the_decision(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    warehouse.commit(table([case(1, date(2025, 4, 1)), decided(1, date(2025, 4, 3))]), board)
    assert number(board, "mtd", "in_time", "T") == 1
    reopened = event("again", "ksmart", "case.reopened", at(TODAY, 9), case_id="C1")
    warehouse.commit(table([reopened]), board)
    seen = {
        name: number(board, "mtd", name, "T")
        for name in ("decided", "in_time", "decide_s", "reopened", "open", "overdue")
    }
    assert seen == {"decided": 0, "in_time": 0, "decide_s": 0, "reopened": 1, "open": 1, "overdue": 1}
    assert not board.bins_at(("mtd",), np.arange(len(RULES) * len(AREAS))).any()


def test_a_late_event_of_the_last_instant_is_folded_in_order(
    world: tuple[MemoryWarehouse, Board, SettableClock],
) -> None:
    """A reopening of the same instant as the decision comes before it, whenever it arrives."""
    warehouse, board, _ = world
    warehouse.commit(table([case(1, date(2025, 4, 1)), decided(1, date(2025, 4, 3))]), board)
    reopened = event("again", "ksmart", "case.reopened", at(date(2025, 4, 3), 11), case_id="C1")
    warehouse.commit(table([reopened]), board)
    assert number(board, "mtd", "decided", "T") == 1


def test_an_answer_waits_for_its_case_and_moves_with_it(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    answer = event("f", "ras", "feedback.given", at(date(2025, 4, 8)), case_id="C1", rating=4)
    paid = event("p", "treasury", "amount.recorded", at(date(2025, 4, 8)), case_id="C1", service="file", amount=2500)
    warehouse.commit(table([answer, paid]), board)
    assert number(board, "mtd", "feedback", "T") == 0
    warehouse.commit(table([case(1, date(2025, 4, 1))]), board)
    assert number(board, "mtd", "satisfied", "T-a-x-1") == 1
    assert number(board, "mtd", "paid_paise", "T-a-x-1", "file") == 2500
    moved = event("k", "ksmart", "event.corrected", at(TODAY, 9), ref="open1", area="T-b-z-1", service="permit")
    warehouse.commit(table([moved]), board)
    assert number(board, "mtd", "satisfied", "T") == 0
    assert number(board, "mtd", "satisfied", "T-b-z-1", "permit") == 1
    assert number(board, "mtd", "paid_paise", "T-b-z-1", "file") == 2500
    gone = event("r", "ksmart", "event.retracted", at(TODAY, 10), ref="open1")
    warehouse.commit(table([gone]), board)
    assert number(board, "mtd", "feedback", "T", "permit") == 0
    assert warehouse.case["status"].to_pylist() == ["unopened"]


def reading(name: str, value: float, hour: int = 9, source: str = "scada", **fields: Any) -> Event:
    fields = {"metric": "power", "asset": "H1", "area": "T-a-x-1", "value": value} | fields
    return event(name, source, "reading.taken", at(TODAY, hour), **fields)


def test_the_last_reading_of_an_asset_is_its_level(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    warehouse.commit(table([reading("a", 5.25, 9), reading("b", 7.5, 8), reading("c", 1.0, 7, asset="H2")]), board)
    assert number(board, "today", "level_sum", "T", "power") == 6250
    assert number(board, "today", "assets_reporting", "T", "power") == 2
    assert number(board, "today", "reading_sum", "T", "power") == 13750
    warehouse.commit(table([reading("d", 9.0, 8)]), board)
    assert number(board, "today", "level_sum", "T", "power") == 6250
    retracted = event("r", "scada", "event.retracted", at(TODAY, 11), ref="a")
    warehouse.commit(table([retracted]), board)
    assert number(board, "today", "level_sum", "T", "power") == 10_000


def test_readings_of_one_instant_go_by_event_id_then_source(
    world: tuple[MemoryWarehouse, Board, SettableClock],
) -> None:
    warehouse, board, _ = world
    for one in (reading("b", 1.0, source="x"), reading("a", 2.0, source="x"), reading("b", 3.0, source="w")):
        warehouse.commit(table([one]), board)
        assert number(board, "today", "level_sum", "T", "power") == 1000


def test_midnight_makes_another_day(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        board = Board(reference(), store.clock)
        store.writer.commit(batch(table([case(1, TODAY), case(2, date(2025, 4, 10))])), board)
        assert not board.needs_roll()
        store.clock.advance(timedelta(hours=12))
        assert board.needs_roll()
        tomorrow = case(3, date(2025, 4, 17))
        store.writer.commit(batch(table([tomorrow | {"occurred_at": at(date(2025, 4, 17), 0, 5)}])), board)
        assert number(board, "today", "received", "T") == 1, "until it is rolled over the board stays on its day"
        board.load(store.reader)
        assert (board.today, board.needs_roll()) == (date(2025, 4, 17), False)
        assert number(board, "today", "received", "T") == 1
        assert number(board, "7d", "received", "T") == 2
        assert number(board, "p7d", "received", "T") == 1
        assert number(board, "mtd", "received", "T") == 3


def test_what_readers_hold_does_not_move(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    warehouse.commit(table([case(1, TODAY)]), board)
    assert board.take_touched() is None, "everything is new to the first reader"
    held, version = rolled(board, "today", "received", *SERVICES), board.version
    warehouse.commit(table([case(2, TODAY), reading("a", 1.0)]), board)
    assert held.sum() == rolled(board, "today", "received", *SERVICES).sum() == 4
    assert board.version > version
    assert board.changed.is_set(), "whoever publishes is told"
    touched = board.take_touched()
    assert touched is not None
    subjects, areas = np.divmod(touched.pairs, len(AREAS))
    assert set(subjects.tolist()) == {list(RULES).index("certificate"), len(RULES) + METRICS.index("power")}
    assert len(areas) == len(touched.pairs) < 2 * len(AREAS), "the place and those above it"
    assert touched.periods == {"today", "7d", "mtd", "fy"}
    assert rolled(board, "today", "received", *SERVICES).sum() == 8
    again = board.take_touched()
    assert again is not None
    assert (again.pairs.tolist(), again.periods) == ([], frozenset())
    warehouse.commit(table([case(3, TODAY - timedelta(days=9))]), board)
    late = board.take_touched()
    assert late is not None
    assert late.periods == {"p7d", "mtd", "fy"}


def test_only_the_change_prepared_last_is_applied(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    board.prepare(table([case(1, TODAY)]), warehouse)
    with pytest.raises(InternalError, match="prepared last"):
        board.apply(Change.nothing())


def test_a_code_that_the_door_should_have_refused(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    warehouse, board, _ = world
    with pytest.raises(InternalError, match="an area not in the reference data reached the warehouse: Nowhere"):
        board.prepare(table([case(1, TODAY, area="Nowhere")]), warehouse)
    with pytest.raises(InternalError, match="a reading beyond"):
        board.prepare(table([reading("a", 1e30)]), warehouse)


def test_no_measure_of_that_name(world: tuple[MemoryWarehouse, Board, SettableClock]) -> None:
    with pytest.raises(InternalError, match="no measure 'happiness'"):
        rolled(world[1], "today", "happiness", 0)
