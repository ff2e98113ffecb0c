"""A funnel plot: places by number of cases and share, the whole as centre line, the limits of chance round it.

Drawn as inline SVG. Cases stand on a scale of square roots, on which small places do not crowd.
Every place has a name for those who do not see it; those outside the limits are links, named as far as there is room.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.components.scale import round_ticks
from dashboard.components.svg import Svg, group, link, shape, text, title
from dashboard.components.text_width import text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.views.funnel import Funnel, FunnelPlace

_W: Final = 720
_H: Final = 380
_LEFT: Final = 58
_RIGHT: Final = 14
_TOP: Final = 14
_FLOOR: Final = 346
#: Part of the scale's width that is left free above and below the places.
_AIR: Final = 0.1
_LETTERS_PX: Final = 13.0
_LINE: Final = 17.0
_TICK_APART: Final = 64.0
DOT_R: Final = 5.0
#: Radius of what a pointer hits.
_TARGET: Final = 12.0


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on the drawing."""

    place: FunnelPlace
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class _Box:
    """Room that is taken, by its middle."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: _Box) -> bool:
        beside = abs(self.x - other.x) * 2 < self.width + other.width
        return beside and abs(self.y - other.y) * 2 < self.height + other.height

    @property
    def is_inside(self) -> bool:
        """Whether it lies within the axes."""
        return (
            self.x - self.width / 2 > _LEFT
            and self.x + self.width / 2 < _W
            and self.y - self.height / 2 > 0
            and (self.y + self.height / 2 < _FLOOR)
        )


def funnel_chart(
    funnel: Funnel, label: str, *, lang: str, written: Callable[[float], str], said: Callable[[FunnelPlace], str]
) -> Svg:
    """The drawing.

    Args:
        funnel: the places; at least one.
        label: what it shows, for those who do not see it.
        lang: working language, for numbers on the scale.
        written: a value as text, for the scale.
        said: a place with its number and where it stands, in words.
    """
    low, high = _span(funnel)
    first, last = (math.sqrt(size) for size in (funnel.curve[0][0], funnel.curve[-1][0]))

    def x(cases: float) -> float:
        return _LEFT + (math.sqrt(cases) - first) / (last - first) * (_W - _LEFT - _RIGHT - _TARGET)

    def y(value: float) -> float:
        return _FLOOR - (value - low) / (high - low) * (_FLOOR - _TOP)

    pieces = [shape("path", class_="cm-chart__axis", d=f"M{_LEFT} {_FLOOR}H{_W - _RIGHT}")]
    for tick in round_ticks(low, high):
        pieces.append(shape("path", class_="cm-funnel__grid", d=f"M{_LEFT} {y(tick):.1f}H{_W - _RIGHT}"))
        pieces.append(text(written(tick), class_="cm-funnel__tick", x=_LEFT - 8, y=y(tick) + 4))
    sizes = _sizes(funnel.curve[-1][0], x)
    pieces += [text(form.short(size, lang), class_="cm-funnel__size", x=x(size), y=_H - 12) for size in sizes]
    for name, pick in (("outer", 2), ("inner", 1)):
        for side in ("low", "high"):
            points = [(x(row[0]), getattr(row[pick], side)) for row in funnel.curve]
            pieces.append(shape("path", class_=f"cm-funnel__{name}", d=_within(points, low, high, y)))
    pieces.append(shape("path", class_="cm-funnel__centre", d=f"M{_LEFT} {y(funnel.centre):.1f}H{_W - _RIGHT}"))
    spots = [_Spot(one, x(one.cases), y(one.value)) for one in funnel.places]
    pieces += [_dot(spot, said) for spot in reversed(spots) if not spot.place.is_outside]
    names = _names(spots)
    pieces += [_linked(spot, names.get(spot.place.line.code, ""), said) for spot in spots if spot.place.is_outside]
    return Svg("".join(pieces), box=f"0 0 {_W} {_H}", label=label, className="cm-funnel", has_links=True)


def _span(funnel: Funnel) -> tuple[float, float]:
    """Ends of the scale: all places, the whole, and the limits of the largest place."""
    _, _, narrowest = funnel.curve[-1]
    values = [*(one.value for one in funnel.places), funnel.centre, narrowest.low, narrowest.high]
    low, high = min(values), max(values)
    air = (high - low) * _AIR
    return max(low - air, 0.0), high + air


def _sizes(most: int, x: Callable[[float], float]) -> list[int]:
    """Round numbers of cases with room between them, from the largest down."""
    chosen: list[int] = []
    for size in (part * 10**power for power in range(len(str(most)), -1, -1) for part in (5, 2, 1)):
        if size <= most and (not chosen or x(chosen[-1]) - x(size) >= _TICK_APART) and x(size) >= _LEFT:
            chosen.append(size)
    return chosen


def _within(points: Sequence[tuple[float, float]], low: float, high: float, y: Callable[[float], float]) -> str:
    """A line through the points that lie on the scale; it begins where it comes onto it."""
    pieces: list[str] = []
    before: tuple[float, float] | None = None
    for at, value in points:
        if low <= value <= high:
            if not pieces and before is not None:
                edge = low if before[1] < low else high
                part = (edge - before[1]) / (value - before[1])
                pieces.append(f"{before[0] + part * (at - before[0]):.1f} {y(edge):.1f}")
            pieces.append(f"{at:.1f} {y(value):.1f}")
        before = (at, value)
    return "M" + "L".join(pieces) if pieces else "M0 0"


def dot_name(place: FunnelPlace) -> str:
    """CSS classes of the dot of a place."""
    return f"cm-funnel__dot cm-funnel__{place.standing}"


def _dot(spot: _Spot, said: Callable[[FunnelPlace], str]) -> str:
    words = said(spot.place)
    circle = shape("circle", class_=dot_name(spot.place), cx=spot.x, cy=spot.y, r=DOT_R)
    return group(title(words) + circle, role="img", aria_label=words)


def _linked(spot: _Spot, name: str, said: Callable[[FunnelPlace], str]) -> str:
    place, words = spot.place, said(spot.place)
    inside = title(words) + shape("circle", class_="cm-funnel__target", cx=spot.x, cy=spot.y, r=_TARGET)
    inside += shape("circle", class_=dot_name(place), cx=spot.x, cy=spot.y, r=DOT_R)
    return link(inside + name, place.line.href, class_="cm-funnel__place", aria_label=words)


def _names(spots: Sequence[_Spot]) -> dict[str, str]:
    """Names beside the places outside the limits, the furthest first, as far as they cover nothing."""
    taken = [_Box(one.x, one.y, 2 * DOT_R, 2 * DOT_R) for one in spots]
    drawn = {}
    for spot in spots:
        name = spot.place.line.name.text
        rooms = _rooms(spot, text_width(name, _LETTERS_PX)) if spot.place.is_outside else []
        for side, x, box in rooms:
            if box.is_inside and not any(box.meets(one) for one in taken):
                taken.append(box)
                drawn[spot.place.line.code] = text(
                    name, class_=f"cm-funnel__name cm-funnel__name--{side}", x=x, y=box.y + 4.5
                )
                break
    return drawn


def _rooms(spot: _Spot, width: float) -> list[tuple[str, float, _Box]]:
    """Where a name may stand – right, left, above, below –, where it begins, ends or has its middle there, its room."""
    edge = DOT_R + 4
    beside, over = edge + width / 2, edge + _LINE / 2
    moves = (
        ("right", edge, beside, 0.0),
        ("left", -edge, -beside, 0.0),
        ("above", 0.0, 0.0, -over),
        ("below", 0.0, 0.0, over),
    )
    return [
        (side, spot.x + anchor, _Box(spot.x + by_x, spot.y + by_y, width, _LINE)) for side, anchor, by_x, by_y in moves
    ]
