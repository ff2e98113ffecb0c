"""The SLA clock: when a case is due, and how pauses move that instant; whole columns at a time.

Rules (documented for readers in docs/clock.md):

- The limit in force on the local day of opening applies, per class of area where the service says so.
- hours: opening + limit, to the microsecond, day and night.
- days: the end (23:59:59 local) of the day of opening + limit; the day of opening is not counted.
- working_days: the end of the working day that is `limit` working days after the day of opening; opened on a day off,
  the first working day after it is day one.
- A pause that begins not after the due instant as it then stands moves it: hours by its exact length, days by the
  difference of the local dates, working_days by the working days after the day of pausing up to the day of resuming.
  Where that would leave the case due before it was resumed (resumed on a day off, on its last day), it is due at the
  end of the next working day: a case is never late while its clock stands still.
- A due instant stated by the source is never moved. Neither limit nor statement: no due instant.

Source: Kerala State Right to Service Act 2012, section 5 and rules, limits in days or working days per notified
service; file workflow limits in hours. Local days and ends of days follow the state's timezone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Final

import numpy as np

from indicators.columns import DAY_US, NO_INSTANT, SECOND_US, Bools, Int8s, Int32s, Int64s
from warehouse.lookup import fixed_offset
from warehouse.reference import Reference, WorkingCalendar

_EPOCH: Final = date(1970, 1, 1)
_UNITS: Final = ("none", "hours", "days", "working_days")


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


class LimitUnit(IntEnum):
    """What a limit is counted in."""

    NONE = 0
    HOURS = 1
    DAYS = 2
    WORKING_DAYS = 3


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Local days of instants and ends of local days.

    Attributes:
        offset_us: local time minus UTC in microseconds, the same all year (warehouse/lookup.py sees to that).
    """

    offset_us: int

    def day_of(self, instants: Int64s) -> Int32s:
        """Local day of each instant. Args: UTC microseconds, none missing. Returns: days since 1970."""
        return ((instants + self.offset_us) // DAY_US).astype(np.int32)

    def end_of(self, days: Int32s) -> Int64s:
        """The instant 23:59:59 local of each day. Args: days since 1970, none missing. Returns: UTC microseconds."""
        return days.astype(np.int64) * DAY_US + (DAY_US - SECOND_US - self.offset_us)

    def date_of(self, instant: datetime) -> date:
        """Local day of one aware instant."""
        return (instant.astimezone(UTC) + timedelta(microseconds=self.offset_us)).date()


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of all services, one row per service and span of validity, ordered by (service, valid_from).

    Attributes:
        service: index of the service. Shape: [row].
        valid_from: first day in force, days since 1970. Shape: [row].
        valid_to: last day in force. Shape: [row].
        unit: LimitUnit. Shape: [row].
        amount: hours, days or working days; column 0 is for areas of no class. Shape: [row, class of area].
    """

    service: Int32s
    valid_from: Int32s
    valid_to: Int32s
    unit: Int8s
    amount: Int32s

    @classmethod
    def of(cls, reference: Reference) -> Limits:
        """The limits of a state's services; column 1 + i of `amount` is the state's i-th class of area."""
        classes = (None, *reference.state.classes)
        rows = [
            (place, limit, [limit.in_class(area_class) for area_class in classes])
            for place, service in enumerate(reference.services.values())
            for limit in service.limits
            if limit.limit is not None
        ]
        return cls(
            service=np.array([place for place, *_ in rows], dtype=np.int32),
            valid_from=_edges([limit.valid_from or date.min for _, limit, _ in rows]),
            valid_to=_edges([limit.valid_to or date.max for _, limit, _ in rows]),
            unit=np.array([_UNITS.index(limit.unit) for _, limit, _ in rows], dtype=np.int8),
            amount=np.array([amounts for *_, amounts in rows], dtype=np.int32).reshape(-1, len(classes)),
        )

    def in_force(self, services: Int32s, days: Int32s) -> Int64s:
        """Row that is in force for each service on each day; -1 where there is none."""
        if not len(self.service):
            return np.full(len(services), -1, dtype=np.int64)
        key = self.service.astype(np.int64) << 32
        row = np.searchsorted(key + self.valid_from, (services.astype(np.int64) << 32) + days, side="right") - 1
        known = (row >= 0) & (services >= 0)
        known &= (self.service[row] == services) & (self.valid_to[row] >= days)
        return np.where(known, row, -1)


def _edges(days: list[date]) -> Int32s:
    return np.array([day_number(day) for day in days], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class SlaClock:
    """Turns limits and pauses into due instants.

    Attributes:
        local: the state's days.
        calendar: the state's working days.
        limits: of all services.
    """

    local: LocalTime
    calendar: WorkingCalendar
    limits: Limits

    @classmethod
    def of(cls, reference: Reference) -> SlaClock:
        """The SLA clock of a state."""
        offset_us = fixed_offset(reference.state.timezone) // timedelta(microseconds=1)
        return cls(LocalTime(offset_us), reference.calendar, Limits.of(reference))

    def unit_of(self, services: Int32s, opened_days: Int32s) -> Int8s:
        """LimitUnit of cases opened on these days; NONE where no limit was in force."""
        row = self.limits.in_force(services, opened_days)
        found = np.zeros(len(row), dtype=np.int8)
        found[row >= 0] = self.limits.unit[row[row >= 0]]
        return found

    def due_at(self, services: Int32s, area_classes: Int32s, opened: Int64s, opened_days: Int32s) -> Int64s:
        """The due instants of cases at their opening, before any pause.

        Args:
            services: index of the service; -1 = unknown.
            area_classes: column of Limits.amount that the class of the area stands for.
            opened: UTC microseconds, none missing.
            opened_days: local days of `opened`.

        Returns:
            UTC microseconds; NO_INSTANT where no limit was in force.
        """
        due = np.full(len(opened), NO_INSTANT, dtype=np.int64)
        row = self.limits.in_force(services, opened_days)
        where = np.flatnonzero(row >= 0)
        unit, amount = self.limits.unit[row[where]], self.limits.amount[row[where], area_classes[where]]
        hours, calendar, working = (where[unit == kind] for kind in (1, 2, 3))
        due[hours] = opened[hours] + amount[unit == LimitUnit.HOURS].astype(np.int64) * (3600 * SECOND_US)
        due[calendar] = self.local.end_of(opened_days[calendar] + amount[unit == LimitUnit.DAYS])
        counts = self._worked(opened_days[working]) + amount[unit == LimitUnit.WORKING_DAYS]
        due[working] = self._end_of_working_day(counts)
        return due

    def moved(self, due: Int64s, units: Int8s, paused: Int64s, resumed: Int64s) -> Int64s:
        """The due instants after one counted pause of each case.

        Args:
            due: UTC microseconds as they stand, none missing.
            units: LimitUnit of each case.
            paused: when the pause began, not after `due`.
            resumed: when it ended.

        Returns:
            UTC microseconds.
        """
        after = due.copy()
        hours, calendar, working = (np.flatnonzero(units == kind) for kind in (1, 2, 3))
        after[hours] += resumed[hours] - paused[hours]
        if len(calendar):
            shift = self.local.day_of(resumed[calendar]) - self.local.day_of(paused[calendar])
            after[calendar] = self.local.end_of(self.local.day_of(due[calendar]) + shift)
        if len(working):
            after[working] = self._moved_by_working_days(due[working], paused[working], resumed[working])
        return after

    def _moved_by_working_days(self, due: Int64s, paused: Int64s, resumed: Int64s) -> Int64s:
        day_of = self.local.day_of
        counts = self._worked(day_of(due)) + self._worked(day_of(resumed)) - self._worked(day_of(paused))
        after = self._end_of_working_day(counts)
        early = np.flatnonzero(after < resumed)
        after[early] = self._end_of_working_day(counts[early] + 1)
        return after

    def _worked(self, days: Int32s) -> Int64s:
        """Working days up to and including each day, from the beginning of the calendar."""
        return self.calendar.index(days.astype(np.int64).view("datetime64[D]"))

    def _end_of_working_day(self, counts: Int64s) -> Int64s:
        """End of the working day with each count."""
        return self.local.end_of(self.calendar.day_of(counts).astype(np.int64).astype(np.int32))


def is_counted(due: Int64s, paused: Int64s) -> Bools:
    """Whether pauses that begin at `paused` stop the clock: not after the due instant, or there is none."""
    counted: Bools = (due == NO_INSTANT) | (paused <= due)
    return counted


def is_stopped(due: Int64s, paused_at: Int64s) -> Bools:
    """Whether the clocks of open cases stand still: paused, and not after they were due."""
    stopped: Bools = (paused_at != NO_INSTANT) & is_counted(due, paused_at)
    return stopped
