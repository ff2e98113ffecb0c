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


def quantile_hours(bins: NDArray[np.integer], share: float) -> NDArray[np.float64]:
    """The time in hours that at most `share` of the decisions took.

    Args:
        bins: counts of decisions. Shape: [DURATION_BINS, …].
        share: between 0 and 1; 0.5 is the median.

    Returns:
        Shape: […]; NaN where there is no decision.
    """
    total = bins.sum(axis=0, dtype=np.int64)
    rank = share * total
    seen = np.zeros(total.shape, dtype=np.int64)
    place = np.zeros(total.shape, dtype=np.intp)
    before = np.zeros(total.shape, dtype=np.int64)
    for count in bins[: DURATION_BINS - 1]:
        seen += count
        below = seen < rank
        place += below
        np.copyto(before, seen, where=below)
    inside = np.take_along_axis(bins, place[np.newaxis], axis=0)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (rank - before) / inside
        low, high = _LOWER_H[place], _UPPER_H[place]
        hours = np.where(place == 0, high * part, low * (high / np.where(low == 0, 1.0, low)) ** part)
    return np.where(total == 0, np.nan, hours)
