"""A long table of which a phone shows the first rows, and a link to all of them (`rows=all`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html

if TYPE_CHECKING:
    from dashboard.address import Address
    from dashboard.components.html import Element

#: As many rows a phone shows; assets/30-desk.css hides the rest of a folded table.
_UNFOLDED_ROWS: Final = 4


def folded(table: Element, rows: int, address: Address, lang: str) -> Element:
    """The table as it is, or folded for a phone.

    Args:
        table: a table, or what contains one.
        rows: of its body.
        address: of the page; with `rows=all` nothing is folded.
        lang: working language.
    """
    if rows <= _UNFOLDED_ROWS or address.get("rows") == "all":
        return table
    everything = language.text("list.all", lang, count=form.integer(rows))
    unfold = html.A(everything, href=address.but(rows="all").href, className="cm-fold__all")
    return html.Div([table, unfold], className="cm-fold")
