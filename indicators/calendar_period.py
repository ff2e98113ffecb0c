"""Periods of a calendar: days, months, quarters, years – and the ones before, after and a year earlier.

The board's periods (indicators/period.py) are seen from today; these stand by themselves, as in tables of reported
values.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from indicators.expression import When
from warehouse.errors import DataError

#: As DHIS2 writes the month with which a year begins.
_BEGINS: Final = {
    month[:length]: place for place, month in enumerate(month_name) for length in (3, len(month)) if month
}
_NOVEMBER: Final = 11
_CODE: Final = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?|0(?P<pair>[1-6])B"
    r"|(?P<weekday>Wed|Thu|Fri|Sat|Sun)?(?P<weeks>Bi)?W(?P<number>\d{1,2})"
    r"|(?P<begin>[A-Z][a-z]+)?(?:Q(?P<quarter>[1-4])|S(?P<half>[12]))?)"
)
#: Days with which weeks begin, from Monday.
_WEEKDAYS: Final = {None: 0, "Wed": 2, "Thu": 3, "Fri": 4, "Sat": 5, "Sun": 6}
_WEEK: Final = timedelta(days=7)


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
        """A period by its code, as DHIS2 writes them.

        2017, 201701 or 2017-01, 20170131; 2017Q1, 2017S1 (half a year), 201701B (two months); 2017W1, 2017SunW1 (a week
        from Sunday; the first is that with 4 January), 2017BiW1 (two weeks); 2017April, 2017AprilQ1, 2017AprilS1 (of a
        year from April; one from November has the name of the year in which it ends).

        Raises:
            DataError: if it is none of these.
        """
        found = _CODE.fullmatch(code)
        if found is None:
            known = "2017, 2017-01, 20170131, 2017Q1, 2017S1, 201701B, 2017W1, 2017BiW1, 2017April, 2017AprilQ1"
            raise DataError(f"{code!r} is not a period; periods are {known}")
        try:
            return cls._named(found)
        except ValueError as error:
            raise DataError(f"{code!r} is not a period: {error}") from error

    @classmethod
    def _named(cls, found: re.Match[str]) -> CalendarPeriod:
        year = int(found["year"])
        if found["month"]:
            first = date(year, int(found["month"]), int(found["day"] or 1))
            return cls(first, months=0, days=1) if found["day"] else cls(first)
        if found["pair"]:
            return cls(date(year, 2 * int(found["pair"]) - 1, 1), months=2)
        if found["number"]:
            weeks, weekday = 2 if found["weeks"] else 1, _WEEKDAYS[found["weekday"]]
            first = _first_week(year, weekday) + (int(found["number"]) - 1) * weeks * _WEEK
            if not _first_week(year, weekday) <= first < _first_week(year + 1, weekday):
                raise ValueError("the year has no such week")
            return cls(first, months=0, days=weeks * _WEEK.days)
        month = _BEGINS.get(found["begin"] or "Jan")
        if month is None:
            raise ValueError(f"{found['begin']!r} is not a month")
        months = 3 if found["quarter"] else 6 if found["half"] else 12
        # a year from November is named by the year in which it ends, all others by that in which they begin
        whole = cls(date(year - (month == _NOVEMBER), month, 1), months)
        return whole.shifted(int(found["quarter"] or found["half"] or 1) - 1)

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
        """Which one of its kind it is in its year, from 1; a week belongs to the calendar year of its fourth day."""
        begin, _ = self._year(year_start_month)
        if self.months:
            return _months_between(begin, self.first) // self.months + 1
        return (self.first - begin).days // self.days + 1

    def count_in_year(self, year_start_month: int) -> int:
        """How many of its kind a year has."""
        begin, end = self._year(year_start_month)
        return 12 // self.months if self.months else (end - begin).days // self.days

    def _year(self, start_month: int) -> tuple[date, date]:
        """First day of its year and of the next."""
        if self.days in {_WEEK.days, 2 * _WEEK.days}:
            year, weekday = (self.first + timedelta(days=3)).year, self.first.weekday()
            return _first_week(year, weekday), _first_week(year + 1, weekday)
        begin = year_start(self.first, start_month)
        return begin, _later(begin, 12)


def _first_week(year: int, weekday: int) -> date:
    """First day of the week that 4 January lies in. Args: weekday: with which weeks begin, 0 = Monday."""
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - weekday) % 7)


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
