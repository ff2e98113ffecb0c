"""What narrows a page, as chips that take it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.place import Link


def chips(filters: Sequence[Link], lang: str) -> Element | None:
    """A line of chips; None when nothing narrows the page.

    Args:
        filters: each with the link to the page without it.
        lang: working language.
    """
    if not filters:
        return None
    return html.P(
        [
            html.Span(language.text("breaches.only", lang)),
            *(
                html.A(
                    [one.text, html.Span("×", **attrs(aria_hidden="true"))],
                    href=one.href,
                    className="cm-chip",
                    **attrs(aria_label=language.text("breaches.without", lang, name=one.text)),
                )
                for one in filters
            ),
        ],
        className="cm-chips",
    )
