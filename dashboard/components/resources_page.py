"""The body of the page of resources: what lasts shortest, all resources of the place, the places below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.body import body
from dashboard.components.chart import bar, sparkline
from dashboard.components.fold import folded
from dashboard.components.heading import heading
from dashboard.components.matrix import matrix_table
from dashboard.components.number import age, number, row_mark
from dashboard.components.panel import nothing, panel
from dashboard.components.ranking import line_words
from dashboard.components.sentence import sentences
from dashboard.views.place import Link, Name

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.address import Address
    from dashboard.components.html import Element
    from dashboard.views.resources import LastingLine, ResourceLine, ResourcesView


def resources_page(
    view: ResourcesView, title: Name, here: Link, address: Address, *, zone: tzinfo, now: datetime
) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        here: the place, with the link to its page.
        address: of the page, for what a phone folds.
        zone: the state's.
        now: the engine's present instant.
    """
    lang = view.lang
    head = heading(title, (*view.place.crumbs, here), Name(title.text), lang, choices=view.choices)
    if not view.lines:
        return html.Div([head, nothing("resources.none", lang)], className="cm-body")
    lead = sentences(view.sentences, lang) if view.sentences else None
    lists = [_lasting(view, address, zone), _lines(view, address, zone, now), _places(view)]
    return body([head, lead], lists, view.explanation, lang=lang, zone=zone, now=now)


def _lasting(view: ResourcesView, address: Address, zone: tzinfo) -> Element | None:
    lang = view.lang
    if not view.lasting:
        return None
    title = language.text("resources.shortest", lang)
    heads = (("what", ""), ("where", ""), ("left", "cm-n"), ("bar", ""))
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr([_head(key, name, lang) for key, name in heads])),
            html.Tbody([_lasting_row(one, lang, zone) for one in view.lasting]),
        ],
        className="cm-table cm-table--lasting",
    )
    counts = {"count": form.integer(len(view.lasting)), "of": form.integer(view.lasting_of)}
    shown = folded(table, len(view.lasting), address, lang)
    return panel(title, shown, note=language.text("resources.shortest_note", lang, **counts))


def _head(key: str, name: str, lang: str) -> Element:
    return html.Th(language.text(f"resources.head_{key}", lang), scope="col", className=name)


def _cell(key: str, inside: html.Node, name: str, lang: str) -> Element:
    return html.Td(inside, className=name, **attrs(data_label=language.text(f"resources.head_{key}", lang)))


def _lasting_row(one: LastingLine, lang: str, zone: tzinfo) -> Element:
    where: html.Node = [html.A(one.where.text, href=one.where.href), html.Span(one.above)]
    return html.Tr(
        [
            html.Th(
                [row_mark(one.figure, lang), " ", html.A(one.name.text, href=one.name.href, className="cm-place")],
                scope="row",
            ),
            _cell("where", where, "cm-c-where", lang),
            _cell("left", number(one.figure, lang, zone, href=one.href, name="cm-num cm-strong"), "cm-n", lang),
            html.Td(bar(one.part), className="cm-c-wide"),
        ],
        **attrs(data_testid="lasting-row"),
    )


def _lines(view: ResourcesView, address: Address, zone: tzinfo, now: datetime) -> Element:
    lang = view.lang
    title = language.text("resources.all", lang, place=view.place.title.text)
    columns = (
        ("what", ""),
        ("value", "cm-n"),
        ("weeks", "cm-c-spark"),
        ("worst", ""),
        ("age", "cm-n"),
        ("base", "cm-n"),
    )
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr([_head(key, name, lang) for key, name in columns])),
            html.Tbody([_line(one, lang, zone, now) for one in view.lines]),
        ],
        className="cm-table cm-table--resources",
    )
    note = language.text("resources.all_note", lang)
    shown = folded(html.Div(table, className="cm-table-box"), len(view.lines), address, lang)
    return panel(title, shown, note=note, files=view.files)


def _line(one: ResourceLine, lang: str, zone: tzinfo, now: datetime) -> Element:
    name: html.Node = [
        row_mark(one.figure, lang),
        " ",
        html.A(one.name.text, href=one.name.href, className="cm-place"),
        html.Span(one.kind, className="cm-soft"),
    ]
    base = form.NOT_APPLICABLE
    if one.coverage is not None:
        counts = {"count": form.integer(one.coverage.reporting), "of": form.integer(one.coverage.expected)}
        base = language.text(f"indicators.coverage_{one.coverage.of}", lang, **counts)
    return html.Tr(
        [
            html.Th(name, scope="row"),
            _cell("value", number(one.figure, lang, zone, href=one.href, name="cm-num cm-strong"), "cm-n", lang),
            _cell("weeks", sparkline(one.line, line_words(one.line, lang), band=one.figure.band), "cm-c-spark", lang),
            _cell("worst", _worst(one, lang, zone), "", lang),
            _cell("age", age(one.newest, now, lang), "cm-n", lang),
            _cell("base", base, "cm-n cm-soft", lang),
        ],
        **attrs(data_testid="resource-row"),
    )


def _worst(one: ResourceLine, lang: str, zone: tzinfo) -> html.Node:
    if one.worst is None or one.worst_place is None:
        return form.NOT_APPLICABLE
    others = f" {language.text('attention.others', lang, count=form.integer(one.others))}" if one.others else ""
    place = html.A(one.worst_place.text, href=one.worst_place.href)
    return [row_mark(one.worst, lang), " ", place, " ", number(one.worst, lang, zone), others]


def _places(view: ResourcesView) -> Element | None:
    if view.matrix is None:
        return None
    title = language.text("resources.places", view.lang, places=view.place.level_words)
    note = language.text("resources.places_note", view.lang)
    return panel(title, html.Div(matrix_table(view.matrix, title, view.lang), className="cm-table-box"), note=note)
