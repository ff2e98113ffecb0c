"""How long something lasts at a place: hours or days left, the shortest first.

An average over a district hides the hospital that runs dry; therefore the places asked about are the smallest that have
a number of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.views.figure import Figure, figure
from warehouse.value import PERIODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.services import Services
    from dashboard.wall_choice import Line

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


def shortest(services: Services, chosen: Sequence[Line], area: str) -> tuple[Lasting, ...]:
    """How long each thing lasts at the smallest places of a place, the shortest first and late numbers last.

    Args:
        services: value copy, loaded.
        chosen: of `known_lines`.
        area: code of the place.
    """
    found = [
        told
        for line in chosen
        for code in _smallest(services, line, area)
        if (told := lasting_at(services, line, code))
    ]
    return tuple(sorted(found, key=lambda one: (one.figure.is_late, one.hours, one.figure.code, one.figure.area)))


def _smallest(services: Services, line: Line, area: str) -> list[str]:
    """Places at or below a place that have a number, and of which no part has one."""
    reference, indicator = services.reference, services.values.indicators[line.indicator]
    first = reference.area_index[area]
    areas = reference.areas[first : int(reference.area_end[first])]
    columns = np.array([services.values.area_index(one.code) for one in areas])
    with services.values.reading() as values:
        at = values.layout.at(PERIODS.index(indicator.headline_period), indicator.index, columns)
        known = ~np.isnan(values.flat.value[at])
    having = [one for one, is_known in zip(areas, known, strict=True) if is_known]
    above = {one.parent for one in having}
    return [one.code for one in having if one.code not in above]
