"""The periods of the board as spans of local days, and which of them a kind of indicator has values in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final

from indicators.calendar_period import CalendarPeriod, year_start
from indicators.definition import Definition, TimeOperator
from indicators.expression import AREAS, AS_ASKED, DECLARED, PERIOD_NUMBERS, POPULATION, REPORT_MEASURES, Term, When
from warehouse.errors import InternalError
from warehouse.value import PERIODS

#: Periods that end now.
CURRENT: Final = ("today", "7d", "mtd", "fy")
#: Periods that readers ask for; the others are there to be compared with.
ASKED_FOR: Final = (*CURRENT, "lm")
#: Stocks and levels are facts of now whichever period is asked for; what is only compared with has none (the daily
#: series has them). Histograms are kept for months and the year.
PERIODS_OF: Final[Mapping[TimeOperator, tuple[str, ...]]] = {
    TimeOperator.FLOW: PERIODS,
    TimeOperator.STOCK: ASKED_FOR,
    TimeOperator.LEVEL: ASKED_FOR,
    TimeOperator.QUANTILE: ("mtd", "fy", "lm"),
}
#: Kinds of which all those periods have one and the same value.
ALIKE: Final = frozenset({TimeOperator.STOCK, TimeOperator.LEVEL})
#: The period before, like for like, where the board holds it.
PERIOD_BEFORE: Final[Mapping[str, str]] = {"7d": "p7d", "mtd": "pmtd"}
#: Periods that are one of a row in their year; a moving week is not.
_COUNTED_IN_YEAR: Final = ("today", "mtd", "pmtd", "lm", "fy")
#: Measures that need every single reading, or forms: tables of reported values have them (indicators/reported.py).
_NOT_MERGEABLE: Final = frozenset(
    {"minimum", "maximum", "first", "last", "stddev", "variance", "day_average", *REPORT_MEASURES}
)


def held_period(period: str, when: When) -> str | None:
    """The board's period that a modifier of time means, seen from another; None = the board does not hold it.

    Args:
        period: one of PERIODS.
        when: the modifiers of a measure.
    """
    if when == AS_ASKED:
        return period
    if when.years or (when.since, when.until) != (AS_ASKED.since, AS_ASKED.until):
        return None
    if when.to_date:
        return "fy" if period in CURRENT and not when.shift else None
    return PERIOD_BEFORE.get(period) if when.shift == -1 else None


def depending_on(changed: Collection[str]) -> frozenset[str]:
    """Periods of which a value can change when what happened in some periods did. Args: of PERIODS."""
    return frozenset(
        period
        for period in PERIODS
        if period in changed or PERIOD_BEFORE.get(period) in changed or (period in CURRENT and "fy" in changed)
    )


def is_held(term: Term, period: str) -> bool:
    """Whether the board has a measure in a period."""
    if term.measure in {POPULATION, DECLARED, AREAS}:
        return True
    if term.is_stock:
        return term.when == AS_ASKED
    held = held_period(period, term.when)
    if held is None or term.measure in _NOT_MERGEABLE:
        return False
    return held in _COUNTED_IN_YEAR or term.measure not in PERIOD_NUMBERS or term.measure == "period_days"


def periods_of(item: Definition) -> tuple[str, ...]:
    """The periods in which an indicator has values on the board; none if it asks for what the board does not hold."""
    terms = (*item.numerator.terms(), *item.denominator.terms())
    if item.time is not TimeOperator.FLOW and any(term.measure in PERIOD_NUMBERS for term in terms):
        return ()  # evaluated once for all periods that end now
    return tuple(period for period in PERIODS_OF[item.time] if all(is_held(term, period) for term in terms))


def planes_of(time: TimeOperator) -> tuple[int, ...]:
    """Which plane of a layout holds each period of a kind of indicator, −1 = none. Shape: [period of PERIODS]."""
    own = PERIODS_OF[time]
    return tuple((0 if time in ALIKE else own.index(period)) if period in own else -1 for period in PERIODS)


def period_number(measure: str, period: str, span: tuple[date, date], fiscal_year_start_month: int) -> float:
    """A number of the calendar.

    Args:
        measure: one of PERIOD_NUMBERS.
        period: one of PERIODS in which it is held.
        span: first and last day of the period.
        fiscal_year_start_month: 1…12.
    """
    if measure == "period_days":
        return float((span[1] - span[0]).days + 1)
    match period:
        case "today":
            kind = CalendarPeriod.between(*span)
        case "fy":
            kind = CalendarPeriod(year_start(span[1], fiscal_year_start_month), months=12)
        case _:
            kind = CalendarPeriod(span[1].replace(day=1))
    in_year = measure == "period_in_year"
    return float(
        kind.number_in_year(fiscal_year_start_month) if in_year else kind.count_in_year(fiscal_year_start_month)
    )


def span_of(period: str, on: date, fiscal_year_start_month: int) -> tuple[date, date]:
    """First and last local day of a period as of a day, both included.

    Args:
        period: one of PERIODS.
        on: the day that the period ends with, or is compared with.
        fiscal_year_start_month: 1…12.

    Raises:
        InternalError: if there is no such period.
    """
    month = on.replace(day=1)
    before = month - timedelta(days=1)
    spans = {
        "today": (on, on),
        "7d": (on - timedelta(days=6), on),
        "p7d": (on - timedelta(days=13), on - timedelta(days=7)),
        "mtd": (month, on),
        "pmtd": (before.replace(day=1), before.replace(day=min(on.day, before.day))),
        "lm": (before.replace(day=1), before),
        "fy": (year_start(on, fiscal_year_start_month), on),
    }
    if period not in spans:
        raise InternalError(f"there is no period {period!r}; periods are {', '.join(PERIODS)}")
    return spans[period]
