"""Marks: red diamond, amber triangle, stale clock, cleared ring, arrows. Every mark is a shape first, a colour second.

Drawn on a 24-unit square; colours are tokens (assets/00-tokens.css), so both themes, print and forced colours hold.
The wall draws the same shapes from assets/js/mark.js; a test compares the two.

Source: shared design guide, sections 1.3 (three codes for every mark) and 5 (white ring round the wall's red diamond).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.components.svg import Svg, shape
from warehouse.value import Band

if TYPE_CHECKING:
    from dashboard.format import Direction

_RED: Final = shape("path", class_="cm-mark__red", d="M12 1.4 22.6 12 12 22.6 1.4 12Z")
_AMBER: Final = shape("path", class_="cm-mark__amber", d="M12 2.6 22.6 21.4H1.4Z")
_NORMAL: Final = shape("circle", class_="cm-mark__normal", cx=12, cy=12, r=4)
_STALE: Final = shape("circle", class_="cm-mark__stale-ring", cx=12, cy=12, r=9.6) + shape(
    "path", class_="cm-mark__stale-hands", d="M12 6.8V12l3.6 2.6"
)
_CLEARED: Final = shape("circle", class_="cm-mark__cleared", cx=12, cy=12, r=9.2)
_ARROWS: Final = {
    "up": shape("path", class_="cm-mark__arrow", d="M12 21V5M5 11.5 12 4.5l7 7"),
    "down": shape("path", class_="cm-mark__arrow", d="M12 3v16M5 12.5l7 7 7-7"),
    "same": shape("path", class_="cm-mark__arrow", d="M4 12h16"),
}
#: Inside of every mark by name, for tests and for drawings that place marks themselves.
SHAPES: Final[dict[str, str]] = {
    "red": _RED,
    "amber": _AMBER,
    "normal": _NORMAL,
    "stale": _STALE,
    "cleared": _CLEARED,
    **_ARROWS,
}


def band_mark(band: Band, label: str = "") -> Svg | None:
    """The mark of a band; None where nothing is marked (normal and unbanded stay grey and silent).

    Args:
        band: of the value.
        label: what it says in words, e.g. "Red: 15 % or more"; "" when the words stand beside it.
    """
    if band is Band.RED:
        return Svg(_RED, label=label, className="cm-mark cm-mark--red")
    if band is Band.AMBER:
        return Svg(_AMBER, label=label, className="cm-mark cm-mark--amber")
    return None


def normal_mark(label: str = "") -> Svg:
    """Small grey dot, for matrices in which every field carries a mark. Args as for `band_mark`."""
    return Svg(_NORMAL, label=label, className="cm-mark cm-mark--normal")


def stale_mark(label: str = "") -> Svg:
    """Dashed clock: do not take this figure for the present. Args as for `band_mark`."""
    return Svg(_STALE, label=label, className="cm-mark cm-mark--stale")


def cleared_mark(label: str = "") -> Svg:
    """Ring: was red or amber, is no more. Args as for `band_mark`."""
    return Svg(_CLEARED, label=label, className="cm-mark cm-mark--cleared")


def arrow_mark(direction: Direction, label: str = "") -> Svg:
    """Line arrow of a change; the number beside it has no sign.

    Args:
        direction: up, down or same.
        label: the change in words for those who do not see it, e.g. "up 58".
    """
    return Svg(_ARROWS[direction], label=label, className="cm-mark cm-mark--arrow")
