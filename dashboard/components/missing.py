"""What is shown where an address names nothing, and where a page cannot be drawn yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components import html
from dashboard.components.panel import away, nothing

if TYPE_CHECKING:
    from dashboard.components.html import Element
    from dashboard.views.asked import Asked


def missing_page(asked: Asked, what: str = "missing") -> Element:
    """Words, and the way back to the state's page.

    Args:
        asked: the request, for its language.
        what: texts of the language files that say what there is not: missing | application | office | department.
    """
    prefix = what if what == "missing" else f"missing.{what}"
    return html.Div(
        [
            html.H1(asked.text(f"{prefix}.title"), tabIndex="-1"),
            html.P(asked.text(f"{prefix}.text")),
            html.P(html.A(asked.text("missing.home"), href=asked.address.to("/").href)),
        ],
        className="cm-body cm-missing",
    )


def away_page(asked: Asked, title: str) -> Element:
    """The heading of a page that is drawn from the engine's answers alone, while it does not answer."""
    return _words(title, away(asked.lang))


def waiting_page(asked: Asked, title: str) -> Element:
    """The heading of a page that is drawn from values, before the first have come."""
    return _words(title, nothing("number.loading", asked.lang))


def _words(title: str, words: Element) -> Element:
    return html.Div([html.H1(title, tabIndex="-1"), words], className="cm-body")
