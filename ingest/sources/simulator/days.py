"""The state's calendar as arrays: local days, their midnights in UTC, and which of them are working days.

A day is a number: days since 1970-01-01 by the local calendar. Instants are seconds since the epoch, UTC, as float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from warehouse.reference import Reference

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_EPOCH: Final = date(1970, 1, 1)
#: How far the arrays reach; a simulation that runs longer is opened again in between.
_REACH_DAYS: Final = 5_000


def day_number(on: date) -> int:
    """Days from 1970-01-01 to the date."""
    return (on - _EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=int(day))


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `first` on.

    Attributes:
        first: number of the first day.
        midnight_s: instant at which each day begins locally. Shape: (days,).
        working: is it a working day. Shape: (days,).
        working_until: working days from `first` to each day, both included. Shape: (days,).
        working_days: offsets from `first` of all working days, in order; number k of them ends the count k + 1.
    """

    first: int
    midnight_s: Floats
    working: npt.NDArray[np.bool_]
    working_until: Ints
    working_days: Ints

    @classmethod
    def from_reference(cls, first: int, reference: Reference) -> Days:
        """Lay out the calendar from a first day on.

        Args:
            first: number of the first day.
            reference: knows time zone and working days of the state.
        """
        zone = ZoneInfo(reference.state.timezone)
        dates = [date_of(first + step) for step in range(_REACH_DAYS)]
        midnight_s = np.array([datetime.combine(on, time(), zone).timestamp() for on in dates])
        counts = reference.calendar.index(np.arange(first - 1, first + _REACH_DAYS).astype("datetime64[D]"))
        working = np.diff(counts) > 0
        return cls(first, midnight_s, working, np.cumsum(working), np.flatnonzero(working))

    def day_of(self, at_s: Floats) -> Ints:
        """Day numbers of instants."""
        return np.searchsorted(self.midnight_s, at_s, side="right") - 1 + self.first

    def starts_s(self, days: Ints) -> Floats:
        """The instants at which days begin; of days after the last one, the last, years after anybody looks."""
        return self.midnight_s[self._places(days)]

    def start_s(self, day: int) -> float:
        """The instant at which a day begins."""
        return float(self.midnight_s[day - self.first])

    def is_working(self, day: int) -> bool:
        """Whether offices work on the day."""
        return bool(self.working[day - self.first])

    def count(self, days: Ints) -> Ints:
        """Working days from the first day to each of the days, both included; none are known after the last one."""
        return self.working_until[self._places(days)]

    def nth(self, counts: Ints) -> Ints:
        """Day numbers of the working days that make these counts (inverse of `count` on working days)."""
        last = self.working_days.size
        return self.working_days[np.clip(counts, 1, last) - 1] + self.first

    def _places(self, days: Ints) -> Ints:
        return np.minimum(days - self.first, self.midnight_s.size - 1)

    def month(self, day: int) -> int:
        """Month of the year of a day, 1 to 12."""
        return date_of(day).month
