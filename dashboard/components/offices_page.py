"""The body of the page of all offices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.chips import chips
from dashboard.components.heading import heading
from dashboard.components.office_table import office_legend, office_table
from dashboard.components.pages import pages_nav, where_in
from dashboard.components.panel import away, nothing, panel
from dashboard.views.place import Link, Name

if TYPE_CHECKING:
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.office_list import OfficeListView


def offices_page(view: OfficeListView, title: Name, here: Link, zone: tzinfo) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        here: the place, with the link to its page.
        zone: the state's.
    """
    head = heading(title, (*view.place.crumbs, here), Name(title.text), view.lang, choices=view.choices)
    parts = (head, chips(view.filters, view.lang), _list(view, zone))
    return html.Div([part for part in parts if part is not None], className="cm-body")


def _list(view: OfficeListView, zone: tzinfo) -> Element:
    lang = view.lang
    title = language.text("offices.order", lang)
    if view.rows is None:
        return panel(title, away(lang))
    if not view.rows:
        return panel(title, nothing("breaches.none", lang))
    like = view.like
    words = language.text("offices.like", lang, count=like.offices) if like.overdue_pct is not None else ""
    table = office_table(view.rows, "office", title, lang, zone, like=like)
    inside = [table, office_legend(lang, words), pages_nav(view.pager, lang)]
    return panel(
        title, inside, note=f"{where_in(view.pager, lang)} · {language.text('table.note', lang)}", files=view.files
    )
