"""A titled box of a page, and the words in it where there is nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.html import Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.views.place import Link, Name


def panel(
    title: str,
    content: Element | Sequence[Element],
    *,
    note: str = "",
    link: Link | None = None,
    files: Sequence[Link] = (),
    name: str = "",
) -> Element:
    """A box with a heading.

    Args:
        title: heading.
        content: inside.
        note: small words beside the heading.
        link: at the right of the heading.
        files: beside it: what is in the box as files.
        name: a CSS class of its own.
    """
    heading: list[Element | str] = [title]
    if note:
        heading.append(html.Span(note, className="cm-panel__note"))
    head: list[Element] = [html.H2(heading)]
    if link is not None:
        head.append(html.A(link.text, href=link.href, className="cm-panel__link"))
    if files:
        links = [piece for one in files for piece in (html.A(one.text, href=one.href), " ")]
        head.append(html.Span(links, className="cm-panel__link cm-panel__files"))
    inside: list[Element] = [content] if isinstance(content, Element) else list(content)
    return html.Section([html.Div(head, className="cm-panel__head"), *inside], className=f"cm-panel {name}".strip())


def nothing(key: str, lang: str) -> Element:
    """Words where a box has nothing to show: none is a fact, not a blank."""
    return html.P(language.text(key, lang), className="cm-nothing")


def away(lang: str) -> Element:
    """Words where a list cannot be had because the engine does not answer."""
    return nothing("number.engine_away", lang)


def both_languages(name: Name) -> list[Element | str]:
    """A name with its echo in the other language."""
    if not name.echo:
        return [name.text]
    return [name.text, " ", html.Span(name.echo, lang=name.echo_lang, className="cm-echo")]
