"""The periods of the board as spans of local days, and which of them a kind of indicator has values in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from indicators.definition import TimeOperator
from warehouse.errors import InternalError
from warehouse.value import PERIODS

#: Periods that end now.
CURRENT: Final = ("today", "7d", "mtd", "fy")
#: Stocks and levels are facts of now: earlier spans have none (the daily series has them). Histograms are kept for two.
PERIODS_OF: Final[Mapping[TimeOperator, tuple[str, ...]]] = {
    TimeOperator.FLOW: PERIODS,
    TimeOperator.STOCK: CURRENT,
    TimeOperator.LEVEL: CURRENT,
    TimeOperator.QUANTILE: ("mtd", "fy"),
}
#: Kinds of which all those periods have one and the same value.
ALIKE: Final = frozenset({TimeOperator.STOCK, TimeOperator.LEVEL})


def planes_of(time: TimeOperator) -> tuple[int, ...]:
    """Which plane of a layout holds each period of a kind of indicator, −1 = none. Shape: [period of PERIODS]."""
    own = PERIODS_OF[time]
    return tuple((0 if time in ALIKE else own.index(period)) if period in own else -1 for period in PERIODS)


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
    match period:
        case "today":
            return on, on
        case "7d":
            return on - timedelta(days=6), on
        case "p7d":
            return on - timedelta(days=13), on - timedelta(days=7)
        case "mtd":
            return month, on
        case "pmtd":
            last = month - timedelta(days=1)
            return last.replace(day=1), last.replace(day=min(on.day, last.day))
        case "fy":
            year = on.year - (on.month < fiscal_year_start_month)
            return date(year, fiscal_year_start_month, 1), on
    raise InternalError(f"there is no period {period!r}; periods are {', '.join(PERIODS)}")
