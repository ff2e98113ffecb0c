"""History of numbers made from readings (beds, trips, feeders), from the warehouse's daily sums.

A flow is the sum of its week or day. A level is drawn as the average of its readings in it: what was read at every
moment is not kept for so long. A level without a denominator has no such history, because sums do not say how many
stood at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from dashboard.views.history import NO_LINE, WEEK_DAYS, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.catalogue import Indicator
    from dashboard.services import Services

_TERM: Final = re.compile(r"(sum|expected|readings|level|assets)\((\w+)\)")
_DIVIDED: Final = re.compile(r"(?P<terms>.+?)(?: / (?P<by>\d+(?:\.\d+)?))?")
#: Measure of the expression language → column of the daily sums and what it is divided by (sums are thousandths).
_COLUMNS: Final = {
    "sum": ("reading_sum", 1000.0),
    "expected": ("expected_sum", 1000.0),
    "readings": ("readings", 1.0),
    "level": ("reading_sum", 1000.0),
    "assets": ("readings", 1.0),
}

Sums = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Numerator and denominator of a number made from readings, one per span of days.

    Attributes:
        days: last day of each span.
        above: numerators; None where nothing was read.
        below: denominators; None for a number that has none.
    """

    days: tuple[date, ...]
    above: tuple[float | None, ...]
    below: tuple[float, ...] | None


def metric_line(services: Services, indicator: Indicator, area: str, weeks: int, today: date) -> Line:
    """The weekly line of an indicator made from readings; NO_LINE where it is made of more than sums of them.

    Args:
        services: the engine.
        indicator: flow or level.
        area: code.
        weeks: how many weeks, the last ending today.
        today: state-local day.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    parts = metric_parts(services, indicator, area, weeks, today)
    if parts is None:
        return NO_LINE
    below = parts.below or (1.0,) * weeks
    values = (
        over / under * indicator.factor if over is not None and under else None
        for over, under in zip(parts.above, below, strict=True)
    )
    return Line(parts.days, tuple(values))


def metric_parts(
    services: Services, indicator: Indicator, area: str, spans: int, today: date, *, step_days: int = WEEK_DAYS
) -> Parts | None:
    """Numerators and denominators of an indicator made from readings; None where it is made of more than sums of them.

    Args:
        services: the engine.
        indicator: flow or level.
        area: code.
        spans: how many, the last ending today.
        today: state-local day.
        step_days: days of each span.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    above, below = _terms(indicator.numerator), _terms(indicator.denominator)
    if above is None or below is None or not above[0] or (indicator.time == "level" and not below[0]):
        return None
    first = today - timedelta(days=step_days * spans - 1)
    metrics = {metric for terms in (above[0], below[0]) for _, metric in terms}
    sums = {metric: _sums(services, metric, area, (first, today), step_days) for metric in metrics}
    return Parts(
        days=tuple(first + timedelta(days=step_days * (span + 1) - 1) for span in range(spans)),
        above=tuple(
            _sum(above, sums, span) if any(sums[metric]["readings"][span] for _, metric in above[0]) else None
            for span in range(spans)
        ),
        below=tuple(_sum(below, sums, span) for span in range(spans)) if below[0] else None,
    )


def _terms(expression: str) -> tuple[list[tuple[str, str]], float] | None:
    """(measure, metric) pairs that are added up and what the sum is divided by; None for any other expression."""
    if expression in {"", "1"}:
        return [], 1.0
    match = _DIVIDED.fullmatch(expression.strip())
    if match is None:
        return None
    found = [_TERM.fullmatch(part.strip()) for part in match["terms"].split("+")]
    terms = [(term[1], term[2]) for term in found if term is not None]
    return (terms, float(match["by"] or 1)) if len(terms) == len(found) else None


def _sums(services: Services, metric: str, area: str, span_of: tuple[date, date], step_days: int) -> Sums:
    first, today = span_of
    rows = services.rows("metric_series", metric=metric, areas=[area], from_day=first, to_day=today)
    spans = ((today - first).days + 1) // step_days
    sums: Sums = {column: [0.0] * spans for column in ("readings", "reading_sum", "expected_sum")}
    for row in rows:
        span = (row["day"] - first).days // step_days
        for column, told in sums.items():
            told[span] += row[column] or 0
    return sums


def _sum(part: tuple[list[tuple[str, str]], float], sums: Mapping[str, Sums], span: int) -> float:
    terms, divided_by = part
    total = 0.0
    for measure, metric in terms:
        column, thousandths = _COLUMNS[measure]
        total += sums[metric][column][span] / thousandths
    return total / divided_by
