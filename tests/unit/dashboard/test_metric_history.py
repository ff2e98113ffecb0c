"""Weekly lines of readings: flows are sums, levels are averages, and what sums cannot say is not drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pytest

from dashboard.catalogue import Indicator
from dashboard.services import Services
from dashboard.views.history import NO_LINE
from dashboard.views.metric_history import metric_line
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over

TODAY = date(2026, 11, 20)


COLUMNS = ("readings", "reading_sum", "expected_sum")
SCHEMA = pa.schema([("area", pa.string()), ("day", pa.date32())] + [(name, pa.int64()) for name in COLUMNS])
EACH = {"a": 10_000, "b": 40_000}


class _Readings:
    """Two weeks: every day 2 readings of 10 (in thousandths) for `a`, of 40 for `b`; none of `c`."""

    def query(self, name: str, principal: object, *, metric: str, **params: object) -> pa.Table:
        each = EACH.get(metric, 0)
        sums = dict(zip(COLUMNS, (2, 2 * each, each), strict=True))
        days = [TODAY - timedelta(days=ago) for ago in range(14)] if each else []
        return pa.Table.from_pylist([{"area": "KL", "day": day} | sums for day in days], schema=SCHEMA)


@pytest.fixture(scope="module")
def services() -> Services:
    return replace(services_over(FakeEngine(scale=0.02)), queries=_Readings())


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
