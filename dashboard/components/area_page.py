"""The body of a place's page, put together from its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.area_map import map_drawing
from dashboard.components.attribute import attrs
from dashboard.components.body import body
from dashboard.components.case_table import case_table
from dashboard.components.chart import bar, dot_scale, sparkline
from dashboard.components.chips import chips
from dashboard.components.fold import folded
from dashboard.components.happening import happening_rows
from dashboard.components.heading import heading
from dashboard.components.number import as_of as as_of_stamp
from dashboard.components.number import change, days, figure_text, no_number, number, row_mark, status_mark, unit_text
from dashboard.components.office_table import office_legend, office_table
from dashboard.components.panel import away, nothing, panel
from dashboard.components.point_table import point_counts, point_table
from dashboard.components.ranking import SCALE_FROM_PCT, line_words, ranking_table
from dashboard.components.resource_strip import resource_strip
from dashboard.components.sentence import sentences
from dashboard.components.tile import tile_grid
from dashboard.views.place import Link

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.address import Address
    from dashboard.components.html import Element
    from dashboard.views.area import AreaView
    from dashboard.views.area_map import AreaMap
    from dashboard.views.attention_list import AttentionLine
    from dashboard.views.caselist import Cases
    from dashboard.views.departments import DepartmentLine
    from dashboard.views.numbers import Number
    from dashboard.views.ranking import Ranking
    from dashboard.views.tiles import TileMap

#: Action points that a place shows; all of them stand on its review.
_POINTS: Final = 6


def area_page(view: AreaView, address: Address, zone: tzinfo, now: datetime) -> Element:
    """The body of a place's page.

    Args:
        view: what is on it.
        address: of the page, for the sort links.
        zone: the state's.
        now: the engine's present instant.
    """
    lang = view.lang
    actions = [html.A(one.text, href=one.href, className="cm-button") for one in (view.review, *view.briefs)]
    head = heading(view.place.title, view.place.crumbs, view.place.name, lang, choices=view.choices, actions=actions)
    if not view.has_data:
        return html.Div([head, nothing("number.loading", lang)], className="cm-body")
    lead = sentences(view.sentences, lang) if view.sentences else away(lang)
    above = [head, chips(view.filters, lang), lead]
    return body(above, _main(view, address, zone, now), view.explanation, lang=lang, zone=zone, now=now)


def _main(view: AreaView, address: Address, zone: tzinfo, now: datetime) -> list[Element]:
    parts = [numbers_row(view.numbers, view.lang, zone)]
    if view.resources:
        parts.append(resource_strip(view.resources, view.resources_href, view.lang, zone, now))
    if view.is_state and view.area_map is not None:
        real = "cm-two cm-two--map cm-two--boundaries"
        parts.append(html.Div([_map(view, view.area_map, zone), _attention(view, zone)], className=real))
    elif view.is_state and view.tiles is not None:
        parts.append(html.Div([_tiles(view, view.tiles, zone), _attention(view, zone)], className="cm-two cm-two--map"))
    if view.has_works:
        parts.append(_works(view, address, zone))
    if not view.is_state and view.area_map is not None:
        return [*parts, *_beside_map(view, view.area_map, address, zone)]
    if view.ranking is not None:
        parts.append(_places(view, view.ranking, address, zone))
    if view.cases is not None:
        parts.append(_cases(view, view.cases, address, zone))
    if view.has_works:
        return [
            *parts,
            *_points(view, zone),
            html.Div([_services(view, zone), _events(view, zone)], className="cm-two"),
        ]
    lists = [_offices(view), _services(view, zone)]
    if view.departments:
        beside = html.Div([*lists, _events(view, zone), *_points(view, zone)], className="cm-stack")
        return [*parts, html.Div([_departments(view, zone), beside], className="cm-two cm-two--departments")]
    return [*parts, html.Div(lists, className="cm-two"), *_points(view, zone), _events(view, zone)]


def _beside_map(view: AreaView, area_map: AreaMap, address: Address, zone: tzinfo) -> list[Element]:
    """What follows below the state when the map is shown: the map and who holds most, places, last events."""
    lists = [_services(view, zone), _events(view, zone)]
    if not view.has_works:
        lists.insert(0, _offices(view))
    parts: list[Element] = [
        html.Div(
            [_map(view, area_map, zone), html.Div(lists, className="cm-stack")],
            className="cm-two cm-two--map cm-two--boundaries",
        )
    ]
    if view.ranking is not None:
        parts.append(_places(view, view.ranking, address, zone))
    return [*parts, *_points(view, zone)]


def _points(view: AreaView, zone: tzinfo) -> list[Element]:
    """What was agreed and is still to be done; nothing where nothing is."""
    if not view.points:
        return []
    title = language.text("points.title", view.lang)
    table = point_table(view.points[:_POINTS], title, view.lang, zone)
    link = Link(language.text("points.all", view.lang), view.review.href)
    return [panel(title, table, note=point_counts(view.points, view.lang), link=link)]


def numbers_row(numbers: tuple[Number, ...], lang: str, zone: tzinfo) -> Element:
    """The row of numbers, each a link to its explanation."""
    return html.Ul([html.Li(_number(one, lang, zone)) for one in numbers], className="cm-kpis")


def _number(one: Number, lang: str, zone: tzinfo) -> Element:
    figure = one.figure
    inside: list[Element] = [html.Span(language.text(f"measure.{one.measure}", lang), className="cm-kpi__label")]
    if figure.value is None:
        inside.append(html.Span(html.B(no_number(figure, lang, zone)), className="cm-kpi__value cm-num--none"))
    else:
        marked = one.beside if one.beside is not None else figure
        value: list[Element | None] = [
            status_mark(marked, lang),
            html.B(figure_text(figure)),
            html.Span(_beside(one, lang), className="cm-num__unit"),
        ]
        inside.append(html.Span([part for part in value if part is not None], className="cm-kpi__value"))
    inside.append(sparkline(one.line, line_words(one.line, lang), target=figure.target if figure.is_share else None))
    inside.append(html.Span(_note(one, lang, zone), className="cm-kpi__note"))
    late = " cm-kpi--late" if figure.is_late else ""
    return html.A(inside, href=one.href, className=f"cm-kpi{late}", **attrs(data_num=figure.code))


def _beside(one: Number, lang: str) -> str:
    if one.beside is not None and one.beside.value is not None:
        return form.percent(one.beside.value)
    return unit_text(one.figure, lang)


def _note(one: Number, lang: str, zone: tzinfo) -> list[Element | str]:
    if one.figure.is_late:
        return [as_of_stamp(one.figure, lang, zone)]
    other = ""
    if one.figure.is_share and one.figure.target is not None:
        other = language.text("number.target", lang, value=form.number(one.figure.target, 0))
    elif one.above is not None:
        other = language.text("number.state", lang, value=form.percent(one.above.value))
    if one.figure.is_small:
        other = " · ".join(part for part in (language.text("indicator.small_base", lang), other) if part)
    if one.change is None:
        return [other]
    unit = language.text("unit.points", lang) if one.is_of_share else ""
    if one.change.direction == "same":
        return [language.text("change.same", lang), f" · {other}" if other else ""]
    moved = html.Span(change(one.change, lang, unit=unit), title=one.compared)
    return [moved, f" · {other}"] if other else [moved, f" {one.compared}"]


def _places(view: AreaView, ranking: Ranking, address: Address, zone: tzinfo) -> Element:
    title = language.text("table.title", view.lang, places=view.place.level_words)
    table = ranking_table(ranking, view.place, address, view.lang, zone)
    if view.has_works:
        table = folded(table, len(ranking.rows), address, view.lang)
    return panel(
        title,
        [table, _also(view)] if view.also else table,
        note=language.text("table.note", view.lang),
        link=None if view.is_state or view.area_map is not None else view.map_link,
        files=view.files,
        name="cm-panel--places",
    )


def _also(view: AreaView) -> Element:
    """Where a body lies in several taluks it counts in one: the others name it."""
    key = "table.also_here" if view.ranking is not None else "table.also_in"
    links = [piece for link in view.also for piece in (" ", html.A(link.text, href=link.href))]
    return html.P([language.text(key, view.lang), *links], className="cm-legend cm-also")


def _works(view: AreaView, address: Address, zone: tzinfo) -> Element:
    lang = view.lang
    about, key = ("office", "offices.order") if view.ranking is not None else ("seat", "offices.seats")
    title = language.text(key, lang)
    if view.works is None:
        return panel(title, away(lang))
    if not view.works:
        return panel(title, nothing("breaches.none", lang))
    table = office_table(view.works, about, title, lang, zone)
    also = [_also(view)] if view.also and view.ranking is None else []
    link = Link(language.text("offices.all", lang), view.offices_href)
    shown = folded(table, len(view.works), address, lang)
    return panel(title, [shown, office_legend(lang), *also], note=language.text("table.note", lang), link=link)


def _tiles(view: AreaView, tiles: TileMap, zone: tzinfo) -> Element:
    return _drawn(view, tile_grid(tiles, language.text("tiles.label", view.lang), view.lang, zone), "cm-panel--tiles")


def _map(view: AreaView, area_map: AreaMap, zone: tzinfo) -> Element:
    return _drawn(view, map_drawing(area_map, view.lang, zone), "cm-panel--map")


def _drawn(view: AreaView, drawing: Element, name: str) -> Element:
    return panel(
        language.text("tiles.title", view.lang, places=view.place.level_words),
        drawing,
        note=language.text("tiles.note", view.lang),
        link=view.map_link,
        name=name,
    )


def _attention(view: AreaView, zone: tzinfo) -> Element:
    lang = view.lang
    title = language.text("attention.title", lang)
    if view.attention is None:
        return panel(title, away(lang))
    if not view.attention.lines:
        return panel(title, nothing("attention.none" if view.attention.is_all_live else "attention.none_known", lang))
    columns = (("what", ""), ("holds", ""), ("oldest", "cm-n"), ("overdue", "cm-n"), ("value", "cm-n"))
    heads = [html.Th(language.text(f"attention.{key}", lang), scope="col", className=name) for key, name in columns]
    rows = [_attention_row(one, lang, zone) for one in view.attention.lines]
    table = html.Table(
        [html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--attention"
    )
    more = language.text(
        "attention.more",
        lang,
        red=form.integer(view.attention.more_red),
        amber=form.integer(view.attention.more_amber),
    )
    return panel(
        title,
        [table, html.P(more, className="cm-legend")],
        note=language.text("attention.note", lang),
        files=view.attention_files,
        name="cm-panel--attention",
    )


def _attention_row(one: AttentionLine, lang: str, zone: tzinfo) -> Element:
    place: list[Element | str] = [html.A(one.where.text, href=one.where.href)]
    if one.others:
        place.append(f" {language.text('attention.others', lang, count=form.integer(one.others))}")
    what = html.Th(
        [
            row_mark(one.figure, lang),
            html.Span([html.A(one.what.text, href=one.what.href), html.Span(place)]),
        ],
        scope="row",
    )
    held = language.text("attention.holds_count", lang, count=form.integer(one.held))
    holds = html.Span(html.A(held, href=one.held_href)) if one.held else None
    who: html.Node = [html.Span(one.who or form.NOT_APPLICABLE), holds]
    count: html.Node = form.NOT_APPLICABLE
    if not one.is_utility:
        count = html.A(form.integer(one.figure.cell.numerator), href=one.what.href, className="cm-num__link")
    cells = (
        ("holds", who, "cm-c-most"),
        ("oldest", days(one.oldest_days, lang), "cm-n"),
        ("overdue", html.B(count), "cm-n"),
        ("value", number(one.figure, lang, zone, href=one.figure_href), "cm-n"),
    )
    return html.Tr(
        [
            what,
            *(
                html.Td(inside, className=name, **attrs(data_label=language.text(f"attention.{key}", lang)))
                for key, inside, name in cells
            ),
        ],
        **attrs(data_testid="attention-row"),
    )


def _departments(view: AreaView, zone: tzinfo) -> Element:
    lang = view.lang
    columns = (
        ("department", ""),
        ("overdue", "cm-n"),
        ("share", "cm-c-bar"),
        ("due48", "cm-n"),
        ("in_time", "cm-c-dot"),
    )
    heads = [html.Th(language.text(f"table.{key}", lang), scope="col", className=name) for key, name in columns]
    shares = [line.share.value for line in view.departments if line.share.value is not None]
    scale = max([10.0, *shares]) * 1.15
    table = html.Table(
        [
            html.Caption(language.text("departments.title", lang)),
            html.Thead(html.Tr(heads)),
            html.Tbody([_department(line, scale, lang, zone) for line in view.departments]),
        ],
        className="cm-table cm-table--departments",
    )
    return panel(
        language.text("departments.title", lang),
        table,
        note=language.text("departments.note", lang),
        name="cm-panel--departments",
    )


def _department(line: DepartmentLine, scale: float, lang: str, zone: tzinfo) -> Element:
    share = line.share.value
    labels = {key: language.text(f"table.{key}", lang) for key in ("overdue", "share", "due48", "in_time")}
    overdue = number(line.overdue, lang, zone, href=line.list_href, name="cm-num cm-strong")
    return html.Tr(
        [
            html.Th(
                [row_mark(line.share, lang), " ", html.A(line.name, href=line.href, className="cm-place")], scope="row"
            ),
            html.Td(overdue, className="cm-n", **attrs(data_label=labels["overdue"])),
            html.Td(
                [
                    bar(None if share is None else share / scale),
                    number(line.share, lang, zone, href=line.share_href, with_unit=False),
                ],
                className="cm-c-bar",
                **attrs(data_label=labels["share"]),
            ),
            html.Td(
                number(line.due_48h, lang, zone, href=line.due_href),
                className="cm-n",
                **attrs(data_label=labels["due48"]),
            ),
            html.Td(
                [
                    dot_scale(line.in_time.value, SCALE_FROM_PCT, 100, target=line.in_time.target),
                    number(line.in_time, lang, zone, href=line.in_time_href, with_unit=False),
                ],
                className="cm-c-dot",
                **attrs(data_label=labels["in_time"]),
            ),
        ]
    )


def _cases(view: AreaView, cases: Cases, address: Address, zone: tzinfo) -> Element:
    title = language.text("cases.open", view.lang)
    if not cases.lines:
        return panel(title, nothing("breaches.none", view.lang))
    link = Link(language.text("list.all", view.lang, count=form.integer(cases.of)), view.open_href)
    table = case_table(cases, title, view.lang, zone, with_place=False)
    return panel(title, folded(table, len(cases.lines), address, view.lang), link=link)


def _offices(view: AreaView) -> Element:
    lang = view.lang
    title = language.text("offices.title", lang)
    if view.offices is None:
        return panel(title, away(lang))
    if not view.offices.lines:
        return panel(title, nothing("lead.none_overdue", lang))
    rows = [
        html.Tr(
            [
                html.Th(html.A(one.office.text, href=one.office.href), scope="row"),
                html.Td(one.post, className="cm-soft"),
                html.Td(bar(one.part, small=True), className="cm-c-small"),
                html.Td(html.B(html.A(form.integer(one.cases), href=one.list_href)), className="cm-n"),
                html.Td(days(one.oldest_days, lang), className="cm-n"),
            ],
            **attrs(data_testid="office-row"),
        )
        for one in view.offices.lines
    ]
    link = Link(language.text("list.all", lang, count=form.integer(view.offices.of)), view.offices.all_href)
    return panel(
        title, html.Table([html.Caption(title), html.Tbody(rows)], className="cm-table cm-table--list"), link=link
    )


def _services(view: AreaView, zone: tzinfo) -> Element:
    lang = view.lang
    title = language.text("services.title", lang)
    if not view.services:
        return panel(title, nothing("lead.none_overdue", lang))
    most = max(load.overdue.value or 0 for load in view.services) or 1
    rows = [
        html.Tr(
            [
                html.Th([row_mark(load.share, lang), " ", _to(load.name, load.href)], scope="row"),
                html.Td(bar((load.overdue.value or 0) / most, small=True), className="cm-c-small"),
                html.Td(html.B(html.A(form.integer(load.overdue.value), href=load.list_href)), className="cm-n"),
                html.Td(number(load.share, lang, zone, href=load.share_href), className="cm-n"),
            ]
        )
        for load in view.services
    ]
    return panel(title, html.Table([html.Caption(title), html.Tbody(rows)], className="cm-table cm-table--list"))


def _to(text: str, href: str) -> Element | str:
    return html.A(text, href=href) if href else text


def _events(view: AreaView, zone: tzinfo) -> Element:
    title = language.text("events.title", view.lang)
    if view.events is None:
        return panel(title, away(view.lang))
    if not view.events:
        return panel(title, nothing("events.none", view.lang))
    rows = happening_rows(view.events, zone, with_place=True)
    return panel(title, html.Table([html.Caption(title), html.Tbody(rows)], className="cm-events cm-events--wide"))
