"""Periods of a calendar: before, after, a year earlier, and from the year's first day."""

from __future__ import annotations

from datetime import date

import pytest

from indicators.calendar_period import CalendarPeriod
from indicators.expression import When
from warehouse.errors import DataError


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("202402", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024S2", date(2024, 7, 1), date(2024, 12, 31)),
        ("20240229", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024April", date(2024, 4, 1), date(2025, 3, 31)),
        ("2022Sep", date(2022, 9, 1), date(2023, 8, 31)),
        ("201702B", date(2017, 3, 1), date(2017, 4, 30)),
        ("2024W1", date(2024, 1, 1), date(2024, 1, 7)),
        ("2021W1", date(2021, 1, 4), date(2021, 1, 10)),
        ("2020W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2015W1", date(2014, 12, 29), date(2015, 1, 4)),
        ("2017WedW1", date(2017, 1, 4), date(2017, 1, 10)),
        ("2017SunW1", date(2017, 1, 1), date(2017, 1, 7)),
        ("2017BiW2", date(2017, 1, 16), date(2017, 1, 29)),
        ("2017AprilS1", date(2017, 4, 1), date(2017, 9, 30)),
        ("2017AprilS2", date(2017, 10, 1), date(2018, 3, 31)),
        ("2017NovQ2", date(2017, 2, 1), date(2017, 4, 30)),
        ("2024Nov", date(2023, 11, 1), date(2024, 10, 31)),
        ("2024NovS1", date(2023, 11, 1), date(2024, 4, 30)),
        ("2024October", date(2024, 10, 1), date(2025, 9, 30)),
        ("2026FriW1", date(2026, 1, 2), date(2026, 1, 8)),
    ],
)
def test_codes(code: str, first: date, last: date) -> None:
    period = CalendarPeriod.of(code)
    assert (period.first, period.last) == (first, last)
    assert period.length == (last - first).days + 1


@pytest.mark.parametrize(
    "code",
    ["", "24", "2024Q5", "2024W0", "2024W54", "2021W53", "202413", "201707B", "2024Zep", "2024ZepQ1", "2024Marc"],
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(DataError):
        CalendarPeriod.of(code)


@pytest.mark.parametrize(
    ("code", "when", "first", "last"),
    [
        ("202401", When(shift=-1), date(2023, 12, 1), date(2023, 12, 31)),
        ("2024Q1", When(shift=-2), date(2023, 7, 1), date(2023, 9, 30)),
        ("202402", When(years=-1), date(2023, 2, 1), date(2023, 2, 28)),
        ("20240229", When(years=-1), date(2023, 2, 28), date(2023, 2, 28)),
        ("202402", When(to_date=True), date(2023, 4, 1), date(2024, 2, 29)),
        ("202404", When(shift=-1, to_date=True), date(2023, 4, 1), date(2024, 3, 31)),
        ("202404", When(years=-1, to_date=True), date(2023, 4, 1), date(2023, 4, 30)),
        ("20240301", When(shift=-1), date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_other_times(code: str, when: When, first: date, last: date) -> None:
    found = CalendarPeriod.of(code).at(when, year_start_month=4)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    ("code", "number", "count"),
    [("202403", 12, 12), ("202404", 1, 12), ("2024Q1", 4, 4), ("2024April", 1, 1), ("20240401", 1, 365),
     ("20240331", 366, 366)],
)  # fmt: skip
def test_number_and_count_in_the_financial_year(code: str, number: int, count: int) -> None:
    period = CalendarPeriod.of(code)
    assert (period.number_in_year(4), period.count_in_year(4)) == (number, count)


def test_a_run_of_days_holds_the_months_inside_it() -> None:
    run = CalendarPeriod.between(date(2017, 1, 1), date(2017, 2, 20))
    assert run.length == 51
    assert run.contains(CalendarPeriod.of("2017-01"))
    assert not run.contains(CalendarPeriod.of("2017-02"))
    assert run.shifted(-1).last == date(2016, 12, 31)
