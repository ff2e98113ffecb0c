"""How the cases behind a number are spread: ages of open cases, or times to a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from dashboard import format as form
from dashboard.views.scope import days_of
from warehouse.errors import EngineGoneError
from warehouse.measure import DURATION_BINS, DURATION_EDGES_H

if TYPE_CHECKING:
    from datetime import date

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked

#: First day of each class of ages.
_AGES: Final = (0, 3, 7, 14, 30, 60, 90, 180, 365)
_BINS_PER_OCTAVE: Final = 2
_DAY_H: Final = 24
_DECISIONS: Final = ("decided", "in_time", "late", "approved", "rejected")


@dataclass(frozen=True, slots=True)
class Class:
    """One class of the histogram.

    Attributes:
        text: its lower edge, e.g. "30 d".
        from_h: the same in hours.
        cases: how many.
        overdue: how many of them are past their limit; 0 for decisions.
    """

    text: str
    from_h: float
    cases: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram.

    Attributes:
        kind: ages of open cases, or times to a decision.
        classes: from short to long, without empty ones at the ends.
    """

    kind: Literal["ages", "decisions"]
    classes: tuple[Class, ...]

    @property
    def cases(self) -> int:
        """How many cases it shows."""
        return sum(one.cases for one in self.classes)


def read_spread(asked: Asked, indicator: Indicator, area: str, period: str, today: date) -> Spread | None:
    """The histogram that belongs to an indicator; None where there is none, or while the engine does not answer.

    Args:
        asked: the request.
        indicator: which.
        area: code.
        period: in which decisions were made.
        today: state-local day.
    """
    wanted = [code for code in indicator.subjects if code in asked.services.reference.services]
    if not wanted:
        return None
    only = {} if indicator.code.startswith("gov_") else {"services": wanted}
    try:
        if indicator.time == "stock":
            return _ages(asked, area, only)
        formula = f"{indicator.numerator} {indicator.denominator}"
        if indicator.time == "quantile" or any(name in formula for name in _DECISIONS):
            return _decisions(asked, area, only, period, today)
    except EngineGoneError:
        return None
    return None


def _ages(asked: Asked, area: str, only: dict[str, list[str]]) -> Spread:
    cases, overdue = [0] * len(_AGES), [0] * len(_AGES)
    for row in asked.services.rows("open_ages", area=area, now=asked.now, **only):
        place = max(place for place, first in enumerate(_AGES) if first <= row["age_days"])
        cases[place] += row["cases"]
        overdue[place] += row["overdue"]
    edges = [(f"{form.integer(first)} {asked.text('wall.d')}", float(first * _DAY_H)) for first in _AGES]
    return Spread("ages", _filled(edges, cases, overdue))


def _decisions(asked: Asked, area: str, only: dict[str, list[str]], period: str, today: date) -> Spread:
    start_month = asked.services.reference.state.fiscal_year_start_month
    begin, end = days_of(period, today, start_month)
    rows = asked.services.rows("decision_bins", area=area, from_day=begin, to_day=end, **only)
    edges_h = (0.0, *DURATION_EDGES_H)
    cases = [0] * (DURATION_BINS // _BINS_PER_OCTAVE + 1)
    for row in rows:
        cases[(row["bin"] + 1) // _BINS_PER_OCTAVE] += row["cases"]
    lowest_h = [edges_h[max(0, _BINS_PER_OCTAVE * place - 1)] for place in range(len(cases))]
    edges = [(_hours(asked, hours), hours) for hours in lowest_h]
    return Spread("decisions", _filled(edges, cases, [0] * len(cases)))


def _hours(asked: Asked, hours: float) -> str:
    if hours < 2 * _DAY_H:
        return f"{form.integer(hours)} {asked.text('wall.h')}"
    days = hours / _DAY_H
    return f"{form.number(days, 0 if days >= 10 else 1)} {asked.text('wall.d')}"


def _filled(edges: list[tuple[str, float]], cases: list[int], overdue: list[int]) -> tuple[Class, ...]:
    known = [place for place, count in enumerate(cases) if count]
    if not known:
        return ()
    return tuple(Class(*edges[place], cases[place], overdue[place]) for place in range(known[0], known[-1] + 1))
