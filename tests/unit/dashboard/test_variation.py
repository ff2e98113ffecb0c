"""Whether a change is unusual, by the example of the rule's author and by its edges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboard.format import Change
from dashboard.views.history import Line
from dashboard.views.variation import is_unusual, judged


def line(*values: float | None) -> Line:
    return Line(tuple(date(2026, 8, 1) + timedelta(weeks=week) for week in range(len(values))), values)


#: Mean 20, every moving range 2: between 14.68 and 25.32 is usual.
STEADY = (20.0, 22.0, 20.0, 18.0, 20.0, 22.0, 20.0, 18.0, 20.0, 22.0, 20.0, 18.0)


@pytest.mark.parametrize(("last", "unusual"), [(20, False), (25.3, False), (25.4, True), (14.7, False), (14.6, True)])
def test_limits_are_so_many_mean_moving_ranges_from_the_mean(last: float, unusual: bool) -> None:
    assert is_unusual(line(*STEADY, last)) is unusual


def test_eight_weeks_on_one_side_are_unusual_however_small() -> None:
    assert is_unusual(line(*STEADY[:8], *([22.0] * 8)))
    assert not is_unusual(line(*STEADY[:8], *([22.0] * 6), 20.0))


@pytest.mark.parametrize("values", [(), (1.0,), (1.0, 50.0), (*STEADY[:7], 90.0), (*STEADY, None), (None, None)])
def test_without_enough_weeks_nothing_is_called_unusual(values: tuple[float | None, ...]) -> None:
    assert not is_unusual(line(*values))


def test_weeks_without_a_number_are_left_out() -> None:
    assert is_unusual(line(*STEADY[:5], None, *STEADY[5:], 90.0))


def test_a_change_is_judged_by_the_weeks_that_it_ends() -> None:
    assert judged(None, line(*STEADY, 90.0)) is None
    assert judged(Change("up", "72"), line(*STEADY, 90.0)) == Change("up", "72", is_unusual=True)
    assert judged(Change("up", "2"), line(*STEADY)) == Change("up", "2")
