"""Lists of different lengths in flat arrays: what stands in some of them, one after the other.

Who may import it: everybody.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def joined_ranges(
    begin: npt.NDArray[np.signedinteger], count: npt.NDArray[np.signedinteger]
) -> npt.NDArray[np.signedinteger]:
    """Begin, begin + 1, … of every range, so many as `count` says, one range after the other.

    Args:
        begin: the first number of each. Shape: [range].
        count: how many it has, 0 or more. Shape: [range].

    Returns:
        Shape: [sum of count].
    """
    made: npt.NDArray[np.signedinteger] = np.repeat(begin - (np.cumsum(count) - count), count)
    return made + np.arange(len(made))
