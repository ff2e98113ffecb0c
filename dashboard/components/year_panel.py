"""The year of an indicator as a box: the chart with its keys, its files, and a table where it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.legend import Chart, area_key, dot_key, legend, line_key
from dashboard.components.number import written
from dashboard.components.panel import nothing, panel
from dashboard.components.year_chart import SHOWN_R, has_restated, year_chart

if TYPE_CHECKING:
    from dashboard.catalogue import Bounds
    from dashboard.components.html import Element
    from dashboard.views.daily import Daily
    from dashboard.views.figure import Figure
    from dashboard.views.indicator import IndicatorView

_COLUMNS: Final = ("day", "value", "line", "shown")


def drawn_year(daily: Daily, figure: Figure, bounds: Bounds | None, lang: str) -> Chart | None:
    """The chart of a year; None where fewer than two days are known.

    Args:
        daily: the year.
        figure: the number now, for target, colour and digits.
        bounds: thresholds; None = none.
        lang: working language.
    """
    if not daily.is_drawn:
        return None
    known = [value for value in daily.line if value is not None]
    first, last = written(figure, known[0]), written(figure, known[-1])
    drawing = year_chart(
        daily,
        language.text("indicator.year_label", lang, days=len(known), first=first, last=last),
        bounds=bounds,
        target=figure.target,
        band=figure.band,
        written=lambda value: written(figure, value),
    )
    seven = "indicator.seven_days" if daily.values != daily.line else "indicator.each_day"
    sealed = language.text("indicator.sealed", lang, count=form.integer(sum(daily.is_sealed)))
    keys = [line_key("cm-chart__line cm-chart__line--strong", language.text(seven, lang))]
    if figure.target is not None:
        target = language.text("explain.target", lang, value=written(figure, figure.target))
        keys.append(line_key("cm-chart__target", target))
    keys += [
        area_key(f"cm-year__strip--{kind}", words)
        for kind, words in (
            ("sealed", sealed),
            ("open", language.text("indicator.not_sealed", lang)),
            ("unknown", language.text("indicator.unknown", lang)),
        )
    ]
    if has_restated(daily):
        keys.append(dot_key("cm-year__shown", language.text("indicator.shown_otherwise", lang), SHOWN_R))
    return Chart(
        language.text("indicator.year", lang), language.text("indicator.year_note", lang), drawing, tuple(keys)
    )


def year_panel(view: IndicatorView) -> Element:
    """The box on the page of an indicator."""
    lang, daily, shown = view.lang, view.daily, view.shown
    title = language.text("indicator.year", lang)
    if daily is None:
        return panel(title, nothing("number.engine_away", lang))
    chart = drawn_year(daily, shown.figure, shown.bounds, lang)
    if chart is None:
        return panel(title, nothing("indicator.no_year", lang))
    label = attrs(aria_label=chart.drawing.label)
    return panel(
        title,
        html.Figure(
            [
                html.Div(chart.drawing, className="cm-year-box", tabIndex="0", role="group", **label),
                legend(chart.keys),
                *_table(view, daily),
            ],
            className="cm-figure",
        ),
        note=chart.note,
        files=view.files,
        name="cm-panel--year",
    )


def _table(view: IndicatorView, daily: Daily) -> list[Element]:
    """A link to the year as a table, and the table where it is wanted."""
    lang = view.lang
    words = language.text("indicator.no_table" if view.has_table else "chart.as_table", lang)
    link = html.P(html.A(words, href=view.table_href), className="cm-as-table")
    if not view.has_table:
        return [link]
    heads = [language.text(f"indicator.{key}", lang) for key in _COLUMNS]
    columns = (daily.values, daily.line, daily.shown)
    rows = [
        html.Tr(
            [
                html.Th(form.day(daily.days[place]), scope="row"),
                *(html.Td(written(view.shown.figure, column[place])) for column in columns),
            ]
        )
        for place in range(len(daily.days) - 1, -1, -1)
    ]
    table = html.Table(
        [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)],
        className="cm-table cm-table--plain",
    )
    label = attrs(aria_label=language.text("indicator.year", lang))
    return [link, html.Div(table, className="cm-table-box", tabIndex="0", role="group", **label)]
