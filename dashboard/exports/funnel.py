"""The places of an indicator against the limits of chance, as a table: the numbers of the funnel plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.components.funnel_panel import drawn_funnel, no_funnel_words, standing_words
from dashboard.exports.about import about
from dashboard.exports.table import Column, Table, exact
from dashboard.views.below import read_below
from dashboard.views.control import period_choice
from dashboard.views.funnel import NoFunnel, read_funnel
from dashboard.views.indicator import IndicatorAt
from dashboard.views.place import place
from dashboard.views.today import today

if TYPE_CHECKING:
    from dashboard.views.asked import Asked

_COLUMNS: Final = {
    "code": 30,
    "name": 26,
    "value": 12,
    "numerator": 14,
    "denominator": 14,
    "inner_low": 14,
    "inner_high": 14,
    "outer_low": 14,
    "outer_high": 14,
    "standing": 38,
}
_FIGURES: Final = {"value", "inner_low", "inner_high", "outer_low", "outer_high"}
_NOT_ON_PAPER: Final = {"code"}


def funnel_table(asked: Asked) -> Table | None:
    """The places of the indicator that an address names with `code`; None where it has no funnel."""
    at = IndicatorAt.of(asked, asked.address.get("code"))
    if at is None:
        return None
    on = today(asked.services)
    with asked.services.values.reading():
        below = read_below(asked, at.indicator, at.area, at.period)
        funnel = read_funnel(asked, at.indicator, at.area, at.period, below)
    if funnel is None:
        return None
    known = None if isinstance(funnel, NoFunnel) else funnel
    return Table(
        name=f"{at.indicator.code}_funnel_{at.area.slug}_{at.period}_{on:%Y-%m-%d}",
        sheet=asked.text("export.sheet_places"),
        about=about(
            asked,
            asked.chosen(at.indicator.name_en, at.indicator.name_local),
            place(asked, at.area).title.text,
            facts=[
                ("code", at.indicator.code),
                ("period", period_choice(asked, on, at.period).value),
                ("centre", None if known is None else exact(known.centre)),
            ],
            rows=no_funnel_words(funnel, asked.lang) if isinstance(funnel, NoFunnel) else "",
            sources=at.indicator.sources,
        ),
        columns=tuple(
            Column(asked.text(f"csv_funnel.{key}"), width, key in _FIGURES, key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=[]
        if known is None
        else [
            [
                one.line.code,
                one.line.name.text,
                exact(one.value),
                exact(one.line.figure.cell.numerator),
                one.cases,
                *(exact(limit) for pair in (one.inner, one.outer) for limit in (pair.low, pair.high)),
                standing_words(one, known.whole, asked.lang),
            ]
            for one in known.places
        ],
        chart=None if known is None else drawn_funnel(known, asked.lang),
    )
