"""One indicator at the places one level below a place, the worst first; what cannot be ranked stands after them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.views.figure import Figure, figure
from dashboard.views.place import Name, level_below, level_name, named
from dashboard.views.rank import Positions, positions
from dashboard.views.tiles import indicator_tiles
from warehouse.value import State

if TYPE_CHECKING:
    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from dashboard.views.tiles import TileMap
    from warehouse.reference import Area


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One place.

    Attributes:
        code: of the area.
        name: in both languages.
        href: the indicator's page about it.
        figure: the number there.
        part: of the largest value, 0 to 1; None without a value.
        is_ranked: whether its base is large enough and its data are current.
        positions: where it may stand among the ranked ones; None where nothing says how much of a number is chance.
    """

    code: str
    name: Name
    href: str
    figure: Figure
    part: float | None
    is_ranked: bool
    positions: Positions | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """The comparison.

    Attributes:
        level_words: what the places are called, in the plural.
        lines: ranked ones first.
        tick: the place's own value as part of the largest, 0 to 1; None where that says nothing (counts).
        is_beside: the places lie beside this one, which has none below it.
        tiles: the same places as tiles, those too for which the indicator does not exist; None without positions or
            where it exists for fewer than two.
    """

    level_words: str
    lines: tuple[PlaceLine, ...]
    tick: float | None
    is_beside: bool
    tiles: TileMap | None


def read_below(asked: Asked, indicator: Indicator, area: Area, period: str) -> Below:
    """The places below a place, or beside it at the lowest level.

    Args:
        asked: the request.
        indicator: which.
        area: the place.
        period: one of PERIODS.
    """
    reference, services = asked.services.reference, asked.services
    children = reference.children(area.code)
    is_beside = not children and area.parent is not None
    if is_beside:
        children = reference.children(str(area.parent))
    shown = [(one, figure(services, indicator.code, one.code, period)) for one in children]
    shown = [(one, told) for one, told in shown if told.cell.state is not State.NOT_APPLICABLE]
    own = figure(services, indicator.code, area.code, period).value
    most = max((abs(told.value) for _, told in shown if told.value is not None), default=0.0)
    if not indicator.is_count and own is not None:
        most = max(most, abs(own))
    lines = [_line(asked, one, told, most, period) for one, told in shown]
    below = level_below(services, area)
    words = level_name(asked, area) if below is None else asked.chosen(below.plural_en, below.plural_local)
    if is_beside:
        own_level = next(level for level in reference.state.levels if level.code == area.level)
        words = asked.chosen(own_level.plural_en, own_level.plural_local)
    return Below(
        level_words=words,
        lines=_placed(sorted(lines, key=lambda line: _order(line, indicator)), indicator),
        tick=None if indicator.is_count or own is None or not most else abs(own) / most,
        is_beside=is_beside,
        tiles=indicator_tiles(asked, children, indicator.code, period) if len(lines) > 1 else None,
    )


def _line(asked: Asked, area: Area, told: Figure, most: float, period: str) -> PlaceLine:
    return PlaceLine(
        code=area.code,
        name=named(asked, area.name_en, area.name_local),
        href=asked.indicator_href(told.code, area.code, period),
        figure=told,
        part=abs(told.value) / most if told.value is not None and most else None,
        is_ranked=told.is_ranked,
    )


def _placed(lines: list[PlaceLine], indicator: Indicator) -> tuple[PlaceLine, ...]:
    """The lines, the ranked ones with the positions that chance leaves them."""
    if not indicator.counts_cases or indicator.direction not in {"higher", "lower"}:
        return tuple(lines)
    ranked = [line for line in lines if line.is_ranked]
    cells = [line.figure.cell for line in ranked]
    found = positions(
        [cell.numerator or 0.0 for cell in cells],
        [cell.denominator or 0.0 for cell in cells],
        is_higher_better=indicator.direction == "higher",
    )
    told = [replace(line, positions=one) for line, one in zip(ranked, found, strict=True)]
    return (*told, *(line for line in lines if not line.is_ranked))


def _order(line: PlaceLine, indicator: Indicator) -> tuple[object, ...]:
    value = line.figure.value
    if not line.is_ranked:
        return (1, value is None, 0.0, line.name.text)
    worse = -(value or 0.0) if indicator.direction != "higher" else (value or 0.0)
    urgency = line.figure.urgency if indicator.direction == "range" else 0
    return (0, urgency, worse, line.name.text)
