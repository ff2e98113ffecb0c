"""Dense integer sums per area, and their roll-ups over the area tree as readers see them.

Amounts are added to the area in which they happened. `show` sums the changed rows over all subtrees into `shown`, which
nothing else touches: one pass of prefix sums, because areas are in pre-order and every subtree is a range.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indicators.columns import Bools, Int32s, Int64s

#: Rows rolled up at a time, to stay in the processor's cache.
_ROWS_AT_ONCE = 256


class Dense:
    """Rows of sums per area.

    Attributes:
        leaf: what happened in each area itself. Shape: [row, area].
        shown: sums over the subtrees as of the last `show`. Shape: [row, area].
        touched: rows that changed since. Shape: [row].
    """

    def __init__(self, rows: int, area_end: Int32s, dtype: type[np.integer] = np.int64) -> None:
        """All zero.

        Args:
            rows: number of rows.
            area_end: end of the subtree of every area, areas in pre-order. Shape: [area].
            dtype: of the sums.
        """
        self._area_end = area_end
        self.leaf: NDArray[np.integer] = np.zeros((rows, len(area_end)), dtype)
        self.shown: NDArray[np.integer] = np.zeros((rows, len(area_end)), dtype)
        self.touched: Bools = np.zeros(rows, dtype=np.bool_)

    def add(self, rows: Int64s, areas: Int32s, amounts: Int64s) -> None:
        """Add amounts to rows at areas; the same place may come more than once."""
        place = rows * self.leaf.shape[1] + areas
        np.add.at(self.leaf.reshape(-1), place, amounts.astype(self.leaf.dtype, copy=False))
        self.touched[rows] = True

    def replace(self, rows: Int64s, sums: NDArray[np.integer]) -> None:
        """Put other sums in the place of some rows. Args: rows; sums of the areas themselves, [len(rows), area]."""
        self.leaf[rows] = sums
        self.touched[rows] = True

    def clear(self) -> None:
        """Back to zero; memory of rows that stay zero is given back."""
        self.touched |= self.leaf.any(axis=1)
        self.leaf = np.zeros_like(self.leaf)

    def rolled(self, rows: Int64s | slice) -> NDArray[np.integer]:
        """Sums of some rows over all subtrees, as of now. Shape: [row, area]."""
        leaf = self.leaf[rows]
        sums = np.zeros((len(leaf), leaf.shape[1] + 1), dtype=leaf.dtype)
        np.cumsum(leaf, axis=1, out=sums[:, 1:])
        return sums[:, self._area_end] - sums[:, :-1]

    def show(self) -> Int64s:
        """Bring `shown` up to date. Returns: the rows that had been touched."""
        rows = np.flatnonzero(self.touched)
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[begin : begin + _ROWS_AT_ONCE]
            self.shown[some] = self.rolled(some)
        self.touched[rows] = False
        return rows

    def count_stale(self) -> int:
        """How many rows that were not touched since the last `show` are not what their sums say; 0 unless broken."""
        rows = np.flatnonzero(~self.touched)
        parts = np.split(rows, range(_ROWS_AT_ONCE, len(rows), _ROWS_AT_ONCE))
        return sum(int((self.shown[part] != self.rolled(part)).any(axis=1).sum()) for part in parts)
