"""The panel "How this number is made": beside the page on a desk, over it on a phone; opened and closed by address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.explained import events_table, formula, half_year_figure, rules_list, value_line

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.views.explain import Explanation


def drawer(shown: Explanation, lang: str, zone: tzinfo, now: datetime) -> Element:
    """The panel.

    Args:
        shown: what it explains.
        lang: working language.
        zone: the state's.
        now: the engine's present instant.
    """
    title = language.text("explain.title", lang)
    parts: list[Element | None] = [
        html.Div(
            [
                html.H2(title, id="explain-title", tabIndex="-1"),
                html.A(language.text("explain.close", lang), href=shown.close_href, className="cm-drawer__close"),
            ],
            className="cm-drawer__head",
        ),
        html.P(f"{shown.where} · {shown.title}", className="cm-drawer__what"),
        value_line(shown, lang, zone),
        formula(shown, lang),
        half_year_figure(shown, lang),
        rules_list(shown, lang, zone, now),
        events_table(shown, lang, zone),
    ]
    acts = [html.A(language.text("explain.page", lang), href=shown.page_href)]
    if shown.list_link is not None:
        acts.insert(0, html.A(shown.list_link.text, href=shown.list_link.href))
    parts.append(html.P(acts, className="cm-drawer__acts"))
    return html.Aside(
        [part for part in parts if part is not None],
        className="cm-drawer",
        id="explain",
        **attrs(aria_labelledby="explain-title", data_explains=shown.figure.code, data_at=shown.figure.area),
    )
