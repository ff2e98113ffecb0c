"""Dense integer sums over the subtrees of all areas, with a copy that holds still while it is read.

Every amount is added to its area and to all areas above it, so that reading a roll-up is a plain look-up. Writers
change `live`; `show` copies the changed rows to `shown`, which nothing else touches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indicators.columns import Bools, Int32s, Int64s


class Dense:
    """Rows of sums per area.

    Attributes:
        live: what was added so far. Shape: [row, area].
        shown: as of the last `show`. Shape: [row, area].
        touched: rows that changed since. Shape: [row].
    """

    def __init__(self, rows: int, area_path: Int32s, dtype: type[np.integer] = np.int64) -> None:
        """All zero.

        Args:
            rows: number of rows.
            area_path: every area and its ancestors, -1 after the last. Shape: [area, depth].
            dtype: of the sums.
        """
        self._path = area_path
        self.live: NDArray[np.integer] = np.zeros((rows, len(area_path)), dtype)
        self.shown: NDArray[np.integer] = np.zeros((rows, len(area_path)), dtype)
        self.touched: Bools = np.zeros(rows, dtype=np.bool_)

    def add(self, rows: Int64s, areas: Int32s, amounts: Int64s) -> None:
        """Add amounts to rows at areas and above; the same place may come more than once."""
        if not len(rows):
            return
        path = self._path[areas]
        place = rows[:, np.newaxis] * self.live.shape[1] + path
        exists = path >= 0
        spread = np.broadcast_to(amounts.astype(self.live.dtype)[:, np.newaxis], path.shape)
        np.add.at(self.live.reshape(-1), place[exists], spread[exists])
        self.touched[rows] = True

    def replace(self, rows: Int64s, sums: NDArray[np.integer]) -> None:
        """Put rolled-up sums in the place of some rows. Args: rows; sums of Shape: [len(rows), area]."""
        self.live[rows] = sums
        self.touched[rows] = True

    def clear(self) -> None:
        """Back to zero; memory of rows that stay zero is given back."""
        self.touched |= self.live.any(axis=1)
        self.live = np.zeros_like(self.live)

    def show(self) -> Int64s:
        """Bring `shown` up to date. Returns: the rows that had been touched."""
        rows = np.flatnonzero(self.touched)
        self.shown[rows] = self.live[rows]
        self.touched[rows] = False
        return rows
