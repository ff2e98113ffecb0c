"""The parts of an explanation: value, formula, half a year, rules, events; for the panel and an indicator's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.chart import half_year
from dashboard.components.happening import happening_rows
from dashboard.components.number import age, figure_text, no_number, small_base, status_mark
from dashboard.components.number import as_of as as_of_stamp
from dashboard.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.views.explain import Explanation, Part, SourceLine


_MOST_SOURCES: Final = 4


def value_line(shown: Explanation, lang: str, zone: tzinfo) -> Element:
    """The number with its mark, unit and age, and the same of the state and of similar places."""
    figure = shown.figure
    if figure.value is None:
        return html.P(html.B(no_number(figure, lang, zone)), className="cm-drawer__value cm-num--none")
    beside = []
    if shown.state_value is not None:
        beside.append(language.text("explain.state", lang, value=shown.figure.digits(shown.state_value)))
    if shown.peer_value is not None:
        beside.append(language.text("explain.peers", lang, value=shown.figure.digits(shown.peer_value)))
    pieces: list[Element | str | None] = [
        status_mark(figure, lang),
        html.B(
            [figure_text(figure), html.Span(f" {shown.unit}") if shown.unit else ""],
            **attrs(data_value=figure_text(figure)),
        ),
        small_base(figure, lang),
        html.Span(" · ".join(beside)) if beside else None,
    ]
    if figure.is_late:
        pieces.append(as_of_stamp(figure, lang, zone))
    return html.P([piece for piece in pieces if piece is not None], className="cm-drawer__value")


def formula(shown: Explanation, lang: str) -> Element | None:
    """Numerator and denominator, each leading to its cases; None where there are none."""
    rows = [_part(shown.numerator, "numerator")] if shown.numerator.value is not None else []
    if shown.denominator is not None and shown.denominator.value is not None:
        rows.append(_part(shown.denominator, "denominator"))
    if not rows:
        return None
    times = (
        ""
        if shown.factor == 1 or len(rows) == 1
        else language.text("explain.times", lang, factor=form.number(shown.factor, 0))
    )
    return html.Div([*rows, html.Span(times, className="cm-formula__times") if times else None], className="cm-formula")


def _part(part: Part, name: str) -> Element:
    digits = form.number(part.value, 0 if part.value is None or part.value == int(part.value) else 1)
    shown = html.A(digits, href=part.href) if part.href else digits
    return html.P([html.B(shown, **attrs(data_part=name)), " ", html.Span(part.words)], className=f"cm-formula__{name}")


def half_year_figure(shown: Explanation, lang: str) -> Element:
    """26 weeks with their table; words where no such history is kept."""
    if not shown.line.is_drawn:
        return html.P(language.text("explain.no_history", lang), className="cm-nothing")
    known = [value for value in shown.line.values if value is not None]
    first, last = shown.figure.digits(known[0]), shown.figure.digits(known[-1])
    label = language.text("chart.weeks", lang, weeks=len(shown.line.values), first=first, last=last)
    compare = shown.state_value if shown.denominator is not None else None
    middle = language.text("explain.dashes_state", lang) if compare is not None else ""
    return html.Figure(
        [
            half_year(shown.line, label, bounds=shown.bounds, band=shown.figure.band, compare=compare),
            html.Figcaption(
                [
                    html.Span(language.text("explain.weeks_ago", lang, weeks=len(shown.line.values) - 1)),
                    html.Span(middle),
                    html.Span(language.text("explain.now", lang)),
                ]
            ),
            _as_table(shown, lang),
        ],
        className="cm-drawer__history",
    )


def _as_table(shown: Explanation, lang: str) -> Element:
    rows = [
        html.Tr(
            [
                html.Th(form.day(on), scope="row"),
                html.Td(shown.figure.digits(value)),
            ]
        )
        for on, value in reversed(list(zip(shown.line.days, shown.line.values, strict=True)))
    ]
    heads = [html.Th(language.text(key, lang), scope="col") for key in ("explain.week_to", "explain.value")]
    return html.Details(
        [
            html.Summary(language.text("chart.as_table", lang)),
            html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--plain"),
        ],
        className="cm-as-table",
    )


def rules_list(shown: Explanation, lang: str, zone: tzinfo, now: datetime) -> Element:
    """Clock, sources, colour rule, definition, legal basis."""
    rows: list[Element] = []
    for label, text in shown.rules[:1]:
        rows += [html.Dt(label), html.Dd(text)]
    rows += [html.Dt(language.text("explain.source", lang)), html.Dd(_sources(shown.sources, lang, now))]
    for label, text in shown.rules[1:]:
        rows += [html.Dt(label), html.Dd(text)]
    return html.Dl(rows, className="cm-drawer__rules")


def _sources(sources: Sequence[SourceLine], lang: str, now: datetime) -> html.Node:
    if not sources:
        return language.text("explain.no_source", lang)
    ordered = sorted(sources, key=lambda one: one.freshness is Freshness.LIVE)
    shown = ordered if len(ordered) <= _MOST_SOURCES else ordered[: _MOST_SOURCES - 1]
    lines = [
        html.Span(
            [
                html.Span(f"{one.title} ", className="cm-strong"),
                age(one.last_event_at, now, lang),
                ", ",
                language.text("explain.expected", lang, age=one.expected),
                "" if one.freshness is Freshness.LIVE else f" · {language.text(f'health.{one.freshness}', lang)}",
            ],
            className=f"cm-source cm-source--{one.freshness}",
        )
        for one in shown
    ]
    if len(shown) < len(ordered):
        rest = ordered[len(shown) :]
        key = "explain.more_live" if all(one.freshness is Freshness.LIVE for one in rest) else "explain.more_sources"
        lines.append(html.Span(language.text(key, lang, count=form.integer(len(rest))), className="cm-source"))
    return lines


def events_table(shown: Explanation, lang: str, zone: tzinfo) -> Element | None:
    """The last events counted; None where there are none."""
    if not shown.events:
        return None
    return html.Table(
        [
            html.Caption(language.text("explain.events", lang)),
            html.Tbody(happening_rows(shown.events, zone, with_place=False)),
        ],
        className="cm-events",
    )
