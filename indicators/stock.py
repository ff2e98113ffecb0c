"""Stocks: open, overdue, due within 48 hours, paused … – facts of the open cases and of an instant.

Between two instants only cases whose due instant passes one of the two edges change, so the store keeps running cases
by due instant and a tick looks at those in between. Cases with the same due instant, service and area are alike: the
store holds how many there are, and taking one away is adding minus one.

- overdue: open, the instant is past the due instant, the clock was not stopped before it.
- due_48h: open, not overdue, clock running, due not later than 48 hours from the instant.
- overdue_days: whole days past the due instant, summed over overdue cases.
- paused: open and paused, also when the pause began too late to stop the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from indicators.axes import Axes
from indicators.case_rows import CaseRows
from indicators.columns import DAY_US, NO_INSTANT, SECOND_US, Int64s
from indicators.sla import is_stopped
from indicators.tree_sum import TreeSums
from warehouse.measure import CASE_STOCKS

SOON_US: Final = 48 * 3600 * SECOND_US
_OPEN, _OVERDUE, _SOON, _PAUSED, _UNDATED, _LATE_DAYS = range(len(CASE_STOCKS))
#: Changes that may wait beside the sorted store before they are merged into it.
_WAITING: Final = 20_000
_NEVER: Final = int(np.iinfo(np.int64).max)


@dataclass(slots=True)
class _Dues:
    """How many running cases are due when, where. Shape of each: [row]; key = service * areas + area."""

    due: Int64s
    key: Int64s
    count: Int64s

    @classmethod
    def none(cls) -> _Dues:
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty)

    def between(self, begin: int, end: int) -> _Dues:
        """Those due in [begin, end); this must be sorted by due."""
        first, last = np.searchsorted(self.due, [begin, end])
        return _Dues(self.due[first:last], self.key[first:last], self.count[first:last])

    def picked(self, begin: int, end: int) -> _Dues:
        """The same in any order."""
        some = (self.due >= begin) & (self.due < end)
        return _Dues(self.due[some], self.key[some], self.count[some])

    def plus(self, other: _Dues) -> _Dues:
        both = zip((self.due, self.key, self.count), (other.due, other.key, other.count), strict=True)
        return _Dues(*(np.concatenate(pair) for pair in both))

    def merged(self) -> _Dues:
        """Sorted by due; those alike added up, without zeros."""
        order = np.lexsort((self.key, self.due))
        due, key = self.due[order], self.key[order]
        first = np.flatnonzero(np.concatenate([[True], (np.diff(due) != 0) | (np.diff(key) != 0)])[: len(due)])
        count = np.add.reduceat(self.count[order], first) if len(first) else self.count
        some = count != 0
        return _Dues(due[first][some], key[first][some], count[some])


class Stocks:
    """Stock measures of all services and areas at one instant.

    Attributes:
        sums: kinds are the places in CASE_STOCKS.
        at: the instant, UTC microseconds.
    """

    def __init__(self, axes: Axes, at: int) -> None:
        """No cases. Args: axes; the instant."""
        self._areas = len(axes.areas)
        self.sums = TreeSums(axes.groups.line, axes.area_line, len(CASE_STOCKS))
        self._late_days = np.zeros(len(axes.services) * self._areas, dtype=np.int64)
        self.at = at
        self._sorted, self._recent = _Dues.none(), _Dues.none()
        self._day_passes_at = _NEVER

    def load(self, rows: CaseRows, at: int) -> None:
        """Begin again with these cases at an instant."""
        self.sums.clear()
        self._late_days[:] = 0
        self._sorted, self._recent, self._day_passes_at = _Dues.none(), _Dues.none(), _NEVER
        self.at = at
        self.change(rows, 1)
        self._merge()

    def change(self, rows: CaseRows, sign: int) -> None:
        """Count the open ones of some cases, or take them back with sign -1."""
        places = np.flatnonzero(rows.is_open)
        due, paused_at = rows.due_at[places], rows.paused_at[places]
        key = rows.service[places].astype(np.int64) * self._areas + rows.area[places]
        self._add(_OPEN, key, np.ones(len(key), dtype=np.int64) * sign)
        self._add(_PAUSED, key, sign * (paused_at != NO_INSTANT).astype(np.int64))
        self._add(_UNDATED, key, sign * (due == NO_INSTANT).astype(np.int64))
        running = (due != NO_INSTANT) & ~is_stopped(due, paused_at)
        count = np.full(int(running.sum()), sign, dtype=np.int64)
        dues = _Dues(due[running], key[running], count)
        self._count_dues(_OVERDUE, dues.picked(NO_INSTANT, self.at), 1)
        self._count_dues(_SOON, dues.picked(self.at, self.at + SOON_US + 1), 1)
        late = dues.picked(NO_INSTANT, self.at)
        late_days = late.count * ((self.at - late.due) // DAY_US)
        np.add.at(self._late_days, late.key, late_days)
        self._add(_LATE_DAYS, late.key, late_days)
        self._day_passes_at = min(self._day_passes_at, self._next_day(late))
        self._recent = self._recent.plus(dues)
        if len(self._recent.due) > _WAITING:
            self._merge()

    def tick(self, at: int) -> bool:
        """Move to another instant, forward or back. Returns: whether any stock changed."""
        before, self.at = self.at, at
        if at == before:
            return False
        begin, end, sign = (before, at, 1) if at > before else (at, before, -1)
        passed = self._between(begin, end)
        came = self._between(begin + SOON_US + 1, end + SOON_US + 1)
        self._count_dues(_OVERDUE, passed, sign)
        self._count_dues(_SOON, passed, -sign)
        self._count_dues(_SOON, came, sign)
        changed = len(passed.due) > 0 or len(came.due) > 0
        if at >= self._day_passes_at or at < before or len(passed.due):
            changed |= self._recount_days()
        return changed

    def _merge(self) -> None:
        self._sorted, self._recent = self._sorted.plus(self._recent).merged(), _Dues.none()

    def _between(self, begin: int, end: int) -> _Dues:
        return self._sorted.between(begin, end).plus(self._recent.picked(begin, end))

    def _count_dues(self, measure: int, dues: _Dues, sign: int) -> None:
        self._add(measure, dues.key, sign * dues.count)

    def _add(self, measure: int, key: Int64s, amounts: Int64s) -> None:
        some = np.flatnonzero(amounts)
        service, area = np.divmod(key[some], self._areas)
        self.sums.add(np.full_like(some, measure), service, area.astype(np.int32), amounts[some])

    def _recount_days(self) -> bool:
        """Count the days past the due instant of all overdue cases again. Returns: whether any sum changed."""
        late = self._between(NO_INSTANT, self.at)
        counted = np.zeros_like(self._late_days)
        np.add.at(counted, late.key, late.count * ((self.at - late.due) // DAY_US))
        differs = np.flatnonzero(counted != self._late_days)
        self._add(_LATE_DAYS, differs, counted[differs] - self._late_days[differs])
        self._late_days = counted
        self._day_passes_at = self._next_day(late)
        return len(differs) > 0

    def _next_day(self, late: _Dues) -> int:
        """The instant at which the first of some overdue cases has been late for one day more."""
        if not len(late.due):
            return _NEVER
        return self.at + DAY_US - int(((self.at - late.due) % DAY_US).max())
