"""How people rated what they got: answers from 1 (worst) to 5 (best) in a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.views.scope import days_of
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from datetime import date

    from dashboard.views.asked import Asked

_RATINGS: Final = (5, 4, 3, 2, 1)
#: Ratings from here on count as satisfied.
SATISFIED_FROM: Final = 4


@dataclass(frozen=True, slots=True)
class Ratings:
    """The answers.

    Attributes:
        counts: rating and how many gave it, the best first.
    """

    counts: tuple[tuple[int, int], ...]

    @property
    def answers(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)


def read_ratings(asked: Asked, area: str, on: date) -> Ratings | None:
    """The answers at a place, of the department or service and in the period that are asked for; None without engine.

    Args:
        asked: the request.
        area: code of the place.
        on: state-local day.
    """
    begin, end = days_of(asked.scope.period, on, asked.services.reference.state.fiscal_year_start_month)
    try:
        rows = asked.services.rows("ratings", area=area, from_day=begin, to_day=end, **asked.scope.params())
    except EngineGoneError:
        return None
    told = {row["rating"]: int(row["answers"]) for row in rows}
    return Ratings(tuple((rating, told.get(rating, 0)) for rating in _RATINGS))
