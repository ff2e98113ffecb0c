"""Weekly history of numbers made from readings (beds, trips, feeders), from the warehouse's daily sums.

A flow is the sum of its week. A level is drawn as the week's average of its readings: what was read at every moment is
not kept for so long. A level without a denominator has no such history, because sums do not say how many stood at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
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

Weekly = dict[str, list[float]]


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
    above, below = _terms(indicator.numerator), _terms(indicator.denominator)
    if above is None or below is None or (indicator.time == "level" and not below[0]):
        return NO_LINE
    metrics = {metric for terms in (above[0], below[0]) for _, metric in terms}
    sums = {metric: _weekly(services, metric, area, weeks, today) for metric in metrics}
    days = tuple(today - timedelta(days=WEEK_DAYS * ago) for ago in range(weeks - 1, -1, -1))
    values = tuple(_value(above, below, sums, week, indicator.factor) for week in range(weeks))
    return Line(days, values)


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


def _weekly(services: Services, metric: str, area: str, weeks: int, today: date) -> Weekly:
    first = today - timedelta(days=WEEK_DAYS * weeks - 1)
    table = services.rows("metric_series", metric=metric, areas=[area], from_day=first, to_day=today)
    sums: Weekly = defaultdict(lambda: [0.0] * weeks)
    for row in table.to_pylist():
        week = (row["day"] - first).days // WEEK_DAYS
        for column in ("readings", "reading_sum", "expected_sum"):
            sums[column][week] += row[column] or 0
    return sums


def _value(
    above: tuple[list[tuple[str, str]], float],
    below: tuple[list[tuple[str, str]], float],
    sums: Mapping[str, Weekly],
    week: int,
    factor: float,
) -> float | None:
    if not any(sums[metric]["readings"][week] for _, metric in above[0]):
        return None
    over, under = _sum(above, sums, week), _sum(below, sums, week) if below[0] else 1.0
    return over / under * factor if under else None


def _sum(part: tuple[list[tuple[str, str]], float], sums: Mapping[str, Weekly], week: int) -> float:
    terms, divided_by = part
    total = 0.0
    for measure, metric in terms:
        column, thousandths = _COLUMNS[measure]
        total += sums[metric][column][week] / thousandths
    return total / divided_by
