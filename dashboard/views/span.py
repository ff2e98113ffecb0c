"""Values of a span of days that is none of the board's periods: asked of the engine, for a place and those beside it.

A page asks for many numbers of few places one by one; asking for all places beside a place and all indicators of a
department at once lets the query cache answer the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from dashboard.copy import Cell
from dashboard.freshness import LIVE_NOW, Freshness
from dashboard.plain_rows import plain_rows
from dashboard.views.scope import days_of_span
from dashboard.views.year_ago import was_counted
from warehouse.errors import EngineGoneError
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dashboard.catalogue import Indicator
    from dashboard.freshness import AsOf
    from dashboard.services import Services

#: Kinds of indicators that have values of any span; stocks and levels are of now.
_OF_DAYS: Final = frozenset({"flow", "quantile"})
_ABSENT: Final = Cell(None, None, None, Band.UNBANDED, State.NOT_APPLICABLE)
#: What is told of a span that begins before anything was counted: its sums would be those of a part.
_NOTHING: Final = Cell(None, None, None, Band.UNBANDED, State.NO_DATA)
#: What is told while the engine does not answer.
_UNKNOWN: Final = Cell(None, None, None, Band.UNBANDED, State.ERROR)


def span_cells(services: Services, indicator: Indicator, areas: Sequence[str], period: str) -> list[Cell]:
    """Values of an indicator at some places, in their order.

    Args:
        services: the engine, and the value copy for what is of now.
        indicator: which.
        areas: codes of places that exist.
        period: a span of days as an address says it.
    """
    if indicator.time not in _OF_DAYS:
        return services.values.cells(indicator.code, areas, "today")
    begin, end = days_of_span(period)
    found: dict[str, Cell] = {}
    try:
        is_counted = _has_begun(services, indicator, begin)
        asked = {"from_day": begin, "to_day": end, "indicators": _in_department(services, indicator)}
        for group in dict.fromkeys(_beside(services, area) for area in areas):
            asked = {
                "from_day": begin,
                "to_day": end,
                "areas": list(group),
                "indicators": _in_department(services, indicator),
            }
            answer = services.table("span_values", **asked)
            for row in plain_rows(answer.filter(pc.equal(answer["indicator"], indicator.code))):
                numbers = row["value"], row["numerator"], row["denominator"]
                found[row["area"]] = Cell(*numbers, Band(row["band"]), State(row["state"])) if is_counted else _NOTHING
    except EngineGoneError:
        return [_UNKNOWN] * len(areas)
    return [found.get(area, _ABSENT) for area in areas]


def span_freshness(services: Services, indicator: Indicator, period: str) -> AsOf:
    """How fresh the value of a span is: what ended before a source fell silent is not late."""
    fresh = services.values.as_of(indicator.code)
    if indicator.time not in _OF_DAYS or fresh.freshness is Freshness.LIVE or fresh.at is None:
        return fresh
    return LIVE_NOW if fresh.at.astimezone(services.zone).date() > days_of_span(period)[1] else fresh


def _has_begun(services: Services, indicator: Indicator, begin: date) -> bool:
    """Whether counting had begun: that of any service, or of the indicator's own readings."""
    is_of_services = any(subject in services.reference.services for subject in indicator.subjects)
    subjects = services.reference.services if is_of_services else indicator.subjects
    return was_counted(services, tuple(subjects), begin)


def _in_department(services: Services, indicator: Indicator) -> list[str]:
    """Codes of all indicators of its department that have values of spans."""
    every = services.values.indicators.values()
    return [one.code for one in every if one.department == indicator.department and one.time in _OF_DAYS]


def _beside(services: Services, area: str) -> tuple[str, ...]:
    """The places below the same place, the place itself among them."""
    reference = services.reference
    parent = reference.area(area).parent
    return (area,) if parent is None else tuple(one.code for one in reference.children(parent))
