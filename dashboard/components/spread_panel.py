"""How the cases behind a number are spread, as a box: a bar for each class, its files, and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.chart import class_bars
from dashboard.components.legend import Chart
from dashboard.components.panel import panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.place import Link
    from dashboard.views.spread import Spread


def drawn_spread(spread: Spread, lang: str) -> Chart:
    """The chart of a spread. Args: the classes, at least one; working language."""
    label = language.text("indicator.spread_label", lang, count=form.integer(spread.cases))
    overdue = sum(one.overdue for one in spread.classes)
    if overdue:
        label += language.text("indicator.spread_overdue", lang, count=form.integer(overdue))
    bars = [(one.text, one.cases, one.overdue) for one in spread.classes]
    return Chart(language.text(f"indicator.spread_{spread.kind}", lang), label, class_bars(bars, label))


def spread_panel(spread: Spread, lang: str, files: Sequence[Link]) -> Element:
    """The box.

    Args:
        spread: the classes, at least one.
        lang: working language.
        files: the same as files.
    """
    chart = drawn_spread(spread, lang)
    heads = [language.text(key, lang) for key in ("indicator.class_from", "breaches.cases")]
    rows = [html.Tr([html.Th(one.text, scope="row"), html.Td(form.integer(one.cases))]) for one in spread.classes]
    table = html.Table(
        [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)],
        className="cm-table cm-table--plain",
    )
    as_table = html.Summary(language.text("chart.as_table", lang))
    return panel(
        chart.title,
        html.Figure([chart.drawing, html.Details([as_table, table], className="cm-as-table")], className="cm-figure"),
        note=chart.note,
        files=files,
    )
