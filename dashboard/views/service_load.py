"""Overdue work by service: from the indicators that the catalogue has for single services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.views.figure import Figure, figure, part
from dashboard.views.place import service_name
from warehouse.value import PERIODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked


#: Open work is of now, whichever period is asked for.
_NOW: Final = PERIODS.index("today")


@dataclass(frozen=True, slots=True)
class ServiceLoad:
    """Overdue work of one service at a place.

    Attributes:
        service: code.
        name: in the working language.
        href: the same page about this service alone; "" where it is.
        overdue: count.
        share: of the service's open work.
        share_href: its explanation.
        list_href: the cases.
    """

    service: str
    name: str
    href: str
    overdue: Figure
    share: Figure
    share_href: str
    list_href: str


@dataclass(frozen=True, slots=True)
class Worst:
    """The service and place with the most overdue cases.

    Attributes:
        service: code.
        area: code of the place.
        share: overdue share of the service there; its numerator is the count.
    """

    service: str
    area: str
    share: Figure


def overdue_shares(asked: Asked) -> Mapping[str, Indicator]:
    """The overdue-share indicator of every single service that has one, in catalogue order."""
    return {
        one.subjects[0]: one
        for one in asked.services.values.indicators.values()
        if len(one.subjects) == 1
        and not one.is_roll_up
        and (one.numerator, one.denominator) == ("overdue", "open")
        and (asked.scope.services is None or one.subjects[0] in asked.scope.services)
    }


def service_loads(asked: Asked, area: str, limit: int) -> tuple[ServiceLoad, ...]:
    """Services with overdue work at a place, most first.

    Args:
        asked: the request.
        area: code of the place.
        limit: most rows.
    """
    loads = [
        ServiceLoad(
            service=service,
            name=service_name(asked, service),
            href="" if service == asked.scope.service else asked.address.but(svc=service, explain=None, at=None).href,
            overdue=part(share, None),
            share=share,
            share_href=asked.explain_href(indicator.code, area),
            list_href=asked.list_href("overdue", area, svc=service),
        )
        for service, indicator in _with_most(asked, area, limit)
        if (share := figure(asked.services, indicator.code, area, asked.scope.period)).cell.numerator
    ]
    loads.sort(key=lambda load: (-(load.overdue.value or 0), load.name))
    return tuple(loads[:limit])


def _with_most(asked: Asked, area: str, limit: int) -> list[tuple[str, Indicator]]:
    """Services of the most overdue cases, those that share the last place included."""
    values, shares = asked.services.values, list(overdue_shares(asked).items())
    if not shares or not values.loaded:
        return []
    with values.reading() as present:
        rows = [indicator.index for _, indicator in shares]
        at = present.layout.at(_NOW, rows, values.area_index(area))
        counts = np.nan_to_num(present.flat.numerator[at])
    least = np.sort(counts)[-limit:].min()
    return [shares[place] for place in np.flatnonzero(counts >= least)]


def worst_pairs(asked: Asked, areas: Sequence[str], limit: int) -> tuple[Worst, ...]:
    """Service and place with the most overdue cases, red ones before amber ones before others.

    Args:
        asked: the request.
        areas: codes of the places to choose from.
        limit: most pairs.
    """
    services, scope = asked.services, asked.scope
    shares = overdue_shares(asked)
    if not shares or not services.values.loaded:
        return ()
    rows = np.array([indicator.index for indicator in shares.values()])
    columns = np.array([services.values.area_index(code) for code in areas])
    with services.values.reading() as values:
        at = values.layout.at(_NOW, rows[:, None], columns[None, :])
        counts, bands = np.nan_to_num(values.flat.numerator[at]), values.flat.band[at].astype(np.int64)
    order = np.lexsort((-counts.ravel(), -bands.ravel()))[: limit * 2]
    codes = list(shares)
    found = [
        Worst(
            codes[place // len(areas)],
            areas[place % len(areas)],
            figure(services, shares[codes[place // len(areas)]].code, areas[place % len(areas)], scope.period),
        )
        for place in order
        if counts.ravel()[place] > 0
    ]
    return tuple(found[:limit])
