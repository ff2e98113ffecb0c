"""Places of unequal size beside each other: their share against their number of cases, with the limits of chance.

A place of few cases strays far from the whole by chance alone. Only what lies outside the limits differs by more; a
place below the minimum base is shown and never judged.

Source: Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
1185–1202.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from dashboard.freshness import Freshness
from dashboard.views.control_limits import Limits, limits_for
from dashboard.views.figure import figure
from dashboard.views.place import place
from warehouse.value import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from dashboard.views.below import Below, PlaceLine
    from dashboard.views.figure import Figure
    from warehouse.reference import Area

#: Where a place stands: too few cases to be judged, between the limits, outside the inner pair, outside both.
Standing = Literal["small", "within", "inner", "outer"]
#: Why no places are compared: the data are late, too few places have a number, no case or every case is counted.
Reason = Literal["late", "unknown", "none", "every"]
#: Fewer places than these say nothing about each other.
_LEAST_PLACES: Final = 3
_CURVE_POINTS: Final = 60


@dataclass(frozen=True, slots=True)
class FunnelPlace:
    """One place.

    Attributes:
        line: the place with its number, which has numerator and denominator.
        value: its number.
        cases: its denominator.
        inner, outer: limits for so many cases, in the indicator's unit.
        standing: against them.
        side: of the whole: "worse" or "better" where one end is good, else "higher" or "lower".
        strays: how many standard deviations it lies away from the whole.
    """

    line: PlaceLine
    value: float
    cases: int
    inner: Limits
    outer: Limits
    standing: Standing
    side: str
    strays: float

    @property
    def is_outside(self) -> bool:
        """Whether it lies outside the inner limits."""
        return self.standing in {"inner", "outer"}


@dataclass(frozen=True, slots=True)
class Funnel:
    """The comparison.

    Attributes:
        places: those with a number, the one that strays furthest first.
        without: how many places have no number.
        whole: the place that they are parts of.
        centre: its number, in the indicator's unit.
        curve: the limits for a rising number of cases, to that of the largest place: cases, inner, outer.
        level_words: what the places are called, in the plural.
        cases_words: what the denominator counts.
        minimum_base: cases below which a place is not judged.
    """

    places: tuple[FunnelPlace, ...]
    without: int
    whole: str
    centre: float
    curve: tuple[tuple[int, Limits, Limits], ...]
    level_words: str
    cases_words: str
    minimum_base: float

    @property
    def judged(self) -> int:
        """How many places have cases enough."""
        return sum(one.standing != "small" for one in self.places)

    @property
    def differ(self) -> int:
        """How many places lie outside the outer limits."""
        return sum(one.standing == "outer" for one in self.places)


@dataclass(frozen=True, slots=True)
class NoFunnel:
    """A comparison that can be made at other times.

    Attributes:
        why: not now.
        whole: the place that the places are parts of.
        level_words: what the places are called, in the plural.
    """

    why: Reason
    whole: str
    level_words: str


def read_funnel(asked: Asked, indicator: Indicator, area: Area, period: str, below: Below) -> Funnel | NoFunnel | None:
    """The places of a comparison as a funnel, or why there is none at the moment; None where it never makes sense.

    Only shares whose numerator is counted among the denominator have limits of chance, and only a whole that has both
    kinds of cases can be strayed from. While an engine begins, its sources are silent and it has counted nothing.

    Args:
        asked: the request.
        indicator: which.
        area: the place of the page.
        period: one of PERIODS.
        below: the places with their numbers.
    """
    if not indicator.is_proportion or len(below.lines) < _LEAST_PLACES:
        return None
    parent = asked.services.reference.area(str(area.parent)) if below.is_beside else area
    whole = figure(asked.services, indicator.code, parent.code, period)
    name = place(asked, parent).title.text
    counted, cases = whole.cell.numerator, whole.cell.denominator
    if whole.fresh.freshness is not Freshness.LIVE:
        return NoFunnel("late", name, below.level_words)
    if counted is None or not cases:
        return NoFunnel("unknown", name, below.level_words)
    if not 0 < counted < cases:
        return NoFunnel("every" if counted else "none", name, below.level_words)
    share = counted / cases
    drawn = _places(below.lines, share, indicator)
    if len(drawn) < _LEAST_PLACES:
        return NoFunnel("unknown", name, below.level_words)
    return Funnel(
        places=drawn,
        without=len(below.lines) - len(drawn),
        whole=name,
        centre=share * indicator.factor,
        curve=_curve([one.cases for one in drawn], share, indicator.factor),
        level_words=below.level_words,
        cases_words=asked.chosen(indicator.words_denominator_en, indicator.words_denominator_local),
        minimum_base=indicator.minimum_base,
    )


def _parts(shown: Figure) -> tuple[int, int] | None:
    """Numerator and denominator; None where there is no number."""
    above, below = shown.cell.numerator, shown.cell.denominator
    return None if shown.value is None or above is None or not below else (round(above), round(below))


def _places(lines: Sequence[PlaceLine], share: float, indicator: Indicator) -> tuple[FunnelPlace, ...]:
    read = [(line, parts) for line in lines if (parts := _parts(line.figure)) is not None]
    places = [_place(line, *parts, share, indicator) for line, parts in read]
    return tuple(sorted(places, key=lambda one: (one.standing == "small", -one.strays)))


def _place(line: PlaceLine, counted: int, cases: int, share: float, indicator: Indicator) -> FunnelPlace:
    inner, outer = limits_for(share, cases)
    own = counted / cases
    side = "higher" if own > share else "lower"
    if indicator.direction in {"higher", "lower"}:
        side = "better" if side == indicator.direction else "worse"
    return FunnelPlace(
        line=line,
        value=own * indicator.factor,
        cases=cases,
        inner=inner.times(indicator.factor),
        outer=outer.times(indicator.factor),
        standing="small" if line.figure.cell.state is State.SMALL_BASE else _standing(own, inner, outer),
        side=side,
        strays=abs(own - share) / math.sqrt(share * (1 - share) / cases),
    )


def _standing(share: float, inner: Limits, outer: Limits) -> Standing:
    if outer.low <= share <= outer.high:
        return "within" if inner.low <= share <= inner.high else "inner"
    return "outer"


def _curve(cases: Sequence[int], share: float, factor: float) -> tuple[tuple[int, Limits, Limits], ...]:
    """Limits from half of the fewest cases to the most of any place, closer together where few cases bend them."""
    roots = np.linspace(math.sqrt(max(min(cases) // 2, 1)), math.sqrt(max(*cases, 2)), _CURVE_POINTS)
    sizes = np.unique(np.round(roots**2).astype(int)).tolist()
    pairs = [(size, *limits_for(share, size)) for size in sizes]
    return tuple((size, inner.times(factor), outer.times(factor)) for size, inner, outer in pairs)
