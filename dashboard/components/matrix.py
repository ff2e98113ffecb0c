"""Indicators against places as a table: grey where nothing is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.number import figure_text, status_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.matrix import Matrix, MatrixCell, MatrixRow


def matrix_table(matrix: Matrix, caption: str, lang: str) -> Element:
    """The table.

    Args:
        matrix: what is in it.
        caption: its name.
        lang: working language.
    """
    places = (matrix.whole, *matrix.places)
    heads = [html.Th(language.text("indicators.head_name", lang), scope="col")]
    heads += [html.Th(html.A(place.text, href=place.href), scope="col", className="cm-c-up") for place in places]
    names = [place.text for place in places]
    return html.Table(
        [
            html.Caption(caption),
            html.Thead(html.Tr(heads)),
            html.Tbody([_row(row, names, lang) for row in matrix.rows]),
        ],
        className="cm-table cm-table--matrix",
    )


def _row(row: MatrixRow, names: Sequence[str], lang: str) -> Element:
    cells = [_cell(cell, name, lang) for cell, name in zip((row.whole, *row.cells), names, strict=True)]
    head = html.Th(html.A(row.name.text, href=row.name.href), scope="row")
    return html.Tr([head, *cells], **attrs(data_testid="matrix-row"))


def _cell(cell: MatrixCell, place: str, lang: str) -> Element:
    """A number with its mark; grey where nothing is wrong."""
    shown = cell.figure
    mark = status_mark(shown, lang)
    calm = "" if mark is not None else " cm-cell--calm"
    inside: html.Node = form.NOT_APPLICABLE
    if shown.value is not None or mark is not None:
        inside = [html.A([mark, html.Span(figure_text(shown))], href=cell.href, className="cm-cell")]
    return html.Td(inside, className=f"cm-n{calm}", **attrs(data_label=place))
