"""A year of an indicator, day by day: as it is known now, and as it was shown when the day was sealed.

A stock stands at the end of its day. Flows change with the days of the week, so that their line is that of seven days:
the ratio of the sums, or the average count of a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboard.views.history import read_history
from dashboard.views.metric_history import metric_parts
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked

DAYS: Final = 365
_WEEK: Final = 7

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Daily:
    """One entry for each day, the last is today.

    Attributes:
        days: state-local.
        values: as known now; None where nothing is known.
        line: what is drawn through them: seven days of a flow, the values themselves of a stock.
        numerators, denominators: of the values; None where there are none.
        shown: as it was sealed; None where the day was not, or had no value.
        is_sealed: whether the day was sealed.
    """

    days: tuple[date, ...]
    values: Numbers
    line: Numbers
    numerators: Numbers
    denominators: Numbers
    shown: Numbers
    is_sealed: tuple[bool, ...]

    @property
    def is_drawn(self) -> bool:
        """Whether there are at least two points to join."""
        return sum(value is not None for value in self.line) > 1


def read_daily(
    asked: Asked, indicator: Indicator, area: str, present: float | None, today: date, *, count: int = DAYS
) -> Daily | None:
    """The year of an indicator at a place; None while the engine does not answer.

    Args:
        asked: the request.
        indicator: which.
        area: code.
        present: value now, which ends the line of a stock.
        today: state-local day.
        count: how many days; the first six of a flow that is drawn are of fewer than seven.
    """
    days = tuple(today - timedelta(days=back) for back in range(count - 1, -1, -1))
    nothing: Numbers = (None,) * count
    try:
        above, below = daily_parts(asked, indicator, area, today, count) or (nothing, nothing)
        shown, is_sealed = _sealed(asked, indicator, area, days)
    except EngineGoneError:
        return None
    values = _ratio(above, below, indicator.factor)
    line = _seven_days(above, below, indicator)
    if indicator.time in {"stock", "level"} and present is not None:
        values = line = (*line[:-1], present) if any(value is not None for value in line) else line
    if indicator.time == "quantile":
        line = shown
    denominators = nothing if indicator.is_count else below
    return Daily(days, values, line, above, denominators, shown, is_sealed)


def daily_parts(
    asked: Asked, indicator: Indicator, area: str, today: date, count: int
) -> tuple[Numbers, Numbers] | None:
    """Numerators and denominators by day; None where the warehouse keeps none of this kind.

    Args:
        asked: the request.
        indicator: which.
        area: code.
        today: the last day, state-local.
        count: how many days.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    services = asked.services
    wanted = [code for code in indicator.subjects if code in services.reference.services]
    if indicator.time == "quantile":
        return None
    if not wanted:
        parts = metric_parts(services, indicator, area, count, today, step_days=1)
        return None if parts is None else (parts.above, parts.below or (1.0,) * count)
    only = None if indicator.code.startswith("gov_") else wanted
    history = read_history(services, [area], only, count, today, step_days=1)
    above, below = history.total(area, indicator.numerator), history.total(area, indicator.denominator)
    return None if above is None or below is None else (above, below)


def _sealed(asked: Asked, indicator: Indicator, area: str, days: Sequence[date]) -> tuple[Numbers, tuple[bool, ...]]:
    # Of a flow its own day is sealed beside the headline period; of a quantile only that.
    period = indicator.headline_period if indicator.time == "quantile" else "today"
    asked_for = {"indicator": indicator.code, "area": area, "period": period}
    rows = asked.services.rows("sealed_values", **asked_for, from_day=days[0], to_day=days[-1])
    told = {row["day"]: row["value"] for row in rows}
    return tuple(told.get(day) for day in days), tuple(day in told for day in days)


def _ratio(above: Numbers, below: Numbers, factor: float) -> Numbers:
    return tuple(
        over / under * factor if over is not None and under else None for over, under in zip(above, below, strict=True)
    )


def _seven_days(above: Numbers, below: Numbers, indicator: Indicator) -> Numbers:
    if indicator.time != "flow":
        return _ratio(above, below, indicator.factor)
    # The average of a count over the days that are known is a ratio of sums too: each day counts one.
    return _ratio(_sums(_where(above, below)), _sums(_where(below, above)), indicator.factor)


def _where(numbers: Numbers, known: Numbers) -> Numbers:
    return tuple(None if one is None else number for number, one in zip(numbers, known, strict=True))


def _sums(numbers: Numbers) -> Numbers:
    sums: list[float | None] = []
    for place in range(len(numbers)):
        known = [number for number in numbers[max(0, place - _WEEK + 1) : place + 1] if number is not None]
        sums.append(sum(known) if known else None)
    return tuple(sums)
