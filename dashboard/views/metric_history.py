"""History of numbers made from readings (beds, trips, feeders), from the warehouse's daily sums.

A flow is the sum of its week or day. A level is the last reading of every asset, added up; what was read at every
moment is not kept for so long. Sums of a day cannot tell it: beds are told once a week, patients every few minutes, and
each hospital on a day of its own. It is drawn as the average of the readings of the week or day, together with as many
days before as it takes until there are as many readings as assets, times the assets. Where 40 days have fewer, or where
no asset is declared, nothing is drawn. A level without a denominator has no such history: its last point would be an
estimate beside the number itself, with nothing in which what it errs by cancels out.
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
#: Measure of the expression language that adds up → column of the daily sums and what it is divided by (sums are
#: thousandths).
_COLUMNS: Final = {
    "sum": ("reading_sum", 1000.0),
    "expected": ("expected_sum", 1000.0),
    "readings": ("readings", 1.0),
}
#: No reading of a level is older: what is told once a month still counts.
_REACH_DAYS: Final = 40


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of a metric.

    Attributes:
        assets: that ought to be read.
        sums: column of the daily sums → one number per day, the first _REACH_DAYS of them before all spans.
    """

    assets: int
    sums: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Numerator and denominator of a number made from readings, one per span of days.

    Attributes:
        days: last day of each span.
        above: numerators; None where nothing was read, and where no level can be told.
        below: denominators, the same way; None for a number that has none.
    """

    days: tuple[date, ...]
    above: tuple[float | None, ...]
    below: tuple[float | None, ...] | None


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
    told = {metric: _told(services, metric, area, first - timedelta(days=_REACH_DAYS), today) for metric in metrics}
    places = [
        range(begin, begin + step_days) for begin in range(_REACH_DAYS, _REACH_DAYS + spans * step_days, step_days)
    ]
    return Parts(
        days=tuple(first + timedelta(days=step_days * (span + 1) - 1) for span in range(spans)),
        above=tuple(
            _sum(above, told, span) if any(sum(_of(told[metric], "readings", span)) for _, metric in above[0]) else None
            for span in places
        ),
        below=tuple(_sum(below, told, span) for span in places) if below[0] else None,
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


def _told(services: Services, metric: str, area: str, first: date, today: date) -> _Told:
    rows = services.rows("metric_series", metric=metric, areas=[area], from_day=first, to_day=today)
    sums = {column: [0.0] * ((today - first).days + 1) for column in ("readings", "reading_sum", "expected_sum")}
    for row in rows:
        for column, told in sums.items():
            told[(row["day"] - first).days] += row[column] or 0
    reference, at = services.reference, services.reference.area_index[area]
    inside = range(at, int(reference.area_end[at]))
    read = [one for one in reference.assets.values() if metric in one.metrics]
    return _Told(sum(reference.area_index[one.area] in inside for one in read), sums)


def _of(told: _Told, column: str, span: range) -> list[float]:
    return told.sums[column][span.start : span.stop]


def _sum(part: tuple[list[tuple[str, str]], float], told: Mapping[str, _Told], span: range) -> float | None:
    terms, divided_by = part
    found = [_measured(measure, told[metric], span) for measure, metric in terms]
    known = [one for one in found if one is not None]
    return sum(known) / divided_by if len(known) == len(found) else None


def _measured(measure: str, told: _Told, span: range) -> float | None:
    if measure == "level":
        return _level(told, span)
    if measure == "assets":
        return told.assets or None
    column, thousandths = _COLUMNS[measure]
    return sum(_of(told, column, span)) / thousandths


def _level(told: _Told, span: range) -> float | None:
    """The average reading of a span, with as many days before it as it takes to hold every asset, times the assets."""
    readings, total = (sum(_of(told, column, span)) for column in ("readings", "reading_sum"))
    for before in range(span.start - 1, span.start - _REACH_DAYS - 1, -1):
        if readings >= told.assets:
            break
        readings, total = readings + told.sums["readings"][before], total + told.sums["reading_sum"][before]
    return total / 1000 / readings * told.assets if told.assets and readings >= told.assets else None
