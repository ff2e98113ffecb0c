"""Dense integer sums over the subtrees of all areas, which hold still between two calls of `show`.

Amounts wait, each at the area in which it happened, until `show` rolls them up: one pass of prefix sums over the
changed rows, because areas are in pre-order and every subtree is a range. Sums of integers add up in any order, so
nothing but the roll-ups themselves need be kept.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from indicators.columns import Int32s, Int64s

#: Rows rolled up at a time, to stay in the processor's cache.
_ROWS_AT_ONCE: Final = 256
#: When more amounts wait, those at the same place are added up; and again when as many more have come.
_MOST_WAITING: Final = 200_000


class Dense:
    """Rows of sums per area.

    Attributes:
        shown: sums over the subtrees as of the last `show`. Shape: [row, area].
    """

    def __init__(self, rows: int, area_end: Int32s, dtype: type[np.integer] = np.int64) -> None:
        """All zero.

        Args:
            rows: number of rows.
            area_end: end of the subtree of every area, areas in pre-order. Shape: [area].
            dtype: of the sums.
        """
        self._area_end = area_end
        self.shown: NDArray[np.integer] = np.zeros((rows, len(area_end)), dtype)
        self._places: list[Int64s] = []
        self._amounts: list[Int64s] = []
        self._waiting = 0
        self._merged = 0
        self._cleared = False

    def add(self, rows: Int64s, areas: Int32s, amounts: Int64s) -> None:
        """Add amounts to rows at areas; the same place may come more than once."""
        if not len(rows):
            return
        self._places.append(rows * len(self._area_end) + areas)
        self._amounts.append(amounts)
        self._waiting += len(rows)
        if self._waiting > max(_MOST_WAITING, 2 * self._merged):
            self._merge()

    def clear(self) -> None:
        """Back to zero at the next `show`."""
        self._forget()
        self._cleared = True

    def show(self) -> Int64s:
        """Bring `shown` up to date. Returns: the rows that changed, or may have."""
        changed = np.empty(0, dtype=np.int64)
        if self._cleared:
            changed = np.flatnonzero(self.shown.any(axis=1))
            self.shown = np.zeros_like(self.shown)
        rows = self._waiting_rows()
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[begin : begin + _ROWS_AT_ONCE]
            self.shown[some] += self._rolled(some)
        self._forget()
        self._cleared = False
        return np.union1d(changed, rows)

    def rolled(self, rows: Int64s) -> NDArray[np.integer]:
        """Sums of some rows in order, over all subtrees, as of now. Shape: [len(rows), area]."""
        self._waiting_rows()
        waiting = self._rolled(rows)
        return waiting if self._cleared else self.shown[rows] + waiting

    def _forget(self) -> None:
        self._places, self._amounts, self._waiting, self._merged = [], [], 0, 0

    def _merge(self) -> None:
        """Put what waits into one array: each place once, in order."""
        places, amounts = np.concatenate(self._places), np.concatenate(self._amounts)
        order = np.argsort(places)
        places = places[order]
        first = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
        sums = np.add.reduceat(amounts[order], first)
        self._places, self._amounts = [places[first][sums != 0]], [sums[sums != 0]]
        self._waiting = self._merged = len(self._places[0])

    def _waiting_rows(self) -> Int64s:
        """Rows with waiting amounts, in order; afterwards these stand merged."""
        if not self._places:
            return np.empty(0, dtype=np.int64)
        self._merge()
        return np.unique(self._places[0] // len(self._area_end))

    def _rolled(self, rows: Int64s) -> NDArray[np.integer]:
        """What waits in some rows, in order, over all subtrees; after _waiting_rows. Shape: [len(rows), area]."""
        areas = len(self._area_end)
        sums = np.zeros((len(rows), areas + 1), dtype=self.shown.dtype)
        if self._places and len(rows):
            places, amounts = self._places[0], self._amounts[0]
            begin, end = np.searchsorted(places, [rows[0] * areas, (rows[-1] + 1) * areas])
            row, area = np.divmod(places[begin:end], areas)
            place = np.searchsorted(rows, row)
            meant = rows[np.minimum(place, len(rows) - 1)] == row
            sums[place[meant], area[meant] + 1] = amounts[begin:end][meant]
        np.cumsum(sums, axis=1, out=sums)
        return sums[:, self._area_end] - sums[:, :-1]
