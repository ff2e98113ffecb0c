"""Bands of many values at once: thresholds per indicator and level of area, as arrays.

A value exactly on a threshold is still on its better side. Small bases and missing values have no band.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.definition import Definition, Thresholds
from warehouse.value import Band, State

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Places = NDArray[np.intp]

_NONE = Thresholds()


@dataclass(frozen=True, slots=True)
class _Side:
    """Thresholds on one side, of the patterns that have any there.

    Attributes:
        rows: places of the patterns.
        amber, red: Shape: [row, part, level].
        beyond: what says that a value is past them.
    """

    rows: Places
    amber: Floats
    red: Floats
    beyond: np.ufunc


class BandPlan:
    """The thresholds of some indicators, laid out by pattern and part."""

    def __init__(self, definitions: Sequence[Sequence[Definition]], levels: Sequence[str]) -> None:
        """Lay the thresholds out.

        Args:
            definitions: the indicators of each pattern, one for every part.
            levels: codes of the levels of area.
        """
        bounds = [[[item.thresholds(level) for level in levels] for item in row] for row in definitions]
        shape = len(bounds), -1, len(levels)
        self._is_banded = np.array([one is not None for row in bounds for item in row for one in item])
        self._is_banded = self._is_banded.astype(np.bool_).reshape(shape)
        made = [
            [getattr(one or _NONE, name) for row in bounds for item in row for one in item]
            for name in ("amber_high", "red_high", "amber_low", "red_low")
        ]
        amber_high, red_high, amber_low, red_low = (np.array(some, dtype=np.float64).reshape(shape) for some in made)
        self._sides = [_side(amber_high, red_high, math.inf, np.greater), _side(amber_low, red_low, -math.inf, np.less)]

    def bands(self, value: Floats, state: Codes, part: Places, level: Places) -> Codes:
        """The band of every value.

        Args:
            value: Shape: [pattern, period, column].
            state: what kind of value it is; only State.OK is banded. Shape: the same.
            part: of every column, its place among the parts.
            level: of every column, the place of its area's level.
        """
        band = np.full(value.shape, Band.NORMAL, dtype=np.uint8)
        for side in self._sides:
            if len(side.rows):
                values = value[side.rows]
                past = side.beyond(values, side.amber[:, np.newaxis, part, level]).view(np.uint8)
                past += side.beyond(values, side.red[:, np.newaxis, part, level]).view(np.uint8)
                band[side.rows] += past
        band *= self._is_banded[:, np.newaxis, part, level]
        band *= state == State.OK
        return band


def _side(amber: Floats, red: Floats, none: float, beyond: np.ufunc) -> _Side:
    rows = np.flatnonzero(((amber != none) | (red != none)).any(axis=(1, 2)))
    return _Side(rows, amber[rows], red[rows], beyond)
