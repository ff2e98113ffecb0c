"""Integer sums over trees of subjects and areas, which hold still between two calls of `show`.

An amount happens to one subject (a service, a metric) in one area and counts for that area and all areas above it, and
for that subject and all groups of subjects that it is in. Very few of all possible cells are ever anything but zero –
most services exist in few areas, and little happens on one day – so only those are kept, in order of their keys.
Sums of integers add up in any order: adding the amounts as they come and adding them all up anew give the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from indicators.columns import Int32s, Int64s

#: When more amounts wait, those at the same place are added up; and again when as many more have come.
_MOST_WAITING: Final = 200_000
#: Amounts that are rolled up at a time, to bound the memory: each becomes a dozen.
_AT_ONCE: Final = 100_000
_NONE: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Window:
    """Some areas, as the columns of what is read.

    Attributes:
        places: of the areas, in order. Shape: [column].
        column: the column of every area, −1 = it is outside. Shape: [area].
    """

    places: Int64s
    column: Int64s

    @classmethod
    def of(cls, places: Int64s, areas: int) -> Window:
        """Args: places of the areas, in order; how many areas there are."""
        column = np.full(areas, -1, dtype=np.int64)
        column[places] = np.arange(len(places))
        return cls(places, column)


class TreeSums:
    """Sums of some kinds of amounts – measures, periods, bins – for all subjects, their groups and areas.

    Attributes:
        changed_areas: places of areas of which the last `show` changed something, those above included, in order.
        changed_kinds: kinds of which it did, in order.
    """

    def __init__(self, subject_line: Int32s, area_line: Int32s) -> None:
        """All zero.

        Args:
            subject_line: what an amount of a subject counts for: the subject itself, then its groups; −1 = no more.
                Shape: [subject, step].
            area_line: the same for areas. Shape: [area, step].
        """
        self._lines = area_line.astype(np.int64), subject_line.astype(np.int64)
        self._areas = len(area_line)
        self._everywhere = Window.of(np.arange(self._areas), self._areas)
        self._rows = max(len(subject_line), int(subject_line.max(initial=-1)) + 1)
        self._shown = _Cells.none()
        self._waiting: list[_Cells] = []
        self._count = 0
        self._merged = 0
        self._cleared = False
        self.changed_areas = self.changed_kinds = _NONE

    def add(self, kinds: Int64s, subjects: Int64s, areas: Int32s, amounts: Int64s) -> None:
        """Add amounts; the same place may come more than once. Shape of each: [amount]."""
        if not len(amounts):
            return
        self._waiting.append(_Cells((kinds * self._rows + subjects) * self._areas + areas, amounts))
        self._count += len(amounts)
        if self._count > max(_MOST_WAITING, 2 * self._merged):
            self._merge()

    def clear(self) -> None:
        """Back to zero at the next `show`."""
        self._waiting, self._count, self._merged = [], 0, 0
        self._cleared = True

    def show(self) -> Int64s:
        """Let readers see everything that was added. Returns: places of subjects and groups that changed, in order."""
        before = self._shown if self._cleared else _Cells.none()
        parts = self._rolled(self._merge())
        if self._cleared:
            self._shown = _Cells.joined(parts)
        elif parts:
            self._shown = self._shown.plus(_Cells.joined(parts))
        self._waiting, self._count, self._merged, self._cleared = [], 0, 0, False
        keys = np.concatenate([before.keys, *(part.keys for part in parts)])
        self.changed_areas = np.flatnonzero(np.bincount(keys % self._areas, minlength=self._areas))
        kinds_and_rows = keys // self._areas
        self.changed_kinds = np.flatnonzero(np.bincount(kinds_and_rows // self._rows))
        return np.flatnonzero(np.bincount(kinds_and_rows % self._rows, minlength=self._rows))

    def of(self, kinds: Int64s, rows: Int64s, window: Window) -> tuple[Int64s, bool]:
        """Sums as of the last `show`.

        Args:
            kinds: of each row that is asked for.
            rows: its place, of a subject or a group. Shape of both: [row].
            window: in which areas.

        Returns:
            The sums, and whether any of these rows has one outside of the window. Shape: [row, column].
        """
        return self._spread(self._shown, kinds * self._rows + rows, window)

    def within(self, area: int, kind: int) -> Int64s:
        """The same in one area, of all subjects and groups. Shape: [row]."""
        keys = np.arange(kind * self._rows, (kind + 1) * self._rows) * self._areas + area
        return self._shown.at(keys)

    def now(self, kind: int) -> Int64s:
        """Sums of all subjects and groups as of now. Shape: [row, area]."""
        begin, end = kind * self._rows, (kind + 1) * self._rows
        rows = np.arange(begin, end)
        waiting = self._merge().between(begin * self._areas, end * self._areas)
        made = np.zeros((len(rows), self._areas), dtype=np.int64)
        for cells in (*self._rolled(waiting), *([] if self._cleared else [self._shown])):
            made += self._spread(cells, rows, self._everywhere)[0]
        return made

    def _merge(self) -> _Cells:
        """Put what waits into one: each place once, in order."""
        if len(self._waiting) > 1 or self._count != self._merged:
            self._waiting = [_Cells.joined(self._waiting).summed()]
            self._count = self._merged = len(self._waiting[0].keys)
        return self._waiting[0] if self._waiting else _Cells.none()

    def _rolled(self, cells: _Cells) -> list[_Cells]:
        """What amounts add to the areas and groups above; one after the other in order. Args: in order."""
        kind_of = cells.keys // (self._rows * self._areas)
        parts, begin = [], 0
        while begin < len(kind_of):
            # whole kinds only: what is added for different kinds never meets
            end = int(np.searchsorted(kind_of, kind_of[min(begin + _AT_ONCE, len(kind_of)) - 1], side="right"))
            parts.append(self._up_both_trees(_Cells(cells.keys[begin:end], cells.amounts[begin:end])))
            begin = end
        return parts

    def _up_both_trees(self, cells: _Cells) -> _Cells:
        for line, step in zip(self._lines, (1, self._areas), strict=True):
            place = cells.keys // step % (self._areas if step == 1 else self._rows)
            above = line[place]
            moves = (above - place[:, np.newaxis]) * step
            amount, _ = meant = np.nonzero(above >= 0)
            cells = _Cells(cells.keys[amount] + moves[meant], cells.amounts[amount]).summed()
        return cells

    def _spread(self, cells: _Cells, rows: Int64s, window: Window) -> tuple[Int64s, bool]:
        """Rows (kind × rows + row) with the areas of a window, and whether anything lies outside of it."""
        begin, end = np.searchsorted(cells.keys, (rows * self._areas, (rows + 1) * self._areas))
        lengths = end - begin
        row = np.repeat(np.arange(len(rows)), lengths)
        place = np.arange(len(row)) + np.repeat(begin - np.cumsum(lengths) + lengths, lengths)
        amounts = cells.amounts[place]
        column = window.column[cells.keys[place] - np.repeat(rows * self._areas, lengths)]
        made = np.zeros((len(rows), len(window.places)), dtype=np.int64)
        if len(window.places) == self._areas:
            made[row, column] = amounts
            return made, False
        inside = column >= 0
        made[row[inside], column[inside]] = amounts[inside]
        return made, bool(amounts[~inside].any())


class _Cells:
    """Amounts by key = (kind × rows + row) × areas + area.

    Attributes:
        keys: Shape: [cell].
        amounts: Shape: [cell].
    """

    __slots__ = ("amounts", "keys")

    def __init__(self, keys: Int64s, amounts: Int64s) -> None:
        self.keys = keys
        self.amounts = amounts

    @classmethod
    def none(cls) -> _Cells:
        return cls(_NONE, _NONE)

    @classmethod
    def joined(cls, parts: list[_Cells]) -> _Cells:
        if not parts:
            return cls.none()
        return cls(np.concatenate([part.keys for part in parts]), np.concatenate([part.amounts for part in parts]))

    def summed(self) -> _Cells:
        """Each key once, in order, without zeros."""
        if not len(self.keys):
            return self
        order = np.argsort(self.keys, kind="stable")
        keys = self.keys[order]
        first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        sums = np.add.reduceat(self.amounts[order], first)
        some = sums != 0
        return _Cells(keys[first][some], sums[some])

    def plus(self, other: _Cells) -> _Cells:
        """Both added up; both in order."""
        place = np.searchsorted(self.keys, other.keys)
        is_known = place < len(self.keys)
        is_known[is_known] = self.keys[place[is_known]] == other.keys[is_known]
        amounts = self.amounts.copy()
        amounts[place[is_known]] += other.amounts[is_known]
        if is_known.all():
            return _Cells(self.keys, amounts)
        is_new = ~is_known
        return _Cells(
            np.insert(self.keys, place[is_new], other.keys[is_new]),
            np.insert(amounts, place[is_new], other.amounts[is_new]),
        )

    def between(self, begin: int, end: int) -> _Cells:
        """Cells with begin ≤ key < end; in order."""
        first, last = np.searchsorted(self.keys, [begin, end])
        return _Cells(self.keys[first:last], self.amounts[first:last])

    def at(self, keys: Int64s) -> Int64s:
        """Amounts at some keys, 0 where there is none; in order."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.amounts[place], 0)
