"""A map of places by their boundaries: name, overdue share, mark and age at each, without hover; each is a link.

Words stand in their area where they have room, else beside the map with a line that leads to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import language
from dashboard.boundaries.outline import STEPS
from dashboard.components import html
from dashboard.components.mark import SHAPES
from dashboard.components.number import as_of_words, band_words, figure_text, no_number, number, row_mark
from dashboard.components.svg import Svg, group, link, shape, text
from dashboard.components.text_width import text_width
from dashboard.freshness import Freshness
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dashboard.boundaries.drawing import Outline
    from dashboard.components.html import Element
    from dashboard.views.area_map import AreaMap, MapPlace
    from dashboard.views.figure import Figure

#: Sizes in pixels: a line of words, the mark before a number, the distance of words beside the map, the map's own edge.
_LINE, _MARK, _LEAD, _EDGE = 17, 13, 14, 6
_HATCH: Final = "cm-map-hatch"


@dataclass(slots=True)
class _Words:
    """What stands at a place, and where: `side` is 0 in its area, -1 and 1 beside the map to the left and right."""

    place: MapPlace
    outline: Outline
    lines: tuple[str, ...]
    width: float
    side: int
    y: float


def map_drawing(area_map: AreaMap, lang: str, zone: tzinfo) -> Element:
    """The map, and under it the places that it cannot show.

    Args:
        area_map: with the outlines of its places.
        lang: working language.
        zone: the state's.
    """
    words = [_words(place, place.outline, lang, zone) for place in area_map.places if place.outline is not None]
    margin = {side: _spread(words, side, area_map.height) for side in (-1, 1)}
    shapes = "".join(_area(one.place, one.outline) for one in words)
    labels = "".join(_label(one, area_map.width, lang) for one in words)
    box = (
        -margin[-1] - _EDGE,
        -_EDGE,
        margin[-1] + area_map.width + margin[1] + 2 * _EDGE,
        area_map.height + 2 * _EDGE,
    )
    drawing = Svg(
        _hatch() + group(shapes, transform=f"scale({1 / STEPS})") + labels,
        box=" ".join(f"{side:.0f}" for side in box),
        label=language.text("tiles.label", lang),
        className="cm-map__drawing",
        has_links=True,
    )
    missing = [place for place in area_map.places if place.outline is None]
    inside: list[Element] = [html.Div(drawing, className="cm-map__box", style={"--cm-map-width": f"{box[2]:.0f}px"})]
    if missing:
        inside.append(_without_outline(missing, lang, zone))
    return html.Div(inside, className="cm-map")


def _words(place: MapPlace, outline: Outline, lang: str, zone: tzinfo) -> _Words:
    share = place.share
    digits = f"{figure_text(share)} %" if share.value is not None else no_number(share, lang, zone)
    lines = (place.name.text, digits, *([as_of_words(share, lang, zone)] if share.is_late else []))
    marked = _MARK + 4 if _shape_of(share) else 0
    width = max(text_width(line) + (marked if row == 1 else 0) for row, line in enumerate(lines))
    side = 0 if width <= outline.room_px else -1 if outline.is_left else 1
    return _Words(place, outline, lines, width, side, outline.y - len(lines) * _LINE / 2)


def _spread(words: Sequence[_Words], side: int, height: float) -> float:
    """Move words beside the map apart, in their order from the top; the width that they take."""
    beside = sorted((one for one in words if one.side == side), key=lambda one: one.outline.y)
    if not beside:
        return 0.0
    free = 0.0
    for one in beside:
        one.y = max(one.y, free)
        free = one.y + len(one.lines) * _LINE + 4
    free = height
    for one in reversed(beside):
        one.y = min(one.y, free - len(one.lines) * _LINE)
        free = one.y - 4
    return max(one.width for one in beside) + _LEAD


def _hatch() -> str:
    stripe = shape("rect", class_="cm-map__ground", width=10, height=10) + shape(
        "path", class_="cm-map__stripe", d="M0 0V10"
    )
    pattern = shape(
        "pattern", id=_HATCH, width=9, height=9, patternUnits="userSpaceOnUse", patternTransform="rotate(45) scale(2)"
    )
    return f"<defs>{pattern.removesuffix('/>')}>{stripe}</pattern></defs>"


def _area(place: MapPlace, outline: Outline) -> str:
    """The area itself: a second way to the link of its words, for those who point."""
    share = place.share
    is_stale = share.fresh.freshness is not Freshness.LIVE
    kind = "stale" if is_stale else {Band.RED: "red", Band.AMBER: "amber"}.get(share.band, "normal")
    path = shape(
        "path",
        d=outline.path,
        class_=f"cm-map__area cm-map__area--{kind}",
        fill=f"url(#{_HATCH})" if is_stale else None,
        fill_rule="evenodd",
    )
    return link(path, place.href, tabindex="-1", aria_hidden="true")


def _label(one: _Words, map_width: float, lang: str) -> str:
    x = one.outline.x if one.side == 0 else -_LEAD if one.side < 0 else map_width + _LEAD
    anchor, before = {0: ("middle", 0.5), -1: ("end", 1.0), 1: ("start", 0.0)}[one.side]
    left = x - one.width * before
    high = len(one.lines) * _LINE
    parts = [shape("rect", class_="cm-map__field", x=left - 3, y=one.y - 2, width=one.width + 6, height=high + 3, rx=3)]
    mark = _shape_of(one.place.share)
    for row, line in enumerate(one.lines):
        y, at = one.y + (row + 1) * _LINE - 4, x
        if mark and row == 1:
            marked = _MARK + 4
            start = x - (text_width(line) + marked) * before
            at = {0: x + marked / 2, -1: x, 1: x + marked}[one.side]
            where = f"translate({start:.1f} {y - 11:.1f}) scale({_MARK / 24:.3f})"
            parts.append(group(SHAPES[mark], class_="cm-mark", transform=where))
        kind = f"cm-map__line cm-map__line--{min(row, 2)}"
        parts.append(text(line, x=at, y=y, text_anchor=anchor, class_=kind))
    spoken = " ".join((*one.lines, "" if mark is None else _mark_words(one.place.share, lang))).strip()
    label = link("".join(parts), one.place.href, class_="cm-map__words", aria_label=spoken)
    return label if one.side == 0 else _lead(one, left) + label


def _lead(one: _Words, left: float) -> str:
    """The line from words beside the map to their area."""
    start = left + one.width + 3 if one.side < 0 else left - 3
    end = shape("circle", class_="cm-map__end", cx=one.outline.x, cy=one.outline.y, r=2.5)
    way = f"M{start:.1f} {one.y + _LINE:.1f}L{one.outline.x:.1f} {one.outline.y:.1f}"
    return shape("path", class_="cm-map__lead", d=way) + end


def _shape_of(share: Figure) -> str | None:
    if share.fresh.freshness is not Freshness.LIVE:
        return "stale"
    return {Band.RED: "red", Band.AMBER: "amber"}.get(share.band)


def _mark_words(share: Figure, lang: str) -> str:
    is_stale = share.fresh.freshness is not Freshness.LIVE
    return language.text("mark.late", lang) if is_stale else band_words(share.band, lang)


def _without_outline(places: Sequence[MapPlace], lang: str, zone: tzinfo) -> Element:
    items: list[Element | str] = [language.text("map.without", lang)]
    for place in places:
        items += [" ", html.A(place.name.text, href=place.href), " ", row_mark(place.share, lang), " "]
        items.append(number(place.share, lang, zone))
    return html.P(items, className="cm-legend")
