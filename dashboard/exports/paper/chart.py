"""A chart of a screen as paper takes it: its shapes as SVG with colours of their own, its letters apart from them.

The letters are apart because the SVG reader of typst does not join Malayalam and Devanagari, and typst itself does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from dashboard.exports.paper.stylesheet import screens

if TYPE_CHECKING:
    from dashboard.components.legend import Chart
    from dashboard.components.svg import Svg
    from dashboard.exports.paper.stylesheet import Names

_SVG: Final = "http://www.w3.org/2000/svg"
_NO_PAINT: Final = "none"
#: What an element is on a screen beside a shape: said to readers, opened by a click.
_ONLY_ON_SCREENS: Final = ("class", "href", "role", "aria-label")


def chart_data(chart: Chart) -> dict[str, Any]:
    """A chart as the template table.typ takes it."""
    return {
        "title": chart.title,
        "note": chart.note,
        "drawing": drawing_data(chart.drawing),
        "keys": [
            {"words": key.words, "drawing": None if key.mark is None else drawing_data(key.mark)} for key in chart.keys
        ],
    }


def drawing_data(drawing: Svg) -> dict[str, Any]:
    """A drawing.

    Returns:
        svg: its shapes; width and height in its own units; label: what it says; texts: each with `text`, `x` and `y` of
        its base line, `anchor` (start, middle, end), `size`, `bold`, `fill`, and `ground`, the colour that keeps lines
        off it, or None.
    """
    root = ET.fromstring(f"<svg>{drawing.markup}</svg>")  # noqa: S314 - made by our own components of escaped text
    root.set("class", drawing.className)
    texts: list[dict[str, Any]] = []
    _resolve(root, (_names(root),), texts)
    root.set("xmlns", _SVG)
    root.set("viewBox", drawing.box)
    _, _, width, height = map(float, drawing.box.split())
    svg = ET.tostring(root, encoding="unicode")
    return {"svg": svg, "width": width, "height": height, "label": drawing.label, "texts": texts}


def _resolve(parent: ET.Element, way: tuple[Names, ...], texts: list[dict[str, Any]]) -> None:
    """Give every shape its colours; move letters to `texts`."""
    for one in list(parent):
        inside = (*way, _names(one))
        paint = screens().paint(inside)
        if one.tag == "title":
            parent.remove(one)
        elif one.tag == "text":
            parent.remove(one)
            texts.append(_text(one, paint))
        else:
            one.attrib.update(paint)
            _resolve(one, inside, texts)
    for name in _ONLY_ON_SCREENS:
        parent.attrib.pop(name, None)


def _names(one: ET.Element) -> Names:
    return frozenset({one.tag, *(f".{name}" for name in one.get("class", "").split())})


def _text(one: ET.Element, paint: dict[str, str]) -> dict[str, Any]:
    ground = paint.get("stroke", _NO_PAINT)
    return {
        "text": one.text or "",
        "x": float(one.attrib["x"]),
        "y": float(one.attrib["y"]),
        "anchor": paint.get("text-anchor", "start"),
        "size": float(paint["font-size"]),
        "bold": paint.get("font-weight") == "700",
        "fill": paint["fill"],
        "ground": None if ground == _NO_PAINT else ground,
    }
