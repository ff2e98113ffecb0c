"""Which days are working days, and counting in them.

Who may import it: everybody, through Reference.calendar.
Invariants: days are state-local dates; the count is cumulative, so every question is one or two array look-ups.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

#: Days that the calendar spans; old event logs (2000) and long limits fit in.
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2060, 12, 31)
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday, Monday is 0


@dataclass(frozen=True, slots=True, eq=False)
class WorkingCalendar:
    """Working days of the state's offices from FIRST_DAY to LAST_DAY.

    Outside the years of the holiday table only the weekly rules are known (`known_from`, `known_to`).

    Attributes:
        counted: number of working days from FIRST_DAY up to and including each day; int64.
        days: every working day in order; datetime64[D].
        known_from: first day of the first year of the holiday table; None without a table.
        known_to: last day of its last year.
    """

    counted: npt.NDArray[np.int64]
    days: npt.NDArray[np.datetime64]
    known_from: date | None
    known_to: date | None

    @classmethod
    def build(
        cls, holidays: Collection[date], weekly_off: Collection[int], off_saturdays: Collection[int]
    ) -> WorkingCalendar:
        """Make the calendar.

        Args:
            holidays: general holidays.
            weekly_off: weekdays that are never worked, Monday is 0.
            off_saturdays: which Saturdays of a month are off, 1 is the first.
        """
        every = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
        weekday = (every.astype("int64") + _EPOCH_WEEKDAY) % 7
        day_of_month = (every - every.astype("datetime64[M]")).astype("int64") + 1
        off = np.isin(weekday, list(weekly_off))
        off |= (weekday == 5) & np.isin((day_of_month + 6) // 7, list(off_saturdays))
        off |= np.isin(every, np.array(sorted(holidays), dtype="datetime64[D]"))
        counted = np.cumsum(~off, dtype=np.int64)
        days = every[~off]
        for array in (counted, days):
            array.setflags(write=False)
        years = sorted({day.year for day in holidays})
        known = (date(years[0], 1, 1), date(years[-1], 12, 31)) if years else (None, None)
        return cls(counted, days, *known)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on a day."""
        count = self.index(np.array([np.datetime64(day), np.datetime64(day) - 1]))
        return bool(count[0] > count[1])

    def index(self, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
        """Number of working days from FIRST_DAY up to and including each day.

        Args:
            days: state-local dates, datetime64[D], any shape; no NaT.

        Returns:
            int64 of the same shape; a day before the calendar counts as 0, one after it as its last day.
        """
        position = (days.astype("datetime64[D]") - np.datetime64(FIRST_DAY)).astype("int64")
        counts = self.counted[np.clip(position, 0, len(self.counted) - 1)]
        result: npt.NDArray[np.int64] = np.where(position < 0, 0, counts)
        return result

    def day_of(self, index: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
        """The working day with a given count: the inverse of `index` on working days.

        Args:
            index: counts as `index` gives them; values outside the calendar give its first or last working day.
        """
        return self.days[np.clip(np.asarray(index) - 1, 0, len(self.days) - 1)]

    def add(
        self, days: npt.NDArray[np.datetime64], working_days: npt.NDArray[np.int64] | int
    ) -> npt.NDArray[np.datetime64]:
        """The day that is so many working days after each day; the day itself is not counted.

        With 0 a working day stays, and a day off becomes the working day before it.
        """
        return self.day_of(self.index(days) + working_days)

    def between(self, after: npt.NDArray[np.datetime64], until: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
        """Number of working days in (after, until]."""
        return self.index(until) - self.index(after)
