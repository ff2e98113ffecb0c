"""Stocks and the clock: what becomes overdue when, also with so many cases that the store merges them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from indicators import stock
from indicators.board import microseconds
from indicators.case import fold
from indicators.case_rows import CaseRows
from indicators.stock import Stocks
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import AREAS, RULES, at, axes
from warehouse.batch import CASE_SCHEMA
from warehouse.measure import CASE_STOCKS

AXES = axes()
APRIL = [None, *(date(2025, 4, day) for day in range(1, 31))]


def rows(*, opened: list[int], service: str = "certificate") -> CaseRows:
    """Cases opened at ten on days of April."""
    events = [
        event(f"{n}", "ksmart", "case.opened", at(APRIL[day], 10), case_id=f"{n}", service=service, area="T-a-x-1")
        for n, day in enumerate(opened)
    ]
    return CaseRows.of(fold(table(events), CASE_SCHEMA.empty_table(), AXES), AXES)


def counts(stocks: Stocks, area: str = "T", service: str = "certificate") -> dict[str, int]:
    stocks.sums.show()
    pair = list(RULES).index(service) * len(AREAS) + list(AREAS).index(area)
    found = stocks.sums.at(np.arange(len(CASE_STOCKS)), np.array([pair]))[:, 0]
    return dict(zip(CASE_STOCKS, found.tolist(), strict=True))


@pytest.fixture(params=[1, 20_000], ids=["merged at once", "waiting"])
def _merging(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "_WAITING", request.param)


@pytest.mark.usefixtures("_merging")
@pytest.mark.parametrize("loaded", [True, False])
def test_time_makes_cases_overdue(loaded: bool) -> None:
    """Opened on the 10th, 11th and 12th: due at the end of the 13th, 14th and 15th."""
    stocks = Stocks(AXES, microseconds(at(APRIL[12], 12)))
    cases = rows(opened=[10, 11, 12])
    if loaded:
        stocks.load(cases, microseconds(at(APRIL[12], 12)))
    else:
        stocks.change(cases, 1)
    assert counts(stocks) == {"open": 3, "overdue": 0, "due_48h": 1, "paused": 0, "open_undated": 0, "overdue_days": 0}
    assert not stocks.tick(microseconds(at(APRIL[12], 13)))
    assert stocks.tick(microseconds(at(APRIL[13], 23, 59, 59)))
    assert (counts(stocks)["overdue"], counts(stocks)["due_48h"]) == (0, 3)
    assert stocks.tick(microseconds(at(APRIL[13], 23, 59, 59.5)))
    assert (counts(stocks)["overdue"], counts(stocks)["due_48h"]) == (1, 2)
    assert stocks.tick(microseconds(at(APRIL[17], 0)))
    assert (counts(stocks)["overdue"], counts(stocks)["overdue_days"]) == (3, 3 + 2 + 1)
    assert stocks.tick(microseconds(at(APRIL[12], 12)))
    assert counts(stocks) == {"open": 3, "overdue": 0, "due_48h": 1, "paused": 0, "open_undated": 0, "overdue_days": 0}


@pytest.mark.usefixtures("_merging")
def test_what_is_taken_back_is_gone() -> None:
    stocks = Stocks(AXES, microseconds(at(APRIL[20])))
    stocks.change(rows(opened=[10, 11, 12]), 1)
    stocks.change(rows(opened=[10, 11]), -1)
    assert counts(stocks)["overdue"] == 1
    stocks.tick(microseconds(at(APRIL[21])))
    assert counts(stocks)["overdue_days"] == 5
    stocks.change(rows(opened=[12]), -1)
    stocks.tick(microseconds(at(APRIL[30])))
    assert not any(counts(stocks).values())


def test_each_overdue_case_gains_a_day_at_its_own_hour() -> None:
    """Due on the 9th at 16:00."""
    stocks = Stocks(AXES, microseconds(at(APRIL[10], 20)))
    stocks.load(rows(opened=[8], service="file"), stocks.at)
    for hours, days in ((0, 1), (19, 1), (20, 2), (43, 2), (44, 3)):
        stocks.tick(microseconds(at(APRIL[10], 20) + timedelta(hours=hours)))
        assert counts(stocks, service="file")["overdue_days"] == days, hours


def test_two_hundred_thousand_open_cases_tick_quickly() -> None:
    one = rows(opened=[10])
    many = CaseRows(**{name: np.repeat(getattr(one, name), 200_000) for name in CaseRows.__slots__})
    generator = np.random.default_rng(5)
    object.__setattr__(many, "due_at", generator.integers(many.due_at[0], many.due_at[0] + 10**13, 200_000))
    stocks = Stocks(AXES, int(many.due_at.min()))
    stocks.load(many, stocks.at)
    expected = np.sort(many.due_at)
    for step in (10**9, 10**12, 5 * 10**12):
        now = int(expected[0]) + step
        stocks.tick(now)
        assert counts(stocks)["overdue"] == np.searchsorted(expected, now)
