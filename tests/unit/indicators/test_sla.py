"""Due instants by hand. April 2025: 12th a second Saturday, 14th and 18th holidays, Sundays 6, 13, 20, 27."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from indicators.board import microseconds
from indicators.columns import NO_INSTANT
from indicators.sla import LimitUnit
from tests.helpers.tiny_state import AREAS, RULES, at, axes

AXES = axes()
APRIL = [None, *(date(2025, 4, day) for day in range(1, 31))]


def due(service: str, opened: datetime, area: str = "T-a-x-1") -> int:
    instant = np.array([microseconds(opened)])
    place = list(AREAS).index(area)
    number = np.array([list(RULES).index(service)], np.int32)
    return int(AXES.clock.due_at(number, AXES.area_class[[place]], instant, AXES.clock.local.day_of(instant))[0])


def end(day: date) -> int:
    return microseconds(at(day, 23, 59, 59))


def moved(before: int, unit: LimitUnit, begin: datetime, resumed: datetime) -> int:
    arrays = (np.array([before]), np.array([unit], np.int8))
    return int(AXES.clock.moved(*arrays, np.array([microseconds(begin)]), np.array([microseconds(resumed)]))[0])


def test_hours_run_day_and_night() -> None:
    assert due("file", at(APRIL[12], 18)) == microseconds(at(APRIL[14], 0))


def test_calendar_days_end_at_the_end_of_the_last_day() -> None:
    assert due("certificate", at(APRIL[9], 0, 0, 1)) == end(APRIL[16])
    assert due("certificate", at(APRIL[9], 23, 59, 59)) == end(APRIL[16])


def test_the_limit_in_force_at_opening_counts() -> None:
    assert due("certificate", at(APRIL[10], 0)) == end(APRIL[13])


def test_a_class_of_area_may_have_a_limit_of_its_own() -> None:
    assert due("certificate", at(APRIL[9]), "T-a-x-2") == end(APRIL[13])
    assert due("permit", at(APRIL[1]), "T-a-y-1") == end(APRIL[8])
    assert due("permit", at(APRIL[1]), "T-a-x-1") == end(APRIL[5])
    assert due("permit", at(APRIL[1]), "T-a") == end(APRIL[5])


@pytest.mark.parametrize(
    ("opened", "last"),
    [(10, 17), (11, 19), (12, 19), (13, 19), (14, 19), (15, 21), (17, 23)],
    ids=["Thursday", "Friday", "second Saturday", "Sunday", "holiday", "over Good Friday", "before Good Friday"],
)
def test_working_days_leave_out_days_off(opened: int, last: int) -> None:
    """Four working days after the day of opening; a day off is opened as if on the working day before it."""
    assert due("permit", at(APRIL[opened])) == end(APRIL[last])


def test_without_a_limit_there_is_no_due_instant() -> None:
    assert due("plain", at(APRIL[10])) == NO_INSTANT


def test_pause_in_hours_moves_exactly() -> None:
    before = due("file", at(APRIL[1], 10))
    assert moved(before, LimitUnit.HOURS, at(APRIL[1], 11), at(APRIL[2], 12, 30)) == before + 91_800_000_000


def test_pause_in_days_moves_by_dates() -> None:
    before = end(APRIL[8])
    assert moved(before, LimitUnit.DAYS, at(APRIL[2], 23, 59), at(APRIL[3], 0, 1)) == end(APRIL[9])
    assert moved(before, LimitUnit.DAYS, at(APRIL[2], 0, 1), at(APRIL[2], 23, 59)) == before


def test_pause_in_working_days_leaves_out_days_off() -> None:
    before = end(APRIL[16])
    assert moved(before, LimitUnit.WORKING_DAYS, at(APRIL[10]), at(APRIL[15])) == end(APRIL[19])


def test_resumed_on_a_day_off_after_the_last_day_leaves_the_next_working_day() -> None:
    before = end(APRIL[11])
    assert moved(before, LimitUnit.WORKING_DAYS, at(APRIL[11], 12), at(APRIL[12], 9)) == end(APRIL[15])
    assert moved(before, LimitUnit.WORKING_DAYS, at(APRIL[11], 12), at(APRIL[11], 15)) == before
