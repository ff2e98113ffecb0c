"""Which part of a long list is shown, and the ways to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs

if TYPE_CHECKING:
    from dashboard.components.html import Element
    from dashboard.views.pager import Pager


def where_in(pager: Pager, lang: str) -> str:
    """Which rows of how many are shown. Args: as for `pages_nav`."""
    return language.text(
        "breaches.where",
        lang,
        first=form.integer(pager.first),
        last=form.integer(pager.last),
        of=form.integer(pager.of),
    )


def pages_nav(pager: Pager, lang: str) -> Element:
    """Links to the page before and the page after.

    Args:
        pager: where in the list this page is.
        lang: working language.
    """
    before, after = language.text("breaches.before", lang), language.text("breaches.after", lang)
    return html.Nav(
        [
            html.A(before, href=pager.before_href, rel="prev") if pager.before_href else html.Span(before),
            html.Span(where_in(pager, lang), className="cm-pages__where"),
            html.A(after, href=pager.after_href, rel="next") if pager.after_href else html.Span(after),
        ],
        className="cm-pages",
        **attrs(aria_label=language.text("breaches.pages", lang)),
    )
