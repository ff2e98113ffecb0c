"""A menu of links behind a button: native details and summary, so that it works with keyboard and without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components import html
from dashboard.components.attribute import attrs

if TYPE_CHECKING:
    from dashboard.components.html import Element
    from dashboard.views.control import Choice


def menu(choice: Choice) -> Element:
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
