"""How long something lasts at a place: hours or days left, the shortest first.

An average over a district hides the hospital that runs dry; therefore the places asked about are the smallest that have
a number of their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.freshness import Freshness
from dashboard.views.figure import Figure, figure
from warehouse.value import PERIODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.choice_file import Line
    from dashboard.services import Services

#: Units in which something may last, in hours.
_HOURS: Final = {"hours": 1.0, "days": 24.0}


@dataclass(frozen=True, slots=True)
class Lasting:
    """Something that lasts so long at a place.

    Attributes:
        line: which indicator, with its short name.
        figure: its number there.
        hours: the same in hours, whatever its unit.
    """

    line: Line
    figure: Figure
    hours: float


def known_lines(services: Services, chosen: Sequence[Line]) -> tuple[Line, ...]:
    """What of a choice the catalogue has, and counts in hours or days."""
    indicators = services.values.indicators
    return tuple(one for one in chosen if one.indicator in indicators and indicators[one.indicator].unit_en in _HOURS)


def hours_of(shown: Figure) -> float | None:
    """A number of hours or days in hours; None for any other."""
    by = _HOURS.get(shown.unit_en)
    return None if by is None or shown.value is None else shown.value * by


def lasting_at(services: Services, line: Line, area: str) -> Lasting | None:
    """How long something lasts at a place as a whole; None where that is not known.

    Args:
        services: value copy, loaded.
        line: of `known_lines`.
        area: code.
    """
    indicator = services.values.indicators[line.indicator]
    shown = figure(services, indicator.code, area, indicator.headline_period)
    hours = hours_of(shown)
    return None if hours is None else Lasting(line, shown, hours)


@dataclass(frozen=True, slots=True)
class Shortest:
    """How long things last at the smallest places of a place.

    Attributes:
        first: where they last shortest, late numbers last.
        least: each thing at the place where it lasts shortest, with the number of places that were compared.
        places: numbers of all things and places.
    """

    first: tuple[Lasting, ...]
    least: tuple[tuple[Lasting, int], ...]
    places: int


def shortest(services: Services, chosen: Sequence[Line], area: str, count: int) -> Shortest:
    """How long each thing lasts at the smallest places of a place.

    Args:
        services: value copy, loaded.
        chosen: of `known_lines`.
        area: code of the place.
        count: most entries of `first`.
    """
    found = [
        (is_late, hours, number, code)
        for number, line in enumerate(chosen)
        for is_late, hours, code in _smallest(services, line, area)
    ]
    found.sort()
    least: dict[int, str] = {}
    for _, _, number, code in found:
        least.setdefault(number, code)
    counts = Counter(number for _, _, number, _ in found)
    first = (lasting_at(services, chosen[number], code) for _, _, number, code in found[:count])
    leasts = ((lasting_at(services, chosen[number], code), counts[number]) for number, code in least.items())
    return Shortest(
        tuple(one for one in first if one is not None),
        tuple((one, places) for one, places in leasts if one is not None),
        len(found),
    )


def _smallest(services: Services, line: Line, area: str) -> list[tuple[bool, float, str]]:
    """Places at or below a place that have a number, and of which no part has one: late or not, hours, code."""
    reference, indicator = services.reference, services.values.indicators[line.indicator]
    freshness = services.values.as_of(indicator.code).freshness
    if freshness is Freshness.SILENT:
        return []
    first = reference.area_index[area]
    areas = reference.areas[first : int(reference.area_end[first])]
    columns = np.array([services.values.area_index(one.code) for one in areas])
    with services.values.reading() as values:
        at = values.layout.at(PERIODS.index(indicator.headline_period), indicator.index, columns)
        hours = values.flat.value[at] * _HOURS[indicator.unit_en]
    having = [(areas[place], float(hours[place])) for place in np.flatnonzero(~np.isnan(hours))]
    above = {one.parent for one, _ in having}
    return [(freshness is Freshness.LATE, told, one.code) for one, told in having if one.code not in above]
