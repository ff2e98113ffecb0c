"""A chart with the words that it cannot do without: its finding, its measure, and a key to every mark in it.

Screens and paper show the same one: what is drawn is drawn once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.components import html
from dashboard.components.svg import Svg, shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element

#: Size of the mark beside the words of a key, in pixels.
_W: Final = 18
_H: Final = 12


@dataclass(frozen=True, slots=True)
class Key:
    """What one kind of mark in a chart means.

    Attributes:
        words: what it means.
        mark: how it looks; None for words about the whole chart.
    """

    words: str
    mark: Svg | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and its words.

    Attributes:
        title: the finding, or what it shows.
        note: small words behind the title; "" for none.
        drawing: the chart itself.
        keys: what its marks mean.
    """

    title: str
    note: str
    drawing: Svg
    keys: tuple[Key, ...] = ()


def line_key(name: str, words: str) -> Key:
    """The key of a line. Args: CSS class of the line in the chart; what it means."""
    return _key(shape("path", class_=name, d=f"M0 {_H / 2}H{_W}"), words)


def area_key(name: str, words: str) -> Key:
    """The key of an area. Args: CSS class of the area in the chart; what it means."""
    return _key(shape("rect", class_=name, x=0.5, y=2, width=_W - 1, height=_H - 4), words)


def dot_key(name: str, words: str, radius: float) -> Key:
    """The key of a dot. Args: CSS class of the dot in the chart; what it means; radius in the chart, in pixels."""
    return _key(shape("circle", class_=name, cx=_W / 2, cy=_H / 2, r=radius), words)


def legend(keys: Sequence[Key]) -> Element:
    """The keys below a chart of a screen."""
    return html.P([html.Span([one.mark, one.words]) for one in keys], className="cm-legend")


def _key(markup: str, words: str) -> Key:
    return Key(words, Svg(markup, box=f"0 0 {_W} {_H}", className="cm-key"))
