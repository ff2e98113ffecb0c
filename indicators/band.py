"""Bands of many values at once: thresholds per indicator and level of area, as arrays.

A value exactly on a threshold is still on its better side. Small bases and missing values have no band.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.definition import Definition, Thresholds
from warehouse.value import Band, State

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

_NONE = Thresholds()


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Thresholds on one side, for the rows that have them.

    Attributes:
        rows: places among the indicators.
        amber: Shape: [row, 1, 1] if no row differs by level, else [row, 1, area].
        red: the same.
    """

    rows: NDArray[np.intp]
    amber: Floats
    red: Floats

    def at(self, columns: NDArray[np.intp]) -> _Bounds:
        """The same in some of the areas."""
        if self.amber.shape[2] == 1:
            return self
        return _Bounds(self.rows, self.amber[..., columns], self.red[..., columns])


class BandPlan:
    """The thresholds of some indicators."""

    def __init__(self, definitions: Sequence[Definition], levels: Sequence[str], area_level: NDArray[np.intp]) -> None:
        """Lay the thresholds out.

        Args:
            definitions: the indicators, in the order of the values.
            levels: codes of the levels of area.
            area_level: place in `levels` of every area.
        """
        by_level = [[item.thresholds(level) for level in levels] for item in definitions]
        self._unbanded = np.array([[bounds is None for bounds in row] for row in by_level]).reshape(-1, len(levels))
        self._area_level = area_level
        self._high = self._bounds(by_level, "high", math.inf)
        self._low = self._bounds(by_level, "low", -math.inf)
        self._banded = np.flatnonzero(~self._unbanded.all(axis=1))
        self._partly = np.flatnonzero(self._unbanded.any(axis=1) & ~self._unbanded.all(axis=1))

    def _bounds(self, by_level: list[list[Thresholds | None]], side: str, none: float) -> list[_Bounds]:
        """The rows with a bound on one side: those with the same bounds at all levels, and the others."""
        amber, red = (
            np.array([[getattr(bounds or _NONE, f"{mark}_{side}") for bounds in row] for row in by_level])
            for mark in ("amber", "red")
        )
        if not by_level:
            return []
        has = (amber != none).any(axis=1) | (red != none).any(axis=1)
        same = (amber == amber[:, :1]).all(axis=1) & (red == red[:, :1]).all(axis=1)
        uniform, varied = np.flatnonzero(has & same), np.flatnonzero(has & ~same)
        return [
            _Bounds(rows, amber[rows][:, np.newaxis, columns], red[rows][:, np.newaxis, columns])
            for rows, columns in ((uniform, np.array([0])), (varied, self._area_level))
            if len(rows)
        ]

    def at(self, columns: NDArray[np.intp]) -> BandPlan:
        """The same in some of the areas. Args: their columns."""
        part = copy.copy(self)
        part._area_level = self._area_level[columns]
        part._high, part._low = ([bounds.at(columns) for bounds in side] for side in (self._high, self._low))
        return part

    def bands(self, value: Floats, state: Codes) -> Codes:
        """The band of every value.

        Args:
            value: Shape: [indicator, period, area].
            state: what kind of value it is; only State.OK is banded. Shape: [indicator, period, area].
        """
        band = np.zeros(value.shape, dtype=np.uint8)
        band[self._banded] = Band.NORMAL
        for side, beyond in ((self._high, np.greater), (self._low, np.less)):
            for bounds in side:
                values = value.take(bounds.rows, axis=0)
                past = beyond(values, bounds.amber).view(np.uint8)
                past += beyond(values, bounds.red).view(np.uint8)
                band[bounds.rows] += past
        for row in self._partly:
            band[row, :, self._unbanded[row][self._area_level]] = Band.UNBANDED
        band *= state == State.OK
        return band
