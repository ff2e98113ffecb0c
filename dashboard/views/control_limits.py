"""Between which shares a number of cases may fall by chance alone, when each of them counts with a known probability.

Exact binomial tails, interpolated between two whole numbers so that the limits of many sizes form a smooth curve.
Invariant: a share lies outside a pair exactly if the tail from it outwards is less likely than half of what the pair
leaves out, so that few cases are never outside by the rounding of a curve.

Source: Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
1185–1202, appendix A.1.1; his upper limit is drawn one case higher, which the invariant asks for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Parts of places that lie between the limits if they differ by chance alone: the inner and the outer pair.
INNER: Final = 0.95
OUTER: Final = 0.998
#: So many standard deviations and cases round the mean are looked at; what lies beyond is less likely than 1e-12.
_DEVIATIONS: Final = 8.0
_LEAST_CASES: Final = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """A pair of limits.

    Attributes:
        low, high: shares, 0 to 1, or in an indicator's unit.
    """

    low: float
    high: float

    def times(self, factor: float) -> Limits:
        """The same in an indicator's unit. Args: what turns a share of 1 into it."""
        return Limits(self.low * factor, self.high * factor)


def limits_for(share: float, cases: int) -> tuple[Limits, Limits]:
    """The inner and the outer limits of the share that so many cases show if each counts with the same probability.

    Args:
        share: that probability, more than 0 and less than 1.
        cases: how many; at least 1.
    """
    mean, reach = cases * share, _DEVIATIONS * math.sqrt(cases * share * (1 - share)) + _LEAST_CASES
    first, last = max(0, int(mean - reach)), min(cases, int(mean + reach))
    counts = np.arange(first, last + 1)
    # each probability from the one before it; adding logarithms keeps the smallest from vanishing
    steps = np.log((cases - counts[:-1]) / (counts[:-1] + 1.0)) + math.log(share / (1 - share))
    logarithms = np.concatenate([[0.0], np.cumsum(steps)])
    chances = np.exp(logarithms - logarithms.max())
    up_to = np.cumsum(chances / chances.sum())

    def pair(within: float) -> Limits:
        low, high = (_count_at(chance, counts, up_to) for chance in ((1 - within) / 2, (1 + within) / 2))
        return Limits(max(low / cases, 0.0), min((high + 1) / cases, 1.0))

    return pair(INNER), pair(OUTER)


def _count_at(chance: float, counts: NDArray[np.int64], up_to: NDArray[np.float64]) -> float:
    """The count up to which that much of the chance lies, between the two whole numbers that it falls between."""
    at = min(int(np.searchsorted(up_to, chance)), len(counts) - 1)
    below = float(up_to[at - 1]) if at else 0.0
    return float(counts[at]) - (float(up_to[at]) - chance) / (float(up_to[at]) - below)
