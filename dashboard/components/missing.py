"""What is shown where an address names nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboard.views.asked import Asked


def missing_page(asked: Asked) -> Component:
    """Words, and the way back to the state's page."""
    return html.Div(
        [
            html.H1(asked.text("missing.title"), tabIndex="-1"),
            html.P(asked.text("missing.text")),
            html.P(html.A(asked.text("missing.home"), href=asked.address.to("/").href)),
        ],
        className="cm-body cm-missing",
    )
