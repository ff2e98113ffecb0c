"""The body of an office's page: its numbers against what is usual, offices like it, seats, services, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.case_table import case_table
from dashboard.components.chips import chips
from dashboard.components.heading import heading
from dashboard.components.number import days, number, status_mark
from dashboard.components.office_table import office_legend, office_table
from dashboard.components.panel import nothing, panel
from dashboard.components.step_times import step_times_panel
from dashboard.views.place import Link

if TYPE_CHECKING:
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.figure import Figure
    from dashboard.views.office import OfficeView


def office_page(view: OfficeView, zone: tzinfo) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        zone: the state's.
    """
    lang = view.lang
    parts: list[Element | None] = [
        heading(view.name, view.crumbs, view.name, lang, choices=view.choices),
        chips(view.filters, lang),
        _numbers(view, zone),
        _near(view, zone),
        _table("offices.seats", "seat", view, zone),
        _table("offices.services", "service", view, zone),
        _steps(view, zone),
        _cases(view, zone),
    ]
    return html.Div([part for part in parts if part is not None], className="cm-body")


def _steps(view: OfficeView, zone: tzinfo) -> Element | None:
    if view.step_times is None:
        return None
    return step_times_panel(view.step_times, view.own.share, view.lang, zone, view.step_files)


def _numbers(view: OfficeView, zone: tzinfo) -> Element:
    lang, own, like = view.lang, view.own, view.like
    share_words: list[html.Node] = [
        _usual(like.overdue_pct, lang),
        " ",
        html.A(language.text("offices.how", lang), href=view.definition_href),
    ]
    return html.Ul(
        [
            _fact("measure.open", [_linked(own.work.open, view.list_href)], "", lang),
            _fact("measure.overdue", [_linked(own.work.overdue, own.overdue_href)], "", lang),
            _fact("table.share", _marked(own.share, lang, zone), share_words, lang),
            _fact("measure.due_48h", [_linked(own.work.due_48h, own.due_href)], "", lang),
            _fact("measure.in_time_share", _marked(own.in_time, lang, zone), _in_time(view), lang),
            _fact("table.oldest", [html.B(days(own.oldest_days, lang))], language.text("offices.past", lang), lang),
        ],
        className="cm-kpis",
    )


def _fact(label: str, value: list[Element | None], note: html.Node, lang: str) -> Element:
    return html.Li(
        html.Div(
            [
                html.Span(language.text(label, lang), className="cm-kpi__label"),
                html.Span([one for one in value if one is not None], className="cm-kpi__value"),
                html.Span(note, className="cm-kpi__note"),
            ],
            className="cm-kpi",
        )
    )


def _linked(count: int, href: str) -> Element:
    digits = html.B(form.integer(count))
    return html.A(digits, href=href, className="cm-num__link") if count and href else digits


def _marked(shown: Figure, lang: str, zone: tzinfo) -> list[Element | None]:
    return [status_mark(shown, lang), html.B(number(shown, lang, zone))]


def _usual(value: float | None, lang: str) -> str:
    if value is None:
        return language.text("offices.not_compared", lang)
    return language.text("offices.usual", lang, value=form.percent(value))


def _in_time(view: OfficeView) -> str:
    words = _usual(view.like.in_time_pct, view.lang)
    counted = language.text(
        "indicator.of",
        view.lang,
        count=form.integer(view.own.work.in_time),
        of=form.integer(view.own.work.dated),
    )
    return f"{counted} · {words}" if view.own.work.dated else words


def _near(view: OfficeView, zone: tzinfo) -> Element | None:
    if not view.near:
        return None
    title = language.text("offices.near", view.lang, place=view.near_title)
    table = office_table(view.near, "office", title, view.lang, zone, like=view.like)
    return panel(title, [table, office_legend(view.lang, view.like_words)], note=language.text("table.note", view.lang))


def _table(key: str, about: str, view: OfficeView, zone: tzinfo) -> Element:
    title, rows = language.text(key, view.lang), view.seats if about == "seat" else view.services
    if not rows:
        return panel(title, nothing("breaches.none", view.lang))
    return panel(title, office_table(rows, about, title, view.lang, zone))


def _cases(view: OfficeView, zone: tzinfo) -> Element:
    title = language.text("cases.open", view.lang)
    if not view.cases.lines:
        return panel(title, nothing("breaches.none", view.lang))
    link = Link(language.text("list.all", view.lang, count=form.integer(view.cases.of)), view.list_href)
    return panel(title, case_table(view.cases, title, view.lang, zone), link=link)
