"""The order of attention of all indicators of one place.

Colour first (red, amber, late, the rest); within a colour applications and utilities in turn, as in the attention list:
applications by the days that their overdue work is late, added up, then both by how much worse they became.

Source: shared design guide, section 4 (attention order).
"""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Share of the earlier value; a value that was zero counts as having become this much worse at most.
_MOST_WORSE: Final = 10.0


def worsening(value: Floats, earlier: Floats, directions: Sequence[str]) -> Floats:
    """By which share of its earlier value each number became worse; negative = better, 0 where that is not known.

    Args:
        value: now. Shape: [indicator].
        earlier: before. Shape: [indicator].
        directions: lower | higher | range | neutral is better. Shape: [indicator].
    """
    sign = np.array([{"lower": 1.0, "higher": -1.0}.get(one, 0.0) for one in directions])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (value - earlier) / np.abs(earlier)
    return np.clip(np.nan_to_num(sign * share, nan=0.0), -_MOST_WORSE, _MOST_WORSE)


def attention_places(
    urgency: npt.NDArray[np.int64], is_case: npt.NDArray[np.bool_], late: Floats, worse: Floats
) -> npt.NDArray[np.int64]:
    """Place of each indicator in the order, from 0.

    Args:
        urgency: of its colour, lowest first. Shape: [indicator].
        is_case: counted from cases, not from readings. Shape: [indicator].
        late: days late of its overdue work, added up. Shape: [indicator].
        worse: from `worsening`. Shape: [indicator].
    """
    order: list[int] = []
    for colour in np.unique(urgency):
        lanes = [
            sorted(np.flatnonzero((urgency == colour) & lane).tolist(), key=lambda row: (-late[row], -worse[row], row))
            for lane in (is_case, ~is_case)
        ]
        order += [row for row in chain.from_iterable(zip_longest(*lanes)) if row is not None]
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places
