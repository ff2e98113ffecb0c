"""The attention list of the state's page: the wall's rule (dashboard/views/attention.py) with names and links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from dashboard.freshness import Freshness
from dashboard.views.attention import rank, read_bands
from dashboard.views.figure import Figure, figure
from dashboard.views.holding import late_days
from dashboard.views.place import Link, area_name, seat_name, service_name

if TYPE_CHECKING:
    from dashboard.views.asked import Asked
    from dashboard.views.attention import Bands, Concern
    from dashboard.views.holding import Holder


@dataclass(frozen=True, slots=True)
class AttentionLine:
    """One service or reading with the place where it is worst.

    Attributes:
        what: its name, with the link to the cases behind it or to its explanation.
        where: the place, with the link to its page.
        others: how many other places of that level have the same colour.
        figure: its number there; of overdue work the numerator is the count.
        figure_href: its explanation.
        is_utility: about a reading, not about cases.
        who: post and office that hold most of the cases; for readings the department.
        held: how many they hold.
        held_href: those cases.
        oldest_days: whole days past the limit of the oldest case; None for readings.
    """

    what: Link
    where: Link
    others: int
    figure: Figure
    figure_href: str
    is_utility: bool
    who: str
    held: int
    held_href: str
    oldest_days: int | None


@dataclass(frozen=True, slots=True)
class Attention:
    """The list.

    Attributes:
        lines: worst first.
        more_red, more_amber: how many more services and readings have that colour somewhere.
        is_all_live: whether no number is late that could have one.
    """

    lines: tuple[AttentionLine, ...]
    more_red: int
    more_amber: int
    is_all_live: bool


def attention(asked: Asked, rows: int) -> Attention:
    """What needs attention most, of the whole government, one department or one service.

    Args:
        asked: the request; the value copy is loaded.
        rows: most lines.

    Raises:
        EngineGoneError: the engine does not answer who holds what.
    """
    bands, values = _in_scope(asked, read_bands(asked.services)), asked.services.values
    ranked = rank(asked, bands, rows)
    return Attention(
        lines=tuple(_line(asked, one) for one in ranked.concerns),
        more_red=ranked.more_red,
        more_amber=ranked.more_amber,
        is_all_live=all(values.as_of(one.code).freshness is Freshness.LIVE for one in bands.indicators),
    )


def _in_scope(asked: Asked, bands: Bands) -> Bands:
    scope = asked.scope
    if scope.service:
        is_own = [scope.service in one.subjects for one in bands.indicators]
    elif scope.department is not None:
        is_own = [one.department == scope.department.code for one in bands.indicators]
    else:
        return bands
    own = np.array(is_own, dtype=bool)
    indicators = tuple(compress(bands.indicators, is_own))
    return replace(bands, indicators=indicators, band=bands.band[own], count=bands.count[own])


def _held_href(asked: Asked, concern: Concern, held: Holder) -> str:
    return asked.list_href("overdue", concern.area, svc=concern.key[0], office=held.office, post=held.post)


def _department(asked: Asked, code: str) -> str:
    department = asked.services.reference.departments.get(code)
    return "" if department is None else asked.chosen(department.short_en, department.short_local)


def _line(asked: Asked, concern: Concern) -> AttentionLine:
    indicator = asked.services.values.indicators[concern.indicator]
    explained = asked.explain_href(concern.indicator, concern.area)
    held = concern.held.holders[0] if concern.held.holders else None
    seat = "" if held is None else seat_name(asked, held.office, held.post)
    if concern.is_utility:
        what = Link(asked.chosen(indicator.name_en, indicator.name_local), explained)
    else:
        service = concern.key[0]
        what = Link(service_name(asked, service), asked.list_href("overdue", concern.area, svc=service))
    return AttentionLine(
        what=what,
        where=Link(area_name(asked, concern.area), asked.area_href(concern.area)),
        others=concern.places - 1,
        figure=figure(asked.services, concern.indicator, concern.area, indicator.headline_period),
        figure_href=explained,
        is_utility=concern.is_utility,
        who=_department(asked, indicator.department) if concern.is_utility else seat,
        held=0 if held is None else held.cases,
        held_href="" if held is None else _held_href(asked, concern, held),
        oldest_days=late_days(concern.held.oldest_due_at, asked.now),
    )
