"""Positions of places in an order, as far as chance lets them be told apart.

A place is better than another only if the difference between them is larger than chance alone would make it; what is
left is a range of positions, and a small place has a wide one. Wherever a place truly stands, 95 of 100 such ranges
contain it.

Source: Mogstad, Romano, Shaikh, Wilhelm, "Inference for Ranks", Review of Economic Studies 91 (2024), marginal
confidence sets, with Bonferroni's bound for the comparisons of one place. Shares are compared after adding one case
and one that is not (Agresti and Caffo, American Statistician 54, 2000); numbers of cases per people as Poisson counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

SURE: Final = 0.95


@dataclass(frozen=True, slots=True, order=True)
class Positions:
    """Where a place may stand.

    Attributes:
        best, worst: first and last position, 1 = the best of all.
    """

    best: int
    worst: int


def positions(
    numerators: Sequence[float], denominators: Sequence[float], *, is_higher_better: bool
) -> tuple[Positions, ...]:
    """The positions of places by numerator ÷ denominator.

    Args:
        numerators: cases of each place.
        denominators: cases or people of each place that they are set against; more than 0.
        is_higher_better: which end is the best.

    Returns:
        One for each place, in the given order.
    """
    above, below = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    if len(above) < 2:
        return (Positions(1, 1),) * len(above)
    if (above <= below).all():
        estimate = (above + 1) / (below + 2)
        variance = estimate * (1 - estimate) / (below + 2)
    else:
        estimate = (above + 0.5) / below
        variance = (above + 0.5) / below**2
    apart = NormalDist().inv_cdf(1 - (1 - SURE) / (2 * (len(above) - 1)))
    larger = estimate[:, np.newaxis] - estimate > apart * np.sqrt(variance[:, np.newaxis] + variance)
    larger &= (above / below)[:, np.newaxis] > above / below
    better, worse = (larger, larger.T) if is_higher_better else (larger.T, larger)
    best, worst = 1 + better.sum(axis=0), len(above) - worse.sum(axis=0)
    return tuple(Positions(int(first), int(last)) for first, last in zip(best, worst, strict=True))
