"""Inline SVG, written out by dashboard/markup.py.

Inline SVG takes its colours from the page's tokens, so it follows print, forced colours and the theme, which a picture
file would not. Its markup is built here from numbers and escaped text, never from foreign markup.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from dashboard.components.html import Element
from warehouse.errors import InternalError


class Svg(Element):
    """An inline drawing.

    Attributes:
        markup: inside of the svg element, made with `shape` and `text`.
        box: the viewBox, e.g. "0 0 84 26".
        label: what the drawing says, for those who do not see it; "" for a decoration beside its own text.
        has_links: whether it is a group of links with texts of their own and not one picture.
        className: CSS classes.
        stretch: whether the drawing is stretched to its box (lines) or keeps its proportions (marks).
    """

    __slots__ = ("box", "className", "has_links", "label", "markup", "stretch")

    def __init__(
        self,
        markup: str = "",
        *,
        box: str = "0 0 24 24",
        label: str = "",
        className: str = "",  # noqa: N803 - Dash's own spelling
        stretch: bool = False,
        has_links: bool = False,
    ) -> None:
        super().__init__("svg")
        self.markup, self.box, self.label = markup, box, label
        self.className, self.stretch, self.has_links = className, stretch, has_links


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


def title(content: str) -> str:
    """What a pointer is told about the element that this stands in. Args: the words."""
    return f"<title>{_escaped(content)}</title>"


def group(content: str, **attributes: str | float | None) -> str:
    """Elements together, moved or styled as one. Args: their markup, and attributes as for `shape`."""
    return f"{shape('g', **attributes).removesuffix('/>')}>{content}</g>"


def link(content: str, href: str, **attributes: str | float | None) -> str:
    """A link round elements. Args: their markup, an address of this server, and further attributes as for `shape`.

    Raises:
        InternalError: the link leads away from this server.
    """
    if not href.startswith("/") or href.startswith("//"):
        raise InternalError(f"a link leads away from this server: {href!r}")
    return f"{shape('a', href=href, **attributes).removesuffix('/>')}>{content}</a>"


def _plain(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _escaped(content: str) -> str:
    return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
