"""The body of the page of feedback: sentences, numbers, ratings; places, departments and services by their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.area_page import numbers_row
from dashboard.components.attribute import attrs
from dashboard.components.body import body
from dashboard.components.chart import bar
from dashboard.components.chips import chips
from dashboard.components.fold import folded
from dashboard.components.heading import heading
from dashboard.components.number import number, row_mark
from dashboard.components.panel import away, nothing, panel
from dashboard.components.sentence import sentences
from dashboard.views.at_place import explain_here
from dashboard.views.place import Link, Name
from dashboard.views.rank import SURE
from dashboard.views.rating import SATISFIED_FROM
from warehouse.value import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.asked import Asked
    from dashboard.views.feedback import FeedbackView
    from dashboard.views.figure import Figure
    from dashboard.views.served import Served

#: Columns after the name, with their class; "position" only where rows are compared.
_COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("satisfied", "cm-n"),
    ("position", "cm-n"),
    ("answers", "cm-n"),
    ("heard", "cm-n"),
    ("in_time", "cm-n"),
    ("reopened", "cm-n"),
    ("rejected", "cm-n"),
)


def feedback_page(view: FeedbackView, title: Name, here: Link, asked: Asked) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        here: the place, with the link to its page.
        asked: the request.
    """
    lang, zone = view.lang, asked.services.zone
    head = heading(title, (*view.place.crumbs, here), Name(title.text), lang, choices=view.choices)
    lead = sentences(view.sentences, lang) if view.sentences else None
    tables = (
        _table(view, "place", view.places, asked),
        _table(view, "department", view.departments, asked),
        _table(view, "service", view.services, asked),
    )
    main = [numbers_row(view.numbers, lang, zone), _ratings(view), *tables]
    above = [head, chips(view.filters, lang), lead]
    return body(above, main, view.explanation, lang=lang, zone=zone, now=asked.now)


def _ratings(view: FeedbackView) -> Element:
    lang, ratings = view.lang, view.ratings
    title = language.text("feedback.ratings", lang)
    if ratings is None:
        return panel(title, away(lang))
    if not ratings.answers:
        return panel(title, nothing("feedback.nobody", lang))
    most = max(count for _, count in ratings.counts)
    heads = (("rating", ""), ("bar", ""), ("answers", "cm-n"), ("share", "cm-n"))
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(
                html.Tr(
                    [
                        html.Th(language.text(f"feedback.head_{key}", lang), scope="col", className=name)
                        for key, name in heads
                    ]
                )
            ),
            html.Tbody([_rating(rating, count, most, ratings.answers, lang) for rating, count in ratings.counts]),
        ],
        className="cm-table cm-table--ratings",
    )
    note = language.text("feedback.ratings_note", lang, count=form.integer(ratings.answers), first=str(SATISFIED_FROM))
    return panel(title, table, note=note)


def _rating(rating: int, count: int, most: int, answers: int, lang: str) -> Element:
    share = form.percent(100 * count / answers)
    return html.Tr(
        [
            html.Th(language.text(f"feedback.rating_{rating}", lang), scope="row"),
            html.Td(bar(count / most), className="cm-c-wide"),
            _cell("answers", html.B(form.integer(count)), lang),
            _cell("share", share, lang),
        ]
    )


def _cell(key: str, inside: html.Node, lang: str) -> Element:
    return html.Td(inside, className="cm-n", **attrs(data_label=language.text(f"feedback.head_{key}", lang)))


def _table(view: FeedbackView, by: str, rows: Sequence[Served], asked: Asked) -> Element | None:
    lang = view.lang
    if not rows:
        return None
    title = language.text(f"feedback.by_{by}", lang, places=view.place.level_words)
    has_positions = any(one.positions is not None for one in rows)
    columns = [column for column in _COLUMNS if column[0] != "position" or has_positions]
    word = view.place.level_word if by == "place" else language.text(f"table.{by}", lang)
    heads = [html.Th(word, scope="col")]
    heads += [
        html.Th(language.text(f"feedback.head_{key}", lang), scope="col", className=name) for key, name in columns
    ]
    drawn = [_row(one, asked, has_positions=has_positions) for one in rows]
    compared = sum(one.positions is not None for one in rows)
    if compared < len(rows):
        words = html.Td(language.text("indicator.not_ranked", lang), colSpan=str(len(heads)))
        drawn.insert(compared, html.Tr(words, className="cm-unranked"))
    table = html.Table(
        [html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody(drawn)], className="cm-table cm-table--served"
    )
    shown: list[Element] = [folded(html.Div(table, className="cm-table-box"), len(rows), asked.address, lang)]
    if has_positions:
        sure = form.number(SURE * 100, 0)
        shown.append(html.P(language.text("indicator.position_note", lang, sure=sure), className="cm-legend"))
    elsewhere = _elsewhere(view.answers, rows) if by != "service" else 0.0
    if elsewhere > 0:
        counts = {"count": form.integer(elsewhere), "of": form.integer(view.answers)}
        shown.append(html.P(language.text("feedback.elsewhere", lang, **counts), className="cm-legend"))
    return panel(title, shown, note=language.text("feedback.order", lang), files=view.files[by])


def _elsewhere(answers: float | None, rows: Sequence[Served]) -> float:
    """How many answers belong to none of the rows; 0 where some are not known now."""
    known = [one.answers for one in rows if one.answers is not None and not one.satisfied.is_late]
    return 0.0 if answers is None or len(known) < len(rows) else answers - sum(known)


def _row(one: Served, asked: Asked, *, has_positions: bool) -> Element:
    lang = asked.lang
    cells = [_number("satisfied", one.satisfied, asked)]
    if has_positions:
        cells.append(_cell("position", _position(one, lang), lang))
    cells.append(_cell("answers", form.integer(one.answers), lang))
    cells += [_number(key, getattr(one, key), asked) for key in ("heard", "in_time", "reopened", "rejected")]
    name: html.Node = [
        row_mark(one.satisfied, lang),
        " ",
        html.A(one.name.text, href=one.name.href, className="cm-place"),
    ]
    return html.Tr([html.Th(name, scope="row"), *cells], **attrs(data_testid="served-row"))


def _number(key: str, shown: Figure, asked: Asked) -> Element:
    lang = asked.lang
    name = "cm-num cm-strong" if key == "satisfied" else "cm-num"
    inside: list[Element] = [number(shown, lang, asked.services.zone, href=explain_here(asked, shown), name=name)]
    if key == "satisfied" and shown.cell.state is State.SMALL_BASE and shown.value is not None:
        inside.append(html.Span(language.text("indicator.small_base", lang), className="cm-soft"))
    return _cell(key, inside, lang)


def _position(one: Served, lang: str) -> str:
    """One number, or first and last where chance does not tell more."""
    if one.positions is None:
        return form.NOT_APPLICABLE
    best, worst = one.positions.best, one.positions.worst
    return str(best) if best == worst else language.text("indicator.position", lang, best=str(best), worst=str(worst))
