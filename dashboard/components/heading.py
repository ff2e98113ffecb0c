"""Breadcrumb, the page's one heading in both languages, and the menus beside it; on paper what they were set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.menu import menu
from dashboard.components.panel import both_languages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.control import Choice
    from dashboard.views.place import Link, Name


def heading(
    title: Name,
    crumbs: Sequence[Link],
    here: Name,
    lang: str,
    *,
    choices: Sequence[Choice] = (),
    actions: Sequence[Element] = (),
) -> Element:
    """The head of a page's body.

    Args:
        title: the page's heading.
        crumbs: pages above this one.
        here: this page's own name at the end of the crumbs.
        lang: working language.
        choices: menus.
        actions: further controls, after the menus.
    """
    way = [html.Li(html.A(crumb.text, href=crumb.href)) for crumb in crumbs]
    way.append(html.Li(html.Span(here.text, **attrs(aria_current="page"))))
    where = html.Nav(html.Ol(way), className="cm-crumbs", **attrs(aria_label=language.text("shell.crumbs", lang)))
    return html.Div(
        [
            where,
            html.Div(
                [
                    html.H1(both_languages(title), tabIndex="-1"),
                    html.Div([*(menu(choice) for choice in choices), *actions], className="cm-controls"),
                ],
                className="cm-head__row",
            ),
            html.P(" · ".join(f"{one.label}: {one.value}" for one in choices), className="cm-printed")
            if choices
            else None,
        ],
        className="cm-head",
    )
