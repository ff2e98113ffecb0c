"""The state's choice of resources on a place's page: one of each kind, the one that needs somebody first.

Order and choice within a kind are those of the page of resources: red, amber, late, then the rest; within a colour what
has its worst place below red, then amber; then the fewest hours left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from dashboard.freshness import Freshness
from dashboard.views.figure import figure
from dashboard.views.place import area_name
from dashboard.views.resource_choice import chosen_resources
from dashboard.views.resources import newest_of, resource_order, worst_below
from warehouse.value import Band, State

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.views.asked import Asked
    from dashboard.views.figure import Figure
    from dashboard.views.resource_choice import Resource
    from warehouse.reference import Area


@dataclass(frozen=True, slots=True)
class ResourceCard:
    """The resource of a kind that needs somebody first.

    Attributes:
        kind: "Water supply".
        name: which of it.
        figure: its number at the place.
        href: opens how the number is made.
        worst: number of the worst place below; None unless it is red or amber there.
        worst_place: that place's name; "" without `worst`.
        others: further resources of the kind that are red or amber, here or below.
        newest: newest event of the source that is furthest behind; None when nothing ever came.
    """

    kind: str
    name: str
    figure: Figure
    href: str
    worst: Figure | None
    worst_place: str
    others: int
    newest: datetime | None


def resource_cards(asked: Asked, area: Area) -> tuple[ResourceCard, ...]:
    """One card of each kind that exists at a place, worst first.

    Args:
        asked: the request; the value copy is loaded.
        area: the place.
    """
    chosen = sorted(chosen_resources(asked), key=lambda one: one.kind)
    read = [(one, _at(asked, one, area.code)) for one in chosen]
    exists = [(one, shown) for one, shown in read if shown.cell.state is not State.NOT_APPLICABLE]
    cards = []
    for _, of_kind in groupby(exists, key=lambda pair: pair[0].kind):
        (one, shown), *rest = sorted(of_kind, key=lambda pair: resource_order(asked, *pair))
        others = sum(_needs_somebody(asked, other, area) for _, other in rest)
        cards.append((resource_order(asked, one, shown), _card(asked, one, shown, area, others)))
    return tuple(card for _, card in sorted(cards, key=lambda pair: pair[0]))


def _at(asked: Asked, one: Resource, area: str) -> Figure:
    indicator = asked.services.values.indicators[one.line.indicator]
    return figure(asked.services, indicator.code, area, indicator.headline_period)


def _needs_somebody(asked: Asked, shown: Figure, area: Area) -> bool:
    worst = worst_below(asked, shown, area)
    below = Band.NORMAL if worst is None else worst.band
    return shown.fresh.freshness is Freshness.LIVE and max(shown.band, below) >= Band.AMBER


def _card(asked: Asked, one: Resource, shown: Figure, area: Area, others: int) -> ResourceCard:
    worst = worst_below(asked, shown, area)
    if worst is not None and worst.band < Band.AMBER:
        worst = None
    return ResourceCard(
        kind=one.kind,
        name=asked.chosen(one.line.name_en, one.line.name_local),
        figure=shown,
        href=asked.explain_href(shown.code, area.code),
        worst=None if worst is None else _at(asked, one, worst.area),
        worst_place="" if worst is None else area_name(asked, worst.area),
        others=others,
        newest=newest_of(asked, asked.services.values.indicators[shown.code].sources),
    )
