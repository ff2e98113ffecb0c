"""Round values on the scale of a drawing."""

from __future__ import annotations

import math
from typing import Final

_TICKS: Final = 4


def round_ticks(low: float, high: float) -> list[float]:
    """About four round values between the ends of a scale. Args: the ends, the lower one first."""
    size = 10 ** math.floor(math.log10((high - low) / _TICKS))
    step = next(size * part for part in (1, 2, 2.5, 5, 10) if (high - low) / (size * part) <= _TICKS + 0.5)
    return [place * step for place in range(math.ceil(low / step), math.floor(high / step) + 1)]
