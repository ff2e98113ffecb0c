"""A list of cases: number, service, office, post, opened, due, days past, step, who is next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.views.caselist import CaseLine, Cases

_DAY_S: Final = 86_400
_CLASSES: Final = {"past": "cm-n", "office": "cm-c-most", "step": "cm-c-most", "opened": "cm-c-day", "due": "cm-c-day"}


def case_table(cases: Cases, caption: str, lang: str, zone: tzinfo, *, with_place: bool = True) -> Element:
    """The list as a table.

    Args:
        cases: rows in their order.
        caption: what the table is.
        lang: working language.
        zone: the state's.
        with_place: whether the place has a column.
    """
    columns = ["number", "service", *(["place"] if with_place else []), "office", "opened", "due", "past", "step"]
    heads = [
        html.Th(language.text(f"cases.{column}", lang), scope="col", className="cm-n" if column == "past" else "")
        for column in columns
    ]
    rows = [_row(line, columns, lang, zone) for line in cases.lines]
    table = html.Table(
        [html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--cases"
    )
    return html.Div(table, className="cm-table-box")


def _row(line: CaseLine, columns: list[str], lang: str, zone: tzinfo) -> Element:
    following = language.text("cases.next", lang, post=line.next_post) if line.next_post else ""
    cells: dict[str, html.Node] = {
        "service": line.service,
        "place": html.A(line.place.text, href=line.place.href) if line.place.href else line.place.text,
        "office": [
            html.A(line.office.text, href=line.office.href) if line.office.href else line.office.text,
            html.Span(line.post),
        ],
        "opened": _day(line.opened_at, zone),
        "due": _due(line, lang, zone),
        "past": _past(line, lang),
        "step": _decision(line, lang, zone)
        if line.decided_at
        else [line.step or form.NOT_APPLICABLE, html.Span(following)],
    }
    return html.Tr(
        [
            html.Th(html.A(line.case_id, href=line.href), scope="row"),
            *(
                html.Td(
                    cells[column],
                    className=_CLASSES.get(column, ""),
                    **attrs(data_label=language.text(f"cases.{column}", lang)),
                )
                for column in columns[1:]
            ),
        ]
    )


def _day(at: datetime | None, zone: tzinfo) -> str:
    return form.NOT_APPLICABLE if at is None else form.day(at.astimezone(zone).date())


def _due(line: CaseLine, lang: str, zone: tzinfo) -> html.Node:
    if line.paused_at is not None:
        words = language.text("cases.paused" if line.stands_still else "cases.paused_late", lang)
        return [_day(line.due_at, zone), html.Span(words, className="cm-soft")]
    if line.due_at is None:
        return language.text("cases.no_limit", lang)
    return form.day_clock(line.due_at, zone) if (line.late_s or 0) <= 0 else _day(line.due_at, zone)


def _decision(line: CaseLine, lang: str, zone: tzinfo) -> html.Node:
    key = f"event.case_decided_{line.outcome}" if line.outcome else "event.case_decided"
    return [language.text(key, lang), html.Span(form.day_clock(line.decided_at, zone))]


def _past(line: CaseLine, lang: str) -> html.Node:
    """Days past the limit in bold, or the time that is left."""
    if line.late_s is None or line.stands_still:
        return form.NOT_APPLICABLE
    if line.decided_at is not None and line.late_s <= 0:
        return language.text("cases.in_time", lang)
    if line.late_s <= 0:
        return language.text("cases.left", lang, age=form.age(-line.late_s, lang))
    if line.late_s < _DAY_S:
        return html.B(form.age(line.late_s, lang))
    return html.B(
        [form.integer(line.late_s // _DAY_S), html.Span(f" {language.text('unit.d', lang)}", className="cm-num__unit")]
    )
