"""The table of the places below a place: a real table with a caption, sortable heads that are links, and a total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.chart import bar, dot_scale, sparkline
from dashboard.components.mark import band_mark
from dashboard.components.number import change, days, number, row_mark, small_base
from dashboard.components.panel import both_languages
from warehouse.value import Band

if TYPE_CHECKING:
    from datetime import tzinfo

    from dashboard.address import Address
    from dashboard.components.html import Element
    from dashboard.views.figure import Figure
    from dashboard.views.history import Line
    from dashboard.views.place import Place
    from dashboard.views.ranking import Ranking, Row

#: Heads in order: column → (sort key, "" = not sortable; class; direction of the order when it is chosen).
_COLUMNS: Final = (
    ("place", "name", "", "ascending"),
    ("overdue", "overdue", "cm-n", "descending"),
    ("change", "change", "cm-n", "descending"),
    ("share", "share", "cm-c-bar", "descending"),
    ("weeks", "", "cm-c-spark", ""),
    ("due48", "due48", "cm-n", "descending"),
    ("in_time", "in_time", "cm-c-dot", "ascending"),
    ("oldest", "oldest", "cm-n", "descending"),
    ("most", "", "cm-c-most", ""),
)
#: Left end of the scale of "decided in time", in per cent; stated under the table.
SCALE_FROM_PCT: Final = 75
#: The longest bar stands for so much more than the largest share in the table.
_HEADROOM: Final = 1.15
_LEAST_SCALE_PCT: Final = 10.0


def ranking_table(ranking: Ranking, place: Place, address: Address, lang: str, zone: tzinfo) -> Element:
    """The table of places.

    Args:
        ranking: rows, total, order.
        place: the parent, for its words.
        address: of the page, for the sort links.
        lang: working language.
        zone: the state's.
    """
    cells = _Cells(ranking, lang, zone)
    head = [_head(column, ranking, place, address, lang) for column in _COLUMNS]
    body = [cells.row(row) for row in ranking.rows]
    if ranking.own is not None:
        body.append(cells.own(ranking.own))
    return html.Div(
        [
            html.Table(
                [
                    html.Caption(
                        language.text("table.caption", lang, places=place.level_words, place=place.title.text)
                    ),
                    html.Thead(html.Tr(head)),
                    html.Tbody(body),
                    html.Tfoot(cells.total(ranking.total, place)),
                ],
                className="cm-table cm-table--places",
            ),
            _legend(ranking, place, lang),
        ],
        className="cm-table-box",
    )


def _head(column: tuple[str, str, str, str], ranking: Ranking, place: Place, address: Address, lang: str) -> Element:
    key, sort, name, direction = column
    own = {"place": place.level_word, "change": ranking.since}
    title = own.get(key) or language.text(f"table.{key}", lang)
    if not sort:
        return html.Th(title, scope="col", className=name)
    chosen = ranking.sort == sort
    aria = attrs(aria_sort=direction if chosen else None)
    href = address.but(sort=None if chosen else sort).href
    return html.Th(html.A(title, href=href, className="cm-sort"), scope="col", className=name, **aria)


class _Cells:
    """Rows of one table: they share the scale of their bars."""

    def __init__(self, ranking: Ranking, lang: str, zone: tzinfo) -> None:
        self.ranking, self.lang, self.zone = ranking, lang, zone
        self.points = language.text("unit.points", lang) if ranking.is_of_shares else ""
        shares = [row.share.value for row in (*ranking.rows, ranking.total) if row.share.value is not None]
        self.scale_pct = max([_LEAST_SCALE_PCT, *shares]) * _HEADROOM

    def row(self, row: Row) -> Element:
        selected = "cm-selected" if row.code == self.ranking.selected else ""
        name = html.A(row.name.text, href=row.href, className="cm-place")
        echo = both_languages(row.name)[1:]
        head = html.Th([row_mark(row.share, self.lang), " ", name, *echo], scope="row")
        return html.Tr([head, *self._cells(row)], className=selected)

    def own(self, row: Row) -> Element:
        title = language.text("table.own", self.lang, level=row.name.text)
        head = html.Th([html.Span(className="cm-mark"), " ", html.Span(title)], scope="row")
        return html.Tr([head, *self._cells(row, linked=False)], className="cm-own")

    def total(self, row: Row, place: Place) -> Element:
        head = html.Th([row_mark(row.share, self.lang), " ", html.B(place.title.text)], scope="row")
        holding = self.ranking.offices_holding
        words = form.NOT_APPLICABLE if holding is None else self._offices(holding)
        return html.Tr([head, *self._cells(row)[:-1], self._cell("most", words, "cm-c-most")])

    def _offices(self, holding: int) -> str:
        # Cases from elsewhere may name offices that reference data do not know.
        if holding > self.ranking.offices:
            return language.text("table.offices_only", self.lang, count=form.integer(holding))
        of = form.integer(self.ranking.offices)
        return language.text("table.offices", self.lang, count=form.integer(holding), of=of)

    def _cells(self, row: Row, *, linked: bool = True) -> list[Element]:
        lang, zone = self.lang, self.zone
        share = number(
            row.share, lang, zone, href=row.share_href if linked else "", with_unit=False, name="cm-num cm-strong"
        )
        in_time = number(row.in_time, lang, zone, href=row.in_time_href if linked else "", with_unit=False)
        overdue = number(row.overdue, lang, zone, href=row.list_href if linked else "", name="cm-num cm-strong")
        due = number(row.due_48h, lang, zone, href=row.due_href if linked else "")
        share_notes = [share, small_base(row.share, lang)]
        in_time_notes = [in_time, small_base(row.in_time, lang)]
        return [
            self._cell("overdue", overdue, "cm-n"),
            self._cell("change", change(row.change, lang, unit=self.points), "cm-n"),
            self._cell("share", share if row.share.value is None else [self._bar(row), *share_notes], "cm-c-bar"),
            self._cell("weeks", sparkline(row.line, self._line_words(row), band=row.share.band), "cm-c-spark"),
            self._cell("due48", due, "cm-n"),
            self._cell(
                "in_time",
                in_time if row.in_time.value is None else [self._dot(row.in_time), *in_time_notes],
                "cm-c-dot",
            ),
            self._cell("oldest", days(row.oldest_days, lang), "cm-n"),
            self._cell("most", self._most(row), "cm-c-most"),
        ]

    def _cell(self, column: str, content: html.Node, name: str) -> Element:
        label = self.ranking.since if column == "change" else language.text(f"table.{column}", self.lang)
        return html.Td(content, className=name, **attrs(data_label=label))

    def _bar(self, row: Row) -> Element:
        value, peer = row.share.value, row.peer_pct
        part = None if value is None else value / self.scale_pct
        tick = None if peer is None else peer / self.scale_pct
        words = "" if peer is None else language.text("table.peer", self.lang, value=form.percent(peer))
        return bar(part, tick=tick, label=words)

    def _dot(self, figure: Figure) -> Element:
        return dot_scale(figure.value, SCALE_FROM_PCT, 100, target=figure.target)

    def _line_words(self, row: Row) -> str:
        return line_words(row.line, self.lang)

    def _most(self, row: Row) -> html.Node:
        if row.most is None:
            return form.NOT_APPLICABLE
        post = f"{row.most.post} · " if row.most.post else ""
        count = html.A(form.integer(row.most.cases), href=row.most.list_href, className="cm-num__link")
        office = row.most.office
        return [html.A(office.text, href=office.href, title=office.text), html.Span([post, count])]


def line_words(line: Line, lang: str) -> str:
    """What a sparkline shows, in words: first and last value and the number of weeks."""
    known = [value for value in line.values if value is not None]
    if len(known) < 2:
        return ""
    first, last = (form.number(value, 0 if value == int(value) else 1) for value in (known[0], known[-1]))
    return language.text("chart.weeks", lang, weeks=len(line.values), first=first, last=last)


def _legend(ranking: Ranking, place: Place, lang: str) -> Element:
    entries: list[Element] = [
        html.Span([band_mark(Band.RED), " ", language.text("mark.red", lang)]),
        html.Span([band_mark(Band.AMBER), " ", language.text("mark.amber", lang)]),
        html.Span(
            [html.I(className="cm-tick"), language.text("table.legend_peer", lang, places=place.level_words.lower())]
        ),
    ]
    if ranking.target_pct is not None:
        words = language.text("table.legend_target", lang, target=form.percent(ranking.target_pct), low=SCALE_FROM_PCT)
        entries.append(html.Span([html.I(className="cm-tick"), words]))
    entries.append(html.Span(language.text("table.order", lang), className="cm-legend__order"))
    return html.P(entries, className="cm-legend")
