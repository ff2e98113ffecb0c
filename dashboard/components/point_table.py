"""Action points as a table: what was agreed, with whom, until when, and how the number moved that shows it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.mark import band_mark
from dashboard.components.number import number, written
from dashboard.views.action_points import STANDINGS
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dashboard.components.html import Element, Node
    from dashboard.views.action_points import Point

_COLUMNS: Final = (("task", ""), ("holder", ""), ("place", ""), ("due", "cm-c-day"), ("standing", ""))


def point_table(points: Sequence[Point], caption: str, lang: str, zone: tzinfo) -> Element:
    """The table. Args: points: in their order; caption: what it is; lang: working language; zone: the state's."""
    heads = [html.Th(language.text(f"points.{key}", lang), scope="col", className=name) for key, name in _COLUMNS]
    rows = [_row(one, lang, zone) for one in points]
    table = html.Table(
        [html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--points"
    )
    return html.Div(table, className="cm-table-box")


def point_counts(points: Sequence[Point], lang: str) -> str:
    """How many there are of each standing: "2 missed · 3 open"."""
    counts = Counter(one.standing for one in points)
    told = [(language.text(f"points.{name}", lang), counts[name]) for name in STANDINGS if counts[name]]
    return " · ".join(f"{form.integer(count)} {words}" for words, count in told)


def _row(one: Point, lang: str, zone: tzinfo) -> Element:
    cells: dict[str, Node] = {
        "holder": one.holder,
        "place": html.A(one.place.text, href=one.place.href),
        "due": form.day(one.due_on),
        "standing": _standing(one, lang),
    }
    return html.Tr(
        [
            html.Th([one.task, *_number(one, lang, zone), *_remark(one)], scope="row"),
            *(
                html.Td(cells[key], className=name, **attrs(data_label=language.text(f"points.{key}", lang)))
                for key, name in _COLUMNS[1:]
            ),
        ],
        **attrs(data_point=one.id),
    )


def _number(one: Point, lang: str, zone: tzinfo) -> list[Element]:
    """The number that shows it, then and now."""
    if one.number is None or one.shown is None:
        return []
    then = form.NOT_APPLICABLE if one.then is None else written(one.shown, one.then)
    told: list[Node] = [
        html.A(one.number.text, href=one.number.href),
        " ",
        language.text("points.then", lang, value=then),
        " ",
        number(one.shown, lang, zone),
    ]
    return [html.Span(told, className="cm-point__number")]


def _remark(one: Point) -> list[Element]:
    return [html.Span(one.remark, className="cm-point__remark")] if one.remark else []


def _standing(one: Point, lang: str) -> Node:
    words = language.text(f"points.{one.standing}", lang)
    if one.standing == "missed":
        days = language.counted("lead.days", lang, one.late_days, count=form.integer(one.late_days))
        missed: list[Node] = [band_mark(Band.RED), " ", html.B(words), html.Span(days)]
        return missed
    soon: list[Node] = [band_mark(Band.AMBER), " ", words]
    return soon if one.standing == "due_soon" else words
