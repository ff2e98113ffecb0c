"""The body of the page of lists: tabs with counts, hours of breach, holders, the list, its pages and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.case_table import case_table
from dashboard.components.chart import bar, hour_bars
from dashboard.components.chips import chips
from dashboard.components.heading import heading
from dashboard.components.number import days
from dashboard.components.pages import pages_nav, where_in
from dashboard.components.panel import away, nothing, panel
from dashboard.views.breaches import HOURS
from dashboard.views.place import Link, Name

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.views.breaches import BreachesView


def breaches_page(view: BreachesView, title: Name, home: Link, zone: tzinfo) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        home: first crumb.
        zone: the state's.
    """
    lang = view.lang
    here = Name(next(tab.text for tab in view.tabs if tab.chosen))
    crumbs = (home, *view.place.crumbs[1:])
    if view.place.crumbs:
        crumbs = (*view.place.crumbs, Link(view.place.name.text, view.filters[0].href))
    parts: list[Element] = [heading(title, crumbs, here, lang, choices=view.choices)]
    parts.append(_tabs(view))
    if (narrowed := chips(view.filters, lang)) is not None:
        parts.append(narrowed)
    if view.hours is not None or view.holders:
        parts.append(
            html.Div([part for part in (_hours(view, zone), _holders(view)) if part is not None], className="cm-two")
        )
    parts.append(_list(view, zone))
    return html.Div(parts, className="cm-body")


def _tabs(view: BreachesView) -> Element:
    return html.Nav(
        [
            html.A(
                [
                    html.Span(tab.text, className="cm-tab__name"),
                    html.B(form.integer(tab.count), className="cm-tab__count"),
                ],
                href=tab.href,
                className="cm-tab",
                **attrs(aria_current="page" if tab.chosen else None),
            )
            for tab in view.tabs
        ],
        className="cm-tabs",
        **attrs(aria_label=language.text("breaches.tabs", view.lang)),
    )


def _hours(view: BreachesView, zone: tzinfo) -> Element | None:
    if view.hours is None:
        return None
    lang = view.lang
    title = language.text("breaches.hours", lang)
    total = sum(count for _, count in view.hours)
    if not total:
        return panel(title, nothing("lead.none_due", lang))
    bars = [_hour(at, count, zone) for at, count in view.hours]
    label = language.text("breaches.hours_label", lang, count=form.integer(total), hours=HOURS)
    return panel(
        title,
        html.Figure([hour_bars(bars, label), _as_table(view.hours, lang, zone)], className="cm-figure"),
        note=label,
    )


def _hour(at: datetime, count: int, zone: tzinfo) -> tuple[str, str, int]:
    local = at.astimezone(zone)
    is_midnight = local.hour == 0
    return f"{local.hour:02d}", form.day(local.date())[:5] if is_midnight else "", count


def _as_table(hours: tuple[tuple[datetime, int], ...], lang: str, zone: tzinfo) -> Element:
    rows = [
        html.Tr([html.Th(form.day_clock(at, zone), scope="row"), html.Td(form.integer(count))]) for at, count in hours
    ]
    heads = [html.Th(language.text(key, lang), scope="col") for key in ("breaches.hour", "breaches.cases")]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--plain")
    return html.Details([html.Summary(language.text("chart.as_table", lang)), table], className="cm-as-table")


def _count(count: int, href: str) -> html.Node:
    digits = form.integer(count)
    return html.A(digits, href=href, className="cm-num__link") if href else digits


def _holders(view: BreachesView) -> Element | None:
    if not view.holders:
        return None
    title = language.text("breaches.holders", view.lang)
    rows = [
        html.Tr(
            [
                html.Th(
                    html.A(one.office.text, href=one.office.href) if one.office.href else one.office.text, scope="row"
                ),
                html.Td(one.post, className="cm-soft"),
                html.Td(bar(one.part, small=True), className="cm-c-small"),
                html.Td(html.B(_count(one.cases, one.list_href)), className="cm-n"),
                *([html.Td(days(one.oldest_days, view.lang), className="cm-n")] if view.view == "overdue" else []),
            ],
            **attrs(data_testid=f"{view.view}-office"),
        )
        for one in view.holders
    ]
    return panel(title, html.Table([html.Caption(title), html.Tbody(rows)], className="cm-table cm-table--list"))


def _list(view: BreachesView, zone: tzinfo) -> Element:
    lang = view.lang
    title = next(tab.text for tab in view.tabs if tab.chosen)
    if view.cases is None:
        return panel(title, away(lang))
    if not view.cases.lines:
        return panel(title, nothing("breaches.none", lang))
    pages = pages_nav(view.pager, lang)
    return panel(
        title,
        [case_table(view.cases, title, lang, zone), pages],
        note=where_in(view.pager, lang),
        files=view.files,
        name="cm-panel--cases",
    )
