"""Weekly history of numbers from the warehouse's series: what a sparkline shows and what "a week ago" was.

Weeks end today, a week ago, two weeks ago …; the last point of a stock is replaced by its present value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.services import Services

#: Columns of the `series` query that can be added up to numerators and denominators.
COLUMNS: Final = (
    "received",
    "decided",
    "approved",
    "rejected",
    "in_time",
    "late",
    "withdrawn",
    "delivered",
    "reopened",
    "feedback",
    "satisfied",
    "open",
    "overdue",
    "due_48h",
)
WEEK_DAYS: Final = 7
DESK_WEEKS: Final = 13
EXPLAIN_WEEKS: Final = 26


@dataclass(frozen=True, slots=True)
class Line:
    """A number at the end of every week, oldest first.

    Attributes:
        days: last day of each week.
        values: None where there was nothing to divide by.
    """

    days: tuple[date, ...] = ()
    values: tuple[float | None, ...] = ()

    def with_last(self, value: float | None) -> Line:
        """The same line ending in the present value."""
        return Line(self.days, (*self.values[:-1], value)) if self.values else self

    @property
    def week_ago(self) -> float | None:
        """Value at the end of the day a week ago."""
        return self.values[-2] if len(self.values) > 1 else None

    @property
    def is_drawn(self) -> bool:
        """Whether there are at least two points to join."""
        return sum(value is not None for value in self.values) > 1


NO_LINE: Final = Line()


@dataclass(frozen=True, slots=True)
class History:
    """Sums by area, for each week or other span of days.

    Attributes:
        days: last day of each span.
        sums: area → column → one number per span; None where the warehouse keeps none (bodies, long ago).
    """

    days: tuple[date, ...]
    sums: Mapping[str, Mapping[str, tuple[float | None, ...]]]

    def line(self, area: str, numerator: str, denominator: str = "1", factor: float = 1) -> Line:
        """The line of numerator ÷ denominator × factor; NO_LINE when either is not made of the series' columns.

        Args:
            area: code.
            numerator: sum of column names, e.g. "in_time".
            denominator: the same, or "1".
            factor: e.g. 100 for a share.
        """
        above, below = self.total(area, numerator), self.total(area, denominator)
        if above is None or below is None:
            return NO_LINE
        return Line(self.days, tuple(_quotient(over, under, factor) for over, under in zip(above, below, strict=True)))

    def line_of(self, indicator: Indicator | None, area: str) -> Line:
        """The line of an indicator, where the series has what it is made of."""
        if indicator is None or indicator.time == "quantile":
            return NO_LINE
        return self.line(area, indicator.numerator, indicator.denominator, indicator.factor)

    def total(self, area: str, expression: str) -> tuple[float | None, ...] | None:
        """A sum of columns, one number per span; None when the expression is not made of the series' columns.

        Args:
            area: code.
            expression: e.g. "in_time + late"; "1" and "" are one in every span.
        """
        if expression in {"", "1"}:
            return (1.0,) * len(self.days)
        names = [name.strip() for name in re.sub(r"^\((.*)\)$", r"\1", expression.strip()).split("+")]
        found = self.sums.get(area)
        if found is None or any(name not in found for name in names):
            return None
        return tuple(_total(parts) for parts in zip(*(found[name] for name in names), strict=True))


NO_HISTORY: Final = History((), {})


def read_history(
    services: Services,
    areas: Sequence[str],
    of_services: Sequence[str] | None,
    spans: int,
    today: date,
    *,
    step_days: int = WEEK_DAYS,
) -> History:
    """Sums of some areas, each with all below it, by week or by another number of days.

    Args:
        services: the engine.
        areas: codes.
        of_services: only these services; None = all.
        spans: how many, the last ending today.
        today: state-local day.
        step_days: days of each span.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    first = today - timedelta(days=step_days * spans - 1)
    params: dict[str, object] = {} if of_services is None else {"services": list(of_services)}
    params |= {"areas": list(areas), "from_day": first, "to_day": today, "step_days": step_days}
    rows = services.rows("series", now=services.values.now(), **params)
    days = tuple(first + timedelta(days=step_days * (span + 1) - 1) for span in range(spans))
    place = {day: span for span, day in enumerate(days)}
    sums: dict[str, dict[str, list[float | None]]] = {
        code: {name: [None] * spans for name in COLUMNS} for code in areas
    }
    for row in rows:
        span = place.get(row["day"])
        if span is not None:
            for name in COLUMNS:
                sums[row["area"]][name][span] = None if row[name] is None else float(row[name])
    return History(days, {code: {name: tuple(told) for name, told in by.items()} for code, by in sums.items()})


def _quotient(over: float | None, under: float | None, factor: float) -> float | None:
    return over / under * factor if over is not None and under else None


def _total(parts: tuple[float | None, ...]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
