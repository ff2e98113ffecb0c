"""A tree of Dash html components as HTML text, for pages of thousands of elements.

Dash's renderer needs time that grows with the square of a page's elements (23 s of processor time for the 2,100 of the
state's page, docs/decisions/0006-pages-as-markup.md). So a page is composed of Dash's html components, written out
here, and travels as one prop of one component (dashboard/components/page.py).
Invariants: every text and every attribute value is escaped; links lead to this server only; an unknown prop is an error
and not dropped; the same tree always gives the same text.
"""

from __future__ import annotations

from html import escape
from typing import Any, Final

from dash.development.base_component import Component

from dashboard.components.svg import Svg
from dashboard.language import ENGLISH
from warehouse.errors import InternalError

_HTML: Final = "dash_html_components"
#: Props of Dash with another name in HTML; "" = means nothing there.
_RENAMED: Final = {
    "className": "class",
    "htmlFor": "for",
    "hrefLang": "hreflang",
    "tabIndex": "tabindex",
    "colSpan": "colspan",
    "rowSpan": "rowspan",
    "dateTime": "datetime",
    "disable_n_clicks": "",
    "children": "",
}
#: What Dash keeps in every component besides its props.
_OF_DASH: Final = frozenset(
    {"_prop_names", "_valid_wildcard_attributes", "available_properties", "available_wildcard_properties"}
)
_PLAIN: Final = frozenset({"id", "href", "title", "lang", "rel", "scope", "type", "role", "open", "hidden"})
#: Letters from here on are not Latin.
_OTHER_SCRIPTS: Final = "\u0370"
_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr"})


def markup(node: Any, lang: str = ENGLISH) -> str:
    """The HTML of a component tree, a text, a number, a list of them, or of nothing.

    Args:
        node: the tree.
        lang: language of the page. In another one than English an element of nothing but Latin words is marked as
            English: names that nobody has translated, codes.

    Raises:
        InternalError: a component, prop or link that this page language does not have.
    """
    if node is None or node is False:
        return ""
    if isinstance(node, (list, tuple)):
        return "".join(markup(one, lang) for one in node)
    if isinstance(node, Svg):
        return _drawing(node)
    if isinstance(node, Component):
        return _element(node, lang)
    return escape(str(node), quote=False)


def _element(node: Component, lang: str) -> str:
    if node._namespace != _HTML:
        raise InternalError(f"{node._namespace}.{node._type} cannot be written as markup; use html and Svg")
    # what was given, as to_plotly_json finds it by trying every prop that HTML has
    tag, props = node._type.lower(), {name: value for name, value in vars(node).items() if name not in _OF_DASH}
    if lang != ENGLISH and "lang" not in props and _is_english(props.get("children")):
        props = {**props, "lang": ENGLISH}
    opened = f"<{tag}{''.join(_attribute(name, value) for name, value in sorted(props.items()))}>"
    return opened if tag in _VOID else f"{opened}{markup(props.get('children'), lang)}</{tag}>"


def _is_english(content: Any) -> bool:
    """Whether a text has two Latin letters and no letter of another script; a unit or a mark has none."""
    if not isinstance(content, str):
        return False
    letters = [one for one in content if one.isalpha()]
    return len(letters) > 1 and all(one < _OTHER_SCRIPTS for one in letters)


def _attribute(name: str, value: Any) -> str:
    written = _RENAMED.get(name, name)
    if not written or value is None or value is False or value == "":
        return ""
    if name == "style":
        return f' style="{escape("; ".join(f"{_css(key)}: {part}" for key, part in value.items()))}"'
    if name not in _RENAMED and name not in _PLAIN and not name.startswith(("data-", "aria-")):
        raise InternalError(f"prop {name!r} has no place in markup; add it to dashboard/markup.py")
    if name == "href" and not str(value).startswith(("/", "#")):
        raise InternalError(f"a link leads away from this server: {value!r}")
    return f" {written}" if value is True else f' {written}="{escape(str(value))}"'


def _css(name: str) -> str:
    """A style name as CSS writes it: grid-column for gridColumn; custom properties stay as they are."""
    if name.startswith("--"):
        return name
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)


def _drawing(node: Svg) -> str:
    role = "group" if node.has_links else "img"
    spoken = f'role="{role}" aria-label="{escape(node.label)}"' if node.label else 'aria-hidden="true"'
    stretch = ' preserveAspectRatio="none"' if node.stretch else ""
    name = f' class="{escape(node.className)}"' if node.className else ""
    return f'<svg{name} viewBox="{node.box}"{stretch} {spoken} focusable="false">{node.markup}</svg>'
