"""How long decided cases stayed at each step of their way and who held them: where the time goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboard.views.place import post_name
from dashboard.views.today import today
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked

#: Cases decided in so many days tell of a usual case; those of today or a month's first days would not.
DAYS: Final = 90
#: Rows that are shown; what takes little time is added up below them, and whole in files.
_MOST_LINES: Final = 10
#: Of fewer cases nine in ten is one or none.
_LEAST_FOR_P90: Final = 10
#: Of fewer a row says that its base is small.
_MINIMUM_BASE: Final = 30


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step at one post.

    Attributes:
        step: the source's own word; "" when it said none.
        post: who held it; "" when it was not said.
        is_waiting: no step but the wait for the applicant, at whichever post.
        cases: decided cases that came there.
        median_s: half of them took no longer, in seconds.
        p90_s: nine in ten took no longer, in seconds; None for a few cases.
        share_pct: of all the time of all the cases.
    """

    step: str
    post: str
    is_waiting: bool
    cases: int
    median_s: float
    p90_s: float | None
    share_pct: float

    @property
    def is_small(self) -> bool:
        """Whether few cases came there."""
        return self.cases < _MINIMUM_BASE


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Where the time of decided cases went.

    Attributes:
        all_lines: most of the time first; empty when no case was decided or no source told a step.
        decided: cases that were decided in DAYS.
    """

    all_lines: tuple[StepLine, ...]
    decided: int

    @property
    def lines(self) -> tuple[StepLine, ...]:
        """Those that are shown."""
        return self.all_lines[:_MOST_LINES]

    @property
    def left(self) -> int:
        """How many are not shown."""
        return len(self.all_lines) - len(self.lines)

    @property
    def left_pct(self) -> float:
        """The share that these have of all the time."""
        return sum(line.share_pct for line in self.all_lines[_MOST_LINES:])

    @property
    def longest_s(self) -> float:
        """The longest time that is shown, in seconds: the scale of the bars."""
        return longest_s(self.lines)


def longest_s(lines: Sequence[StepLine]) -> float:
    """The longest time of some rows, in seconds; 0 without rows."""
    return max((line.p90_s or line.median_s for line in lines), default=0.0)


def indicator_step_times(asked: Asked, indicator: Indicator, area: str) -> StepTimes | None:
    """The steps of the services that an indicator counts; None where it counts none or those of the whole state.

    A step of four hundred services says nothing of any of them.

    Args:
        asked: the request.
        indicator: which.
        area: code.
    """
    reference = asked.services.reference
    wanted = [code for code in indicator.subjects if code in reference.services]
    if not wanted or len({reference.services[code].department for code in wanted}) > 1:
        return None
    return _read(asked, area=area, services=wanted)


def office_step_times(asked: Asked, office: str) -> StepTimes | None:
    """The steps of the cases that an office decided, those before it came there too. Args: the request; the office."""
    return _read(asked, office=office, **asked.scope.params())


def _read(asked: Asked, **which: object) -> StepTimes | None:
    on = today(asked.services)
    first = on - timedelta(days=DAYS - 1)
    try:
        rows = asked.services.rows("step_times", from_day=first, to_day=on, **which)
    except EngineGoneError:
        return None
    known = [row for row in rows if row["cases"] is not None]
    decided = int(rows[0]["of"])
    if not any(row["step"] or row["post"] for row in known):
        return StepTimes((), decided)
    whole_s = sum(row["total_s"] for row in known)
    return StepTimes(tuple(_line(asked, row, whole_s) for row in known), decided)


def _line(asked: Asked, row: Mapping[str, Any], whole_s: float) -> StepLine:
    cases = int(row["cases"])
    return StepLine(
        step=asked.step(row["step"] or ""),
        post=post_name(asked, row["post"] or ""),
        is_waiting=row["is_waiting"],
        cases=cases,
        median_s=row["median_s"],
        p90_s=row["p90_s"] if cases >= _LEAST_FOR_P90 else None,
        share_pct=100 * row["total_s"] / whole_s,
    )
