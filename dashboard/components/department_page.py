"""The bodies of the pages of all departments and of one department."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboard import format as form
from dashboard import language
from dashboard.components.attribute import attrs
from dashboard.components.heading import heading
from dashboard.components.mark import band_mark, stale_mark
from dashboard.components.number import figure_text, number, status_mark
from dashboard.components.panel import nothing, panel
from dashboard.views.place import Link, Name
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dash.development.base_component import Component

    from dashboard.components.attribute import Children
    from dashboard.views.department import Counts, DepartmentRow, DepartmentsView, DepartmentView, MatrixCell, MatrixRow

_STANDS = ("red", "amber", "stale", "normal")


def departments_page(view: DepartmentsView, title: Name, home: Link, lang: str, zone: tzinfo) -> Component:
    """The body of the list.

    Args:
        view: what is on it.
        title: heading in both languages.
        home: first crumb.
        lang: working language.
        zone: the state's.
    """
    caption = language.text("departments.list", lang)
    heads = [html.Th(language.text("table.department", lang), scope="col")]
    heads += [
        html.Th([_mark(name), language.text(f"departments.{name}", lang)], scope="col", className="cm-n")
        for name in _STANDS
    ]
    heads.append(html.Th(language.text("departments.worst", lang), scope="col", className="cm-c-most"))
    total = [
        html.Th(html.B(language.text("control.all_departments", lang)), scope="row"),
        *_counts(view.total, lang),
        html.Td(""),
    ]
    table = html.Table(
        [
            html.Caption(caption),
            html.Thead(html.Tr(heads)),
            html.Tbody([_department(row, lang, zone) for row in view.rows]),
            html.Tfoot(html.Tr(total)),
        ],
        className="cm-table cm-table--standing",
    )
    body = panel(caption, table, note=language.text("departments.list_note", lang))
    return html.Div([heading(title, (home,), title, lang), body], className="cm-body")


def _department(row: DepartmentRow, lang: str, zone: tzinfo) -> Component:
    worst: Children = form.NOT_APPLICABLE
    if row.worst is not None and row.figure is not None:
        worst = [html.A(row.worst.text, href=row.worst.href), " ", number(row.figure, lang, zone)]
    label = attrs(data_label=language.text("departments.worst", lang))
    return html.Tr(
        [
            html.Th(html.A(row.name.text, href=row.name.href, className="cm-place"), scope="row"),
            *_counts(row.counts, lang),
            html.Td(worst, className="cm-c-most", **label),
        ],
        **attrs(data_testid="department-row"),
    )


def _counts(counts: Counts, lang: str) -> list[Component]:
    return [
        html.Td(
            html.B(form.integer(count))
            if (count := getattr(counts, name)) and name != "normal"
            else form.integer(count),
            className="cm-n",
            **attrs(data_label=language.text(f"departments.{name}", lang)),
        )
        for name in _STANDS
    ]


def _mark(name: str) -> Component | None:
    if name == "stale":
        return html.Span([stale_mark(), " "])
    band = {"red": Band.RED, "amber": Band.AMBER}.get(name)
    return None if band is None else html.Span([band_mark(band), " "])


def department_page(view: DepartmentView, crumbs: Sequence[Link], zone: tzinfo) -> Component:
    """The body of one department's page.

    Args:
        view: what is on it.
        crumbs: pages above.
        zone: the state's.
    """
    lang = view.lang
    title = language.text("departments.matrix", lang, places=view.level_words.lower())
    link = Link(language.text("departments.all_indicators", lang), view.all_href)
    if not view.rows:
        body = panel(title, nothing("attention.none", lang), link=link)
    else:
        words = language.text("departments.rest", lang, more=form.integer(view.more), calm=form.integer(view.calm))
        inside = [html.Div(_matrix(view, title), className="cm-table-box"), html.P(words, className="cm-legend")]
        body = panel(title, inside, note=language.text("departments.matrix_note", lang), link=link)
    return html.Div([heading(view.name, crumbs, view.name, lang), _numbers(view), body], className="cm-body")


def _numbers(view: DepartmentView) -> Component:
    return html.Ul(
        [
            html.Li(
                html.Div(
                    [
                        html.Span(language.text(f"departments.{name}", view.lang), className="cm-kpi__label"),
                        html.Span(
                            [_mark(name), html.B(form.integer(getattr(view.counts, name)))], className="cm-kpi__value"
                        ),
                        html.Span(language.text("departments.in_state", view.lang), className="cm-kpi__note"),
                    ],
                    className="cm-kpi",
                ),
                **attrs(data_testid=f"count-{name}"),
            )
            for name in _STANDS
        ],
        className="cm-kpis cm-kpis--stands",
    )


def _matrix(view: DepartmentView, caption: str) -> Component:
    lang = view.lang
    heads = [html.Th(language.text("indicators.head_name", lang), scope="col")]
    heads += [
        html.Th(html.A(place.text, href=place.href), scope="col", className="cm-c-up")
        for place in (view.state, *view.places)
    ]
    names = [place.text for place in (view.state, *view.places)]
    return html.Table(
        [
            html.Caption(caption),
            html.Thead(html.Tr(heads)),
            html.Tbody([_matrix_row(row, names, lang) for row in view.rows]),
        ],
        className="cm-table cm-table--matrix",
    )


def _matrix_row(row: MatrixRow, names: Sequence[str], lang: str) -> Component:
    cells = [_matrix_cell(cell, name, lang) for cell, name in zip((row.state, *row.cells), names, strict=True)]
    head = html.Th(html.A(row.name.text, href=row.name.href), scope="row")
    return html.Tr([head, *cells], **attrs(data_testid="matrix-row"))


def _matrix_cell(cell: MatrixCell, place: str, lang: str) -> Component:
    """A number with its mark; grey where nothing is wrong."""
    shown = cell.figure
    mark = status_mark(shown, lang)
    calm = "" if mark is not None else " cm-cell--calm"
    inside: Children = form.NOT_APPLICABLE
    if shown.value is not None or mark is not None:
        inside = [html.A([mark, html.Span(figure_text(shown))], href=cell.href, className="cm-cell")]
    return html.Td(inside, className=f"cm-n{calm}", **attrs(data_label=place))
