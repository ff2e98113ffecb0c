"""Quantiles of decision times from merged histograms.

Source: bins of warehouse/measure.py, two per octave from one hour. The value is interpolated inside its bin –
geometrically, because the bins are; linearly in bin 0 (under one hour) – and so lies within a factor of 2**0.5 of the
exact quantile. The last bin is open at the top: its lower edge is given ("at least").
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.measure import DURATION_BINS, DURATION_EDGES_H

_LOWER_H: Final = np.array((0.0, *DURATION_EDGES_H))
_UPPER_H: Final = np.array((*DURATION_EDGES_H, DURATION_EDGES_H[-1]))


def quantile_hours(bins: NDArray[np.integer], share: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """The time in hours that at most `share` of the decisions took.

    Args:
        bins: counts of decisions. Shape: [DURATION_BINS, …].
        share: between 0 and 1; 0.5 is the median. An array must broadcast to the shape without the bins.

    Returns:
        Shape: […]; NaN where there is no decision.
    """
    some = bins.sum(axis=0) != 0
    hours = np.full(some.shape, np.nan)
    hours[some] = _hours(bins[:, some], np.broadcast_to(share, some.shape)[some])
    return hours


def _hours(bins: NDArray[np.integer], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same where there are decisions. Args: Shape: [bin, n], [n]."""
    seen = np.cumsum(bins, axis=0)
    rank = share * seen[-1]
    place = (seen[: DURATION_BINS - 1] < rank).view(np.int8).sum(axis=0, dtype=np.int8).astype(np.intp)
    column = np.arange(len(rank))
    inside = bins[place, column]
    with np.errstate(divide="ignore", invalid="ignore"):  # for a share of 0 the first bin may be empty
        part = (rank - (seen[place, column] - inside)) / inside
    low, high = _LOWER_H[place], _UPPER_H[place]
    hours = np.where(place == 0, high * part, low * (high / np.where(low == 0, 1.0, low)) ** part)
    # under the upper edge, so that the value tells its bin
    return np.where(low == high, high, np.minimum(hours, np.nextafter(high, 0.0)))
