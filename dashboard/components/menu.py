"""A menu of links behind a button: native details and summary, so that it works with keyboard and without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboard.components.attribute import attrs

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboard.views.control import Choice


def menu(choice: Choice) -> Component:
    """A choice as a menu; each option is a link."""
    return html.Details(
        [
            html.Summary([html.Span(f"{choice.label} ", className="cm-menu__label"), html.B(choice.value)]),
            html.Ul(
                [
                    html.Li(
                        html.A(option.text, href=option.href, **attrs(aria_current="true" if option.chosen else None))
                    )
                    for option in choice.options
                ],
                className="cm-menu__list",
            ),
        ],
        className=f"cm-menu cm-menu--{choice.name}",
    )
