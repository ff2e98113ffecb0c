"""The body of the page of control rooms: sentences, the three levels, their places and departments, their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.body import body
from dashboard.components.chips import chips
from dashboard.components.fold import folded
from dashboard.components.heading import heading
from dashboard.components.number import age, days, number, row_mark
from dashboard.components.panel import away, nothing, panel
from dashboard.components.sentence import sentences
from dashboard.views.at_place import explain_here
from dashboard.views.place import Link, Name
from warehouse.value import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.asked import Asked
    from dashboard.views.control_room_rows import RoomRow, RoomTable
    from dashboard.views.control_rooms import CallLine, ControlRoomsView
    from dashboard.views.figure import Figure

#: Columns after the name; "office" only where rows are places.
_COLUMNS: Final = ("received", "open", "overdue", "share", "in_time", "oldest", "office")


def control_rooms_page(view: ControlRoomsView, title: Name, here: Link, asked: Asked) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        here: the place, with the link to its page.
        asked: the request.
    """
    lang, zone = view.lang, asked.services.zone
    head = heading(title, (*view.place.crumbs, here), Name(title.text), lang, choices=view.choices)
    if not view.levels:
        return html.Div([head, nothing("control_rooms.none", lang)], className="cm-body")
    lead = sentences(view.sentences, lang) if view.sentences else None
    main = [_levels(view, asked), *_tables(view, asked), _calls(view, asked)]
    above = [head, chips(view.filters, lang), lead]
    return body(above, main, view.explanation, lang=lang, zone=zone, now=asked.now)


def _levels(view: ControlRoomsView, asked: Asked) -> Element:
    lang = view.lang
    title = language.text("control_rooms.levels", lang, place=view.place.title.text)
    table = _table(title, language.text("control_rooms.level", lang), view.levels, asked, has_office=False)
    inside = [table, away(lang)] if view.is_engine_away else [table]
    note = language.text("control_rooms.levels_note", lang)
    told = html.P(language.text("control_rooms.first_answer", lang), className="cm-legend")
    return panel(title, [*inside, told], note=note, files=view.files)


def _tables(view: ControlRoomsView, asked: Asked) -> list[Element]:
    """The tables of each level after one another; the first one of a level is what its name leads to."""
    drawn, seen = [], set()
    for one in view.tables:
        box = _rows(one, view, asked)
        drawn.append(box if one.level in seen else html.Div(box, id=f"rooms-{one.level}"))
        seen.add(one.level)
    return drawn


def _rows(one: RoomTable, view: ControlRoomsView, asked: Asked) -> Element:
    lang = view.lang
    level = language.text(f"control_rooms.{one.level}", lang)
    title = language.text(f"control_rooms.by_{one.by}", lang, level=level, places=view.place.level_words)
    word = view.place.level_word if one.by == "place" else language.text(f"table.{one.by}", lang)
    table = _table(title, word, one.rows, asked, has_office=one.by == "place")
    return panel(title, folded(table, len(one.rows), asked.address, lang))


def _table(title: str, word: str, rows: Sequence[RoomRow], asked: Asked, *, has_office: bool) -> Element:
    lang = asked.lang
    columns = _COLUMNS if has_office else _COLUMNS[:-1]
    heads = [html.Th(word, scope="col")]
    heads += [html.Th(_head(key, lang), scope="col", className="" if key == "office" else "cm-n") for key in columns]
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr(heads)),
            html.Tbody([_row(one, asked, has_office=has_office) for one in rows]),
        ],
        className="cm-table cm-table--served cm-table--rooms",
    )
    return html.Div(table, className="cm-table-box")


def _head(key: str, lang: str) -> str:
    return language.text(f"control_rooms.head_{key}", lang)


def _row(one: RoomRow, asked: Asked, *, has_office: bool) -> Element:
    name = html.A(one.name.text, href=one.name.href, className="cm-place") if one.name.href else one.name.text
    cells = [
        _number("received", one.received, asked),
        _number("open", one.open, asked),
        _number("overdue", one.overdue, asked, href=one.list_href, name="cm-num cm-strong"),
        _number("share", one.share, asked),
        _number("in_time", one.in_time, asked),
        _cell("oldest", days(one.oldest_days, asked.lang), asked.lang),
    ]
    if has_office:
        cells.append(_cell("office", _office(one), asked.lang, name="cm-c-most"))
    return html.Tr(
        [html.Th([row_mark(one.share, asked.lang), " ", name], scope="row"), *cells],
        **attrs(data_testid="room-row", data_code=one.code),
    )


def _office(one: RoomRow) -> html.Node:
    if one.office is None:
        return form.NOT_APPLICABLE
    return html.A(one.office.text, href=one.office.href) if one.office.href else one.office.text


def _number(key: str, shown: Figure, asked: Asked, *, href: str = "", name: str = "cm-num") -> Element:
    opens = href or explain_here(asked, shown)
    inside: list[Element] = [number(shown, asked.lang, asked.services.zone, href=opens, name=name)]
    if shown.is_share and shown.cell.state is State.SMALL_BASE and shown.value is not None:
        inside.append(html.Span(language.text("indicator.small_base", asked.lang), className="cm-soft"))
    return _cell(key, inside, asked.lang)


def _cell(key: str, inside: html.Node, lang: str, *, name: str = "cm-n") -> Element:
    return html.Td(inside, className=name, **attrs(data_label=_head(key, lang)))


def _calls(view: ControlRoomsView, asked: Asked) -> Element | None:
    lang = view.lang
    if not view.calls:
        return None
    title = language.text("control_rooms.calls", lang)
    heads = (("call", ""), ("level", ""), ("value", "cm-n"), ("age", "cm-n"))
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr([html.Th(_head(key, lang), scope="col", className=name) for key, name in heads])),
            html.Tbody([_call(one, asked) for one in view.calls]),
        ],
        className="cm-table cm-table--served",
    )
    return panel(title, html.Div(table, className="cm-table-box"), note=language.text("control_rooms.calls_note", lang))


def _call(one: CallLine, asked: Asked) -> Element:
    lang = asked.lang
    shown = number(one.figure, lang, asked.services.zone, href=one.href, name="cm-num cm-strong")
    return html.Tr(
        [
            html.Th(
                [row_mark(one.figure, lang), " ", html.A(one.name.text, href=one.name.href, className="cm-place")],
                scope="row",
            ),
            _cell("level", language.text(f"control_rooms.{one.level}", lang), lang, name="cm-soft"),
            _cell("value", shown, lang),
            _cell("age", age(one.newest, asked.now, lang), lang),
        ],
        **attrs(data_testid="call-row"),
    )
