"""The SLA clock against an oracle that walks from day to day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.board import microseconds
from indicators.columns import NO_INSTANT
from indicators.sla import LimitUnit, is_counted, is_stopped
from tests.helpers import oracle
from tests.helpers.search import examples
from tests.helpers.strategies import PHASES
from tests.helpers.tiny_state import AREAS, RULES, axes, local_day

AXES = axes()
SERVICES, PLACES = list(RULES), list(AREAS)
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
#: Around months' ends, 29 February, the change of the financial year, holidays; at any second.
instants = st.builds(
    lambda day, second, micro: _BEGIN + timedelta(days=day, seconds=second, microseconds=micro),
    st.one_of(st.integers(0, 500), st.sampled_from([58, 89, 90, 99, 101, 102, 103, 106, 424])),
    st.one_of(st.integers(0, 86_399), st.sampled_from([0, 66_599, 66_600, 66_601, 86_399])),
    st.sampled_from([0, 0, 1, 500_000, 999_999]),
)


def due_at(service: str, area: str, opened: datetime) -> int:
    """The due instant of one case by the SLA clock."""
    day = AXES.clock.local.day_of(np.array([microseconds(opened)]))
    place = PLACES.index(area)
    return int(
        AXES.clock.due_at(
            np.array([SERVICES.index(service)], np.int32),
            AXES.area_class[[place]],
            np.array([microseconds(opened)]),
            day,
        )[0]
    )


def as_instant(due: int) -> datetime | None:
    return None if due == NO_INSTANT else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=due)


@given(st.sampled_from(SERVICES), st.sampled_from(PLACES), instants)
@settings(max_examples=examples(500), deadline=None, phases=PHASES)
def test_due_instant_equals_the_walk(service: str, area: str, opened: datetime) -> None:
    assert as_instant(due_at(service, area, opened)) == oracle.first_due(service, area, opened)


@given(
    st.sampled_from(["file", "certificate", "permit"]),
    st.sampled_from(PLACES),
    instants,
    st.integers(0, 20 * 86_400),
    st.integers(0, 30 * 86_400),
)
@settings(max_examples=examples(500), deadline=None, phases=PHASES)
def test_a_pause_moves_the_due_instant_as_the_walk_does(
    service: str, area: str, opened: datetime, after_s: int, length_s: int
) -> None:
    due = due_at(service, area, opened)
    begin = opened + timedelta(seconds=after_s)
    end = begin + timedelta(seconds=length_s)
    stands = as_instant(due)
    assert stands is not None
    counted = bool(is_counted(np.array([due]), np.array([microseconds(begin)]))[0])
    assert counted == (begin <= stands)
    if not counted:
        return
    limit = oracle.limit_of(service, local_day(opened))
    assert limit is not None
    moved = AXES.clock.moved(
        np.array([due]),
        np.array([limit[0]], np.int8),
        np.array([microseconds(begin)]),
        np.array([microseconds(end)]),
    )
    assert as_instant(int(moved[0])) == oracle.moved_due(stands, limit[0], begin, end)
    assert moved[0] >= due


@given(instants, st.integers(0, 30 * 86_400))
@settings(max_examples=examples(300), deadline=None, phases=PHASES)
def test_no_working_day_case_is_late_while_its_clock_stands(opened: datetime, length_s: int) -> None:
    due = due_at("permit", "T-a-x-1", opened)
    stands = as_instant(due)
    assert stands is not None
    begin, end = stands, stands + timedelta(seconds=length_s)
    moved = AXES.clock.moved(
        np.array([due]),
        np.array([LimitUnit.WORKING_DAYS], np.int8),
        np.array([microseconds(begin)]),
        np.array([microseconds(end)]),
    )
    assert moved[0] >= microseconds(end)


@given(st.lists(st.tuples(st.sampled_from(SERVICES), st.sampled_from(PLACES), instants), min_size=2, max_size=20))
@settings(max_examples=examples(100), deadline=None, phases=PHASES)
def test_columns_equal_single_cases(cases: list[tuple[str, str, datetime]]) -> None:
    opened = np.array([microseconds(at) for *_, at in cases])
    whole = AXES.clock.due_at(
        np.array([SERVICES.index(service) for service, *_ in cases], np.int32),
        AXES.area_class[[PLACES.index(area) for _, area, _ in cases]],
        opened,
        AXES.clock.local.day_of(opened),
    )
    assert whole.tolist() == [due_at(*one) for one in cases]


@pytest.mark.parametrize(
    ("due", "paused", "stopped"),
    [(10, NO_INSTANT, False), (10, 10, True), (10, 11, False), (NO_INSTANT, 11, True), (NO_INSTANT, NO_INSTANT, False)],
)
def test_clock_stands_still_only_if_stopped_in_time(due: int, paused: int, stopped: bool) -> None:
    assert bool(is_stopped(np.array([due]), np.array([paused]))[0]) == stopped


def test_local_days_begin_at_half_past_six_in_the_evening_utc() -> None:
    local = AXES.clock.local
    edge = datetime(2025, 3, 31, 18, 30, tzinfo=UTC)
    days = local.day_of(np.array([microseconds(edge) - 1, microseconds(edge)]))
    assert (date(1970, 1, 1) + timedelta(days=int(days[0]))) == date(2025, 3, 31)
    assert days[1] == days[0] + 1
    assert local.end_of(days[:1])[0] == microseconds(edge) - 1_000_000
