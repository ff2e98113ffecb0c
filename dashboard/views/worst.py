"""The place where an indicator is worst, among those that can be named: districts and what has daily series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from warehouse.value import PERIODS, Band, State

if TYPE_CHECKING:
    from dashboard.catalogue import Indicator
    from dashboard.services import Services
    from warehouse.reference import Area


@dataclass(frozen=True, slots=True)
class WorstPlace:
    """Where an indicator is worst.

    Attributes:
        area: code.
        value: there.
        band: its colour there.
        alike: codes of the other places of that level with the same colour; none where it is not red or amber.
    """

    area: str
    value: float
    band: Band
    alike: tuple[str, ...]

    @property
    def others(self) -> int:
        """How many are alike."""
        return len(self.alike)


def worst_place(services: Services, indicator: Indicator, within: Area | None = None) -> WorstPlace | None:
    """The worst place at the deepest level that has a red or amber one; where none is, at the deepest that has values.

    None for indicators of which neither much nor little is bad, for counts that are normal everywhere (the largest
    place has most of them), and where no place has a value.

    Args:
        services: value copy, loaded.
        indicator: which.
        within: the place of whose parts one is sought; the state when it is not said.
    """
    reference = services.reference
    whole = within or reference.areas[0]
    if indicator.direction not in ("higher", "lower") or not reference.children(whole.code):
        return None
    levels = [level.code for level in reference.state.levels]
    top = levels.index(whole.level) + 1
    deepest = max(top, levels.index(reference.state.series_level))
    first = reference.area_index[whole.code]
    inside = reference.areas[first : int(reference.area_end[first])]
    calm: WorstPlace | None = None
    for level in reversed(levels[top : deepest + 1]):
        areas = [area for area in inside if area.level == level]
        columns = np.array([services.values.area_index(area.code) for area in areas])
        with services.values.reading() as values:
            at = values.layout.at(PERIODS.index(indicator.headline_period), indicator.index, columns)
            value, band, state = values.flat.value[at], values.flat.band[at], values.flat.state[at]
        colour = int(band.max(initial=0))
        is_coloured = colour >= Band.AMBER
        among = np.flatnonzero((band == colour) if is_coloured else (state == State.OK) & ~np.isnan(value))
        if not among.size or not (is_coloured or (calm is None and not indicator.is_count)):
            continue
        sign = -1 if indicator.direction == "lower" else 1
        at_worst = among[np.argmin(sign * value[among])]
        alike = tuple(areas[at].code for at in among if at != at_worst) if is_coloured else ()
        found = WorstPlace(areas[at_worst].code, float(value[at_worst]), Band(int(band[at_worst])), alike)
        if is_coloured:
            return found
        calm = found
    return calm
