"""Chance that is not drawn: numbers that follow from what they are about, so that they are the same in every run."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_ROUNDS: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def unit_of(*parts: object) -> float:
    """A number in [0, 1) that the same parts always give."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def units_of(key: int, things: Any, numbers: Any = 0) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1) that the same arguments always give (splitmix64).

    Args:
        key: tells uses apart.
        things: whole numbers of what it is about.
        numbers: further whole numbers, such as the time; of the same shape as things, or one for all.
    """
    word = np.asarray(things).astype(np.uint64) * _GOLDEN + np.asarray(numbers).astype(np.uint64)
    word = word + np.uint64(key * 0xD1B54A32D192ED03 % 2**64)
    for shift, factor in _ROUNDS:
        word = (word ^ (word >> np.uint64(shift))) * np.uint64(factor)
    word ^= word >> np.uint64(31)
    return (word >> np.uint64(11)).astype(np.float64) * 2.0**-53
