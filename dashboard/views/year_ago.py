"""What a flow was in the same days of the year before: an unfinished month against as much of the last.

It is summed from the daily cells, as indicators/year_earlier.py does for the command line; stocks, levels and quantiles
of a year ago, and places below the level of daily series, have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dashboard.views.daily import daily_parts
from dashboard.views.scope import CHOICES, days_of
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.catalogue import Indicator
    from dashboard.services import Services
    from dashboard.views.asked import Asked


@dataclass(frozen=True, slots=True)
class YearAgo:
    """A number of a year ago.

    Attributes:
        begin, end: first and last local day of the span.
        value: None = nothing was counted yet when the span began, or there was nothing to divide by.
    """

    begin: date
    end: date
    value: float | None


def read_year_ago(asked: Asked, indicator: Indicator, area: str, period: str, today: date) -> YearAgo | None:
    """The number of a year ago; None where there is none of its kind or level, or the engine does not answer.

    Args:
        asked: the request.
        indicator: which.
        area: code.
        period: one that a reader may choose.
        today: state-local day.
    """
    reference = asked.services.reference
    place = reference.area_index[area]
    if indicator.time != "flow" or int(reference.series_area[place]) != place:
        return None
    begin, end = days_a_year_before(period, today, reference.state.fiscal_year_start_month)
    try:
        if not was_counted(asked.services, indicator.subjects, begin):
            return YearAgo(begin, end, None)
        parts = daily_parts(asked, indicator, area, end, (end - begin).days + 1)
    except EngineGoneError:
        return None
    if parts is None:
        return None
    above, below = (sum(number for number in numbers if number is not None) for numbers in parts)
    divided_by = 1 if indicator.is_count else below
    return YearAgo(begin, end, above / divided_by * indicator.factor if divided_by else None)


def was_counted(services: Services, subjects: Sequence[str], on: date) -> bool:
    """Whether anything was counted of some services and readings by a day.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    known_from = services.rows("first_days", subjects=list(subjects))
    return bool(known_from) and min(row["first_day"] for row in known_from) <= on


def days_a_year_before(period: str, today: date, start_month: int) -> tuple[date, date]:
    """The same days of the year before; the end of a month stays one.

    Args:
        period: one that a reader may choose, or a span of days.
        today: state-local day.
        start_month: of the financial year.
    """
    if period in CHOICES:
        return days_of(period, a_year_before(today), start_month)
    begin, end = days_of(period, today, start_month)
    one = timedelta(days=1)
    return a_year_before(begin), a_year_before(end + one) - one


def a_year_before(day: date) -> date:
    """The same date of the year before; 28 February for 29 February."""
    return date(day.year - 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
