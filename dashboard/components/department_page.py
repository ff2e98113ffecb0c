"""The bodies of the pages of all departments and of one department."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.heading import heading
from dashboard.components.mark import band_mark, stale_mark
from dashboard.components.matrix import matrix_table
from dashboard.components.number import number
from dashboard.components.panel import nothing, panel
from dashboard.views.place import Link, Name
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.department import Counts, DepartmentRow, DepartmentsView, DepartmentView

_STANDS = ("red", "amber", "stale", "normal")


def departments_page(view: DepartmentsView, title: Name, home: Link, lang: str, zone: tzinfo) -> Element:
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
        *_counts(view.total, view.hrefs, lang),
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
    body = panel(caption, table, note=language.text("departments.list_note", lang), files=view.files)
    return html.Div([heading(title, (home,), title, lang), body], className="cm-body")


def _department(row: DepartmentRow, lang: str, zone: tzinfo) -> Element:
    worst: html.Node = form.NOT_APPLICABLE
    if row.worst is not None and row.figure is not None:
        worst = [html.A(row.worst.text, href=row.worst.href), " ", number(row.figure, lang, zone, href=row.worst.href)]
    label = attrs(data_label=language.text("departments.worst", lang))
    return html.Tr(
        [
            html.Th(html.A(row.name.text, href=row.name.href, className="cm-place"), scope="row"),
            *_counts(row.counts, row.hrefs, lang),
            html.Td(worst, className="cm-c-most", **label),
        ],
        **attrs(data_testid="department-row"),
    )


def _counts(counts: Counts, hrefs: Mapping[str, str], lang: str) -> list[Element]:
    return [
        html.Td(
            _count(getattr(counts, name), hrefs.get(name, "")),
            className="cm-n",
            **attrs(data_label=language.text(f"departments.{name}", lang)),
        )
        for name in _STANDS
    ]


def _count(count: int, href: str) -> html.Node:
    """A count that leads to what it counts; what is none, or normal, leads nowhere."""
    digits = form.integer(count)
    return html.B(html.A(digits, href=href, className="cm-num__link")) if count and href else digits


def _mark(name: str) -> Element | None:
    if name == "stale":
        return html.Span([stale_mark(), " "])
    band = {"red": Band.RED, "amber": Band.AMBER}.get(name)
    return None if band is None else html.Span([band_mark(band), " "])


def department_page(view: DepartmentView, crumbs: Sequence[Link], zone: tzinfo) -> Element:
    """The body of one department's page.

    Args:
        view: what is on it.
        crumbs: pages above.
        zone: the state's.
    """
    lang = view.lang
    title = language.text("departments.matrix", lang, places=view.level_words.lower())
    link = Link(language.text("departments.all_indicators", lang), view.all_href)
    if not view.matrix.rows:
        words = "attention.none_known" if view.counts.stale else "attention.none"
        body = panel(title, nothing(words, lang), link=link)
    else:
        words = language.text("departments.rest", lang, more=form.integer(view.more), calm=form.integer(view.calm))
        inside = [
            html.Div(matrix_table(view.matrix, title, lang), className="cm-table-box"),
            html.P(words, className="cm-legend"),
        ]
        body = panel(title, inside, note=language.text("departments.matrix_note", lang), link=link)
    return html.Div([heading(view.name, crumbs, view.name, lang), _numbers(view), body], className="cm-body")


def _numbers(view: DepartmentView) -> Element:
    return html.Ul(
        [
            html.Li(
                html.Div(
                    [
                        html.Span(language.text(f"departments.{name}", view.lang), className="cm-kpi__label"),
                        html.Span(
                            [_mark(name), html.B(_count(getattr(view.counts, name), view.hrefs.get(name, "")))],
                            className="cm-kpi__value",
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
