"""A tree of elements as HTML text, for pages of thousands of elements.

Dash's renderer needs time that grows with the square of a page's elements (23 s of processor time for the 2,100 of the
state's page, docs/decisions/0006-pages-as-markup.md). So a page is composed of elements (dashboard/components/html.py),
written out here, and travels as one prop of one component (dashboard/components/page.py).
Invariants: every text and every attribute value is escaped; links lead to this server only; an unknown prop is an error
and not dropped; the same tree always gives the same text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any, Final

from dashboard.components.html import Element
from dashboard.components.svg import Svg
from dashboard.language import ENGLISH
from warehouse.errors import InternalError

#: Props of Dash with another name in HTML.
_RENAMED: Final = {
    "className": "class",
    "htmlFor": "for",
    "hrefLang": "hreflang",
    "tabIndex": "tabindex",
    "colSpan": "colspan",
    "rowSpan": "rowspan",
    "dateTime": "datetime",
}
_PLAIN: Final = frozenset(
    {
        *("id", "href", "title", "lang", "rel", "scope", "style", "type", "role", "open", "hidden"),
        *("action", "method", "name", "value", "checked", "required", "autocomplete", "maxlength", "max"),
    }
)
#: Letters from here on are not Latin.
_OTHER_SCRIPTS: Final = "\u0370"
_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr"})


def markup(node: Any, lang: str = ENGLISH) -> str:
    """The HTML of an element, a text, a number, a list of them, or of nothing.

    Args:
        node: the tree.
        lang: language of the page. In another one than English an element of nothing but Latin words is marked as
            English: names that nobody has translated, codes.

    Raises:
        InternalError: a component, prop or link that this page language does not have.
    """
    parts: list[str] = []
    _write(node, lang != ENGLISH, parts.append)
    return "".join(parts)


def _write(node: Any, marks_english: bool, put: Callable[[str], None]) -> None:
    if isinstance(node, str):
        put(escape(node, quote=False))
    elif isinstance(node, Svg):
        put(_drawing(node))
    elif isinstance(node, Element):
        _write_element(node, marks_english, put)
    elif isinstance(node, (list, tuple)):
        for one in node:
            _write(one, marks_english, put)
    elif isinstance(node, (int, float)) and node is not False:
        put(str(node))
    elif node is not None and node is not False:
        raise InternalError(f"{type(node).__name__} cannot be written as markup; use html and Svg")


def _write_element(node: Element, marks_english: bool, put: Callable[[str], None]) -> None:
    props = node.props
    if marks_english and "lang" not in props and _is_english(node.children):
        props = {**props, "lang": ENGLISH}
    put(f"<{node.tag}")
    for name, value in sorted(props.items()):
        if value is not None and value is not False and value != "":
            put(_attribute(name, value))
    put(">")
    if node.tag not in _VOID:
        _write(node.children, marks_english, put)
        put(f"</{node.tag}>")


def _is_english(content: Any) -> bool:
    """Whether a text has two Latin letters and no letter of another script; a unit or a mark has none."""
    if not isinstance(content, str):
        return False
    letters = [one for one in content if one.isalpha()]
    return len(letters) > 1 and all(one < _OTHER_SCRIPTS for one in letters)


def _attribute(name: str, value: Any) -> str:
    written = _written(name)
    if name in {"href", "action"} and not str(value).startswith(("/", "#")):
        raise InternalError(f"a link leads away from this server: {value!r}")
    if name == "style":
        value = "; ".join(f"{_css(key)}: {part}" for key, part in value.items())
    return f" {written}" if value is True else f' {written}="{escape(str(value))}"'


@cache
def _written(name: str) -> str:
    """A prop's name in HTML."""
    if name not in _RENAMED and name not in _PLAIN and not name.startswith(("data-", "aria-")):
        raise InternalError(f"prop {name!r} has no place in markup; add it to dashboard/markup.py")
    return _RENAMED.get(name, name)


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
