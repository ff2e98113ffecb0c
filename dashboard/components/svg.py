"""Inline SVG as a Dash component, drawn by assets/js/svg.js.

Dash has no SVG of its own; inline SVG takes its colours from the page's tokens, so it follows print, forced colours
and the theme, which a picture file would not. Markup is built from numbers and escaped text, never from foreign markup.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from dash.development.base_component import Component


class Svg(Component):
    """An inline drawing.

    Args:
        markup: inside of the svg element, made with `shape` and `text`.
        box: the viewBox, e.g. "0 0 84 26".
        label: what the drawing says, for those who do not see it; "" for a decoration beside its own text.
        className: CSS classes.
        stretch: whether the drawing is stretched to its box (lines) or keeps its proportions (marks).
        id: component id, if it needs one.
    """

    _children_props: list[str] = []  # noqa: RUF012 - Dash reads class attributes
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "cm_svg"
    _type = "Svg"

    def __init__(
        self,
        markup: str = "",
        *,
        box: str = "0 0 24 24",
        label: str = "",
        className: str = "",  # noqa: N803 - Dash's own spelling
        stretch: bool = False,
        id: str | None = None,  # noqa: A002 - Dash's own spelling
    ) -> None:
        self._prop_names = ["id", "markup", "box", "label", "className", "stretch"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        given: dict[str, Any] = {"markup": markup, "box": box}
        given |= {"label": label} if label else {}
        given |= {"className": className} if className else {}
        given |= {"stretch": stretch} if stretch else {}
        given |= {"id": id} if id else {}
        super().__init__(**given)  # type: ignore[no-untyped-call]


def shape(tag: str, **attributes: str | float | None) -> str:
    """One SVG element without content.

    Args:
        tag: element name.
        **attributes: `_` in a name becomes `-`; `class_` is `class`; None leaves the attribute out; numbers are written
            with at most two decimals.
    """
    written = " ".join(
        f"{name.rstrip('_').replace('_', '-')}={quoteattr(_plain(value))}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag} {written}/>"


def text(content: str, **attributes: str | float | None) -> str:
    """A text element with escaped content. Args as for `shape`."""
    opened = shape("text", **attributes).removesuffix("/>")
    return f"{opened}>{_escaped(content)}</text>"


def _plain(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _escaped(content: str) -> str:
    return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
