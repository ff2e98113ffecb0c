"""A table of offices, seats or services beside each other: bars with what is usual, dots with the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.chart import bar, dot_scale
from dashboard.components.mark import band_mark
from dashboard.components.number import days, number, row_mark, small_base
from dashboard.components.ranking import SCALE_FROM_PCT
from dashboard.views.offices import NOTHING_USUAL
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.offices import OfficeRow, Usual

_COLUMNS: Final = (
    ("overdue", "cm-n"),
    ("open", "cm-n"),
    ("share", "cm-c-bar"),
    ("due48", "cm-n"),
    ("in_time", "cm-c-dot"),
    ("oldest", "cm-n"),
)
#: The longest bar stands for so much more than the largest share in the table.
_HEADROOM: Final = 1.15
_LEAST_SCALE_PCT: Final = 10.0


def office_table(
    rows: Sequence[OfficeRow], about: str, caption: str, lang: str, zone: tzinfo, *, like: Usual = NOTHING_USUAL
) -> Element:
    """The table.

    Args:
        rows: in their order.
        about: what a row is: office | seat | service; names the first column and the rows for tests.
        caption: what the table is.
        lang: working language.
        zone: the state's.
        like: what is usual, for the ticks of the bars.
    """
    heads = [html.Th(language.text(f"table.{about}", lang), scope="col")]
    heads += [html.Th(language.text(f"table.{column}", lang), scope="col", className=name) for column, name in _COLUMNS]
    shares = [row.share.value for row in rows if row.share.value is not None]
    cells = _Cells(about, max([_LEAST_SCALE_PCT, like.overdue_pct or 0, *shares]) * _HEADROOM, like, lang, zone)
    return html.Div(
        html.Table(
            [
                html.Caption(caption),
                html.Thead(html.Tr(heads)),
                html.Tbody([cells.row(row) for row in rows]),
            ],
            className="cm-table cm-table--offices",
        ),
        className="cm-table-box",
    )


def office_legend(lang: str, like_words: str = "") -> Element:
    """What marks, ticks and missing colours mean.

    Args:
        lang: working language.
        like_words: what the ticks of the bars stand for; "" without ticks.
    """
    entries: list[Element | str] = [
        html.Span([band_mark(Band.RED), " ", language.text("mark.red", lang)]),
        html.Span([band_mark(Band.AMBER), " ", language.text("mark.amber", lang)]),
    ]
    if like_words:
        entries.append(html.Span([html.I(className="cm-tick"), like_words]))
    entries.append(html.Span(language.text("offices.base", lang)))
    return html.P(entries, className="cm-legend")


class _Cells:
    """Rows of one table: they share the scale of their bars."""

    def __init__(self, about: str, scale_pct: float, like: Usual, lang: str, zone: tzinfo) -> None:
        self.about, self.scale_pct, self.like, self.lang, self.zone = about, scale_pct, like, lang, zone

    def row(self, row: OfficeRow) -> Element:
        lang, zone = self.lang, self.zone
        name: Element = html.B(row.name.text)
        if row.name.href and not row.is_here:
            name = html.A(row.name.text, href=row.name.href, className="cm-place")
        under = html.Span(row.note, className="cm-under cm-soft") if row.note else None
        cells: dict[str, html.Node] = {
            "overdue": _count(row.work.overdue, row.overdue_href),
            "open": _count(row.work.open, row.open_href, is_strong=False),
            "share": [self._bar(row), number(row.share, lang, zone, with_unit=False), small_base(row.share, self.lang)],
            "due48": _count(row.work.due_48h, row.due_href),
            "in_time": [
                dot_scale(row.in_time.value, SCALE_FROM_PCT, 100, target=row.in_time.target),
                number(row.in_time, lang, zone, with_unit=False),
            ],
            "oldest": days(row.oldest_days, lang),
        }
        return html.Tr(
            [
                html.Th([row_mark(row.share, lang), html.Span([name, under])], scope="row"),
                *(
                    html.Td(cells[column], className=css, **attrs(data_label=language.text(f"table.{column}", lang)))
                    for column, css in _COLUMNS
                ),
            ],
            className="cm-selected" if row.is_here else "",
            **attrs(data_testid=f"{self.about}-row"),
        )

    def _bar(self, row: OfficeRow) -> Element:
        value, middle = row.share.value, self.like.overdue_pct
        words = "" if middle is None else language.text("offices.usual", self.lang, value=form.percent(middle))
        part = None if value is None else value / self.scale_pct
        return bar(part, tick=None if middle is None else middle / self.scale_pct, label=words)


def _count(count: int, href: str, *, is_strong: bool = True) -> Element:
    digits = (html.B if is_strong else html.Span)(form.integer(count))
    return html.A(digits, href=href, className="cm-num__link") if count and href else digits
