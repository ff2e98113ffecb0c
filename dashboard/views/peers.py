"""Similar units: areas of the same level and kind in the same third by volume; a tick on the bar, never a rank."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from warehouse.value import PERIODS

if TYPE_CHECKING:
    from dashboard.services import Services

_THIRDS: Final = 3
_LEAST_PEERS: Final = 3


def peer_medians(services: Services, level: str, code: str, period: str) -> dict[str, float]:
    """Median of an indicator among the areas similar to each area of a level.

    Areas under the minimum base have no say; an area with fewer than three similar ones has no median.

    Args:
        services: the value copy.
        level: code of the level.
        code: of the indicator.
        period: one of PERIODS; of another span there are none, but what is of now.

    Returns:
        Area code → median in the indicator's unit.
    """
    indicator = services.values.indicators.get(code)
    if indicator is None or not services.values.loaded:
        return {}
    if period not in PERIODS:
        if indicator.time not in {"stock", "level"}:
            return {}
        period = "today"
    areas = services.reference.by_level(level)
    places = np.array([services.reference.area_index[area.code] for area in areas], dtype=np.intp)
    with services.values.reading() as values:
        at = values.layout.at(PERIODS.index(period), indicator.index, places)
        value, base = values.flat.value[at], values.flat.denominator[at]
    counts = ~np.isnan(value) & (base >= indicator.minimum_base)
    limits = np.quantile(base[counts], [1 / _THIRDS, 2 / _THIRDS]) if counts.any() else np.zeros(2)
    third = np.searchsorted(limits, np.nan_to_num(base))
    groups: dict[tuple[str | None, int], list[float]] = defaultdict(list)
    for place in np.flatnonzero(counts):
        groups[areas[place].kind, int(third[place])].append(float(value[place]))
    return {
        area.code: median(group)
        for place, area in enumerate(areas)
        if len(group := groups[area.kind, int(third[place])]) >= _LEAST_PEERS
    }
