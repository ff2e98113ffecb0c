"""How the indicators of each department stand in the state as a whole: red, amber, stale, normal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.freshness import Freshness
from dashboard.views.worst import worst_place
from warehouse.value import PERIODS, Band, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.services import Services

#: How an indicator stands; one that is late, silent or without a value is never counted as normal.
_STANDS: Final = ("stale", "red", "amber", "normal")
_NO_VALUE: Final = (State.NO_DATA, State.ERROR)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the indicators stand in the state as a whole.

    Attributes:
        by_department: code → how many are red, amber, stale, normal.
        total: the same over all departments.
        worst: code → its red indicators, or its amber ones where none is red.
    """

    by_department: Mapping[str, Counter[str]]
    total: Counter[str]
    worst: Mapping[str, Sequence[Indicator]]

    @property
    def order(self) -> list[str]:
        """Departments, most red first."""
        counts = self.by_department
        return sorted(counts, key=lambda code: (-counts[code]["red"], -counts[code]["amber"], code))


def read_standing(services: Services) -> Standing:
    """How every indicator stands in the state as a whole at this moment.

    Args:
        services: value copy, loaded.
    """
    values = services.values
    indicators = tuple(values.indicators.values())
    periods = np.array([PERIODS.index(one.headline_period) for one in indicators])
    places = np.array([one.index for one in indicators])
    with values.reading() as held:
        at = held.layout.at(periods, places, values.area_index(services.reference.areas[0].code))
        bands, states = held.flat.band[at], held.flat.state[at]
    budgets = {(one.sources, one.freshness_budget_s) for one in indicators}
    behind = {one for one in budgets if values.freshness_of(*one).freshness is not Freshness.LIVE}
    is_stale = np.array([(one.sources, one.freshness_budget_s) in behind for one in indicators])
    stands = np.select([is_stale | np.isin(states, _NO_VALUE), bands == Band.RED, bands == Band.AMBER], [0, 1, 2], 3)
    pairs = Counter(zip((one.department for one in indicators), stands.tolist(), strict=True))
    by_department: dict[str, Counter[str]] = {}
    for (department, stand), count in pairs.items():
        by_department.setdefault(department, Counter())[_STANDS[stand]] += count
    worst: dict[str, list[Indicator]] = {}
    for stand in (_STANDS.index("red"), _STANDS.index("amber")):
        settled = set(worst)
        for place in np.flatnonzero(stands == stand):
            if indicators[place].department not in settled:
                worst.setdefault(indicators[place].department, []).append(indicators[place])
    return Standing(by_department, sum(by_department.values(), Counter()), worst)


def worst_indicator(services: Services, standing: Standing, department: str) -> Indicator | None:
    """Of a department's red indicators the one that is red in most places; of its amber ones where none is red.

    Among equals the first of the catalogue; None where none has a colour.

    Args:
        services: value copy, loaded.
        standing: how the indicators stand.
        department: code.
    """

    def places(indicator: Indicator) -> int:
        place = worst_place(services, indicator)
        return 0 if place is None else place.others

    return max(standing.worst.get(department, ()), key=places, default=None)
