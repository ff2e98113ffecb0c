"""Periods of a calendar: days, months, quarters, years – and the ones before, after and a year earlier.

The board's periods (indicators/period.py) are seen from today; these stand by themselves, as in tables of reported
values.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from indicators.expression import When
from warehouse.errors import DataError

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CODE: Final = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?|Q(?P<quarter>[1-4])|S(?P<half>[12])|(?P<begin>[A-Z][a-z]+))?"
)


@dataclass(frozen=True, slots=True, order=True)
class CalendarPeriod:
    """A run of whole months or days.

    Attributes:
        first: its first day.
        months: how many calendar months it has; 0 for a run of days.
        days: how many days a run of days has; 0 for months.
    """

    first: date
    months: int = 1
    days: int = 0

    @classmethod
    def of(cls, code: str) -> CalendarPeriod:
        """A period by its code: 2017, 201701 or 2017-01, 2017Q1, 2017S1, 20170131, 2017April (a year from April).

        Raises:
            DataError: if it is none of these.
        """
        found = _CODE.fullmatch(code)
        if found is None:
            raise DataError(f"{code!r} is not a period; periods are 2017, 2017-01, 2017Q1, 2017S1, 20170131, 2017April")
        year = int(found["year"])
        if found["month"]:
            first = date(year, int(found["month"]), int(found["day"] or 1))
            return cls(first, months=0, days=1) if found["day"] else cls(first)
        if found["quarter"]:
            return cls(date(year, 3 * int(found["quarter"]) - 2, 1), months=3)
        if found["half"]:
            return cls(date(year, 6 * int(found["half"]) - 5, 1), months=6)
        begin = found["begin"] or "Jan"
        if begin[:3] not in _MONTHS:
            raise DataError(f"{code!r}: {begin!r} is not a month")
        return cls(date(year, _MONTHS.index(begin[:3]) + 1, 1), months=12)

    @classmethod
    def between(cls, first: date, last: date) -> CalendarPeriod:
        """A run of days, both included."""
        return cls(first, months=0, days=(last - first).days + 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.shifted(1).first - timedelta(days=1)

    @property
    def length(self) -> int:
        """Its days."""
        return (self.last - self.first).days + 1

    def shifted(self, by: int) -> CalendarPeriod:
        """The period of the same length so many later; negative is earlier."""
        if self.months:
            return replace(self, first=_later(self.first, by * self.months))
        return replace(self, first=self.first + timedelta(days=by * self.days))

    def contains(self, other: CalendarPeriod) -> bool:
        """Whether all of another period lies in this one."""
        return self.first <= other.first and other.last <= self.last

    def at(self, when: When, year_start_month: int) -> CalendarPeriod:
        """The period that a modifier of time means, seen from this one; its days since and until are not looked at."""
        found = self.shifted(when.shift)
        if when.years:
            found = replace(found, first=_later(found.first, 12 * when.years))
        return CalendarPeriod.between(year_start(found.first, year_start_month), found.last) if when.to_date else found

    def number_in_year(self, year_start_month: int) -> int:
        """Which one of its kind it is in its year, from 1."""
        begin = year_start(self.first, year_start_month)
        if self.months:
            return _months_between(begin, self.first) // self.months + 1
        return (self.first - begin).days // self.days + 1

    def count_in_year(self, year_start_month: int) -> int:
        """How many of its kind a year has."""
        begin = year_start(self.first, year_start_month)
        return 12 // self.months if self.months else (_later(begin, 12) - begin).days // self.days


def year_start(on: date, month: int) -> date:
    """First day of the year that a day lies in. Args: month in which years begin, 1…12."""
    return date(on.year - (on.month < month), month, 1)


def _months_between(first: date, second: date) -> int:
    return (second.year - first.year) * 12 + second.month - first.month


def _later(day: date, months: int) -> date:
    """The same day of a later month, or its last day if it is shorter."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
