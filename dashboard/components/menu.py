"""A menu of links behind a button: native details and summary, so that it works with keyboard and without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components import html
from dashboard.components.attribute import attrs

if TYPE_CHECKING:
    from datetime import date

    from dashboard.components.html import Element
    from dashboard.views.control import Choice, Days


def menu(choice: Choice) -> Element:
    """A choice as a menu; each option is a link."""
    links = html.Ul(
        [
            html.Li(html.A(option.text, href=option.href, **attrs(aria_current="true" if option.chosen else None)))
            for option in choice.options
        ]
    )
    return html.Details(
        [
            html.Summary([html.Span(f"{choice.label} ", className="cm-menu__label"), html.B(choice.value)]),
            html.Div([links, *([] if choice.days is None else [_days(choice.days)])], className="cm-menu__list"),
        ],
        className=f"cm-menu cm-menu--{choice.name}",
    )


def _days(days: Days) -> Element:
    """Two days and a button; assets/js/desk.js makes an address of them."""

    def field(name: str, day: date) -> Element:
        value, latest = day.isoformat(), days.latest.isoformat()
        return html.Label(
            [html.Span(days.words[name]), html.Input(type="date", name=name, value=value, max=latest, required=True)]
        )

    inside = [field("from", days.begin), field("until", days.end), html.Button(days.words["show"], type="submit")]
    return html.Form([*inside, html.P(days.note)], className="cm-menu__days")
