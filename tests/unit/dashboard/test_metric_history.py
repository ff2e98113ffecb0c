"""Weekly lines of readings: flows are sums, levels are estimated for all assets, what sums cannot say is not drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pytest

from dashboard.catalogue import Indicator
from dashboard.services import Services
from dashboard.views.history import NO_LINE
from dashboard.views.metric_history import metric_line, metric_parts
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over

TODAY = date(2026, 11, 20)


COLUMNS = ("readings", "reading_sum", "expected_sum")
SCHEMA = pa.schema([("area", pa.string()), ("day", pa.date32())] + [(name, pa.int64()) for name in COLUMNS])
EACH = {"a": 10_000, "b": 40_000, "seldom": 40_000, "undeclared": 40_000}
ASSETS = ("first", "second")


class _Readings:
    """Two weeks: every day 2 readings of 10 (in thousandths) for `a`, of 40 for `b`; none of `c`.

    One asset is a large hospital, the other a small one: `seldom` is 70 at the first, told on every fourteenth day, and
    10 at the second, told a week after it.
    """

    def query(
        self, name: str, principal: object, *, metric: str, from_day: date, to_day: date, **params: object
    ) -> pa.Table:
        each = EACH.get(metric, 0)
        sums = dict(zip(COLUMNS, (2, 2 * each, each), strict=True))
        rows = [{"day": TODAY - timedelta(days=ago)} | sums for ago in range(14)] if each else []
        if metric == "seldom":
            told = ((2, 70_000), (9, 10_000), (16, 70_000), (23, 10_000))
            rows = [
                {"day": TODAY - timedelta(days=ago), "readings": 1, "reading_sum": value, "expected_sum": 0}
                for ago, value in told
            ]
        inside = [{"area": "KL"} | row for row in rows if from_day <= row["day"] <= to_day]
        return pa.Table.from_pylist(inside, schema=SCHEMA)


@pytest.fixture(scope="module")
def services() -> Services:
    read = services_over(FakeEngine(scale=0.02))
    some = next(iter(read.reference.assets.values()))
    assets = {code: replace(some, code=code, metrics=("a", "b", "c", "seldom")) for code in ASSETS}
    return replace(read, queries=_Readings(), reference=replace(read.reference, assets=assets))


def _indicator(services: Services, numerator: str, denominator: str, time: str, factor: float) -> Indicator:
    some = next(iter(services.values.indicators.values()))
    return replace(some, numerator=numerator, denominator=denominator, time=time, factor=factor)


@pytest.mark.parametrize(
    ("numerator", "denominator", "time", "factor", "weekly"),
    [
        ("sum(a)", "1", "flow", 1, 140.0),
        ("sum(a)", "sum(b)", "flow", 100, 25.0),
        ("sum(a)", "sum(a) + sum(b)", "flow", 100, 20.0),
        ("sum(a)", "expected(a)", "flow", 100, 200.0),
        ("sum(a) / 60", "readings(b)", "flow", 1, 140 / 60 / 14),
        ("sum(a)", "level(b)", "flow", 1, 140 / 80),
        ("sum(a)", "assets(a)", "flow", 1, 70.0),
        ("level(a)", "level(b)", "level", 100, 25.0),
        ("level(a)", "assets(a)", "level", 1, 10.0),
    ],
)
def test_a_week_is_the_quotient_of_its_sums(
    services: Services, numerator: str, denominator: str, time: str, factor: float, weekly: float
) -> None:
    line = metric_line(services, _indicator(services, numerator, denominator, time, factor), "KL", 2, TODAY)
    assert line.values == pytest.approx((weekly, weekly))
    assert line.days == (TODAY - timedelta(days=7), TODAY)


@pytest.mark.parametrize("step_days", [1, 7])
def test_levels_told_unequally_often_are_divided_for_all_assets(services: Services, step_days: int) -> None:
    indicator = _indicator(services, "level(a)", "level(seldom)", "level", 100)
    parts = metric_parts(services, indicator, "KL", 2, TODAY, step_days=step_days)
    assert parts is not None
    assert parts.above == pytest.approx((20.0, 20.0))
    assert parts.below == pytest.approx((80.0, 80.0))


def test_a_level_that_readings_cannot_tell_has_no_value(services: Services) -> None:
    line = metric_line(services, _indicator(services, "level(a)", "level(undeclared)", "level", 100), "KL", 2, TODAY)
    assert line.values == (None, None)


@pytest.mark.parametrize(
    ("numerator", "denominator", "time"),
    [
        ("level(a)", "1", "level"),
        ("level(a) - level(b)", "1", "flow"),
        ("assets(a)", "declared(a)", "level"),
        ("sum(a)", "population / lakh", "flow"),
    ],
)
def test_what_sums_cannot_say_is_not_drawn(services: Services, numerator: str, denominator: str, time: str) -> None:
    line = metric_line(services, _indicator(services, numerator, denominator, time, 1), "KL", 2, TODAY)
    assert line is NO_LINE


def test_a_week_without_readings_has_no_value(services: Services) -> None:
    line = metric_line(services, _indicator(services, "sum(c)", "1", "flow", 1), "KL", 2, TODAY)
    assert line.values == (None, None)
    assert not line.is_drawn
