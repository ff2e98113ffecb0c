"""Areas by themselves and with everything below them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indicators.expression import Spread
from indicators.expression.arrays import put_together

Cells = NDArray[Any]

_EXTREMES: Final = {Spread.MINIMUM: (np.minimum, np.inf), Spread.MAXIMUM: (np.maximum, -np.inf)}


class AreaTree:
    """The tree of areas, in pre-order."""

    def __init__(self, parent: NDArray[np.integer]) -> None:
        """Args: place of the area above each area; below 0 for the topmost. Shape: [area]."""
        depth = np.zeros(len(parent), dtype=np.intp)
        for place, above in enumerate(parent):
            depth[place] = depth[above] + 1 if above >= 0 else 0
        self._parent = parent
        self._deepest_first = [np.flatnonzero(depth == level) for level in range(int(depth.max()), 0, -1)]
        self._below = np.flatnonzero(parent >= 0)

    def own(self, rolled: Cells) -> Cells:
        """What was counted in areas by themselves. Args: sums over subtrees. Shape: [..., area]."""
        made = rolled.copy()
        np.subtract.at(made.T, self._parent[self._below], rolled.T[self._below])
        return made

    def spread(self, values: Cells, known: Cells, spread: Spread) -> Cells:
        """Values of areas by themselves put together over subtrees.

        Args:
            values: anything where not known. Shape: [..., area].
            known: which of them there are. Shape: the same.
            spread: how.

        Returns:
            NaN where no area of the subtree has a value. Shape: the same.
        """
        if spread not in _EXTREMES:
            return put_together(values, known, spread, lambda cells: self._joined(cells, np.add))
        join, nothing = _EXTREMES[spread]
        made = self._joined(np.where(known, values, nothing), join)
        return np.where(made == nothing, np.nan, made)

    def _joined(self, cells: Cells, join: np.ufunc) -> Cells:
        made = cells.copy()
        for places in self._deepest_first:
            join.at(made.T, self._parent[places], made.T[places])
        return made
