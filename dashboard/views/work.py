"""What offices, seats and services have on their desks: open and overdue work, and what they decided in the period.

An office's colour comes from the thresholds that the page's own overdue share has at the level where the office stands,
and only above that indicator's minimum base; it is as late as that indicator's sources.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from dashboard.copy import Cell
from dashboard.views.figure import Figure
from dashboard.views.scope import days_of
from dashboard.views.today import today
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from dashboard.catalogue import Bounds
    from dashboard.views.asked import Asked

By = Literal["office", "seat", "service"]
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Work:
    """What is held now and was decided in the period.

    Attributes:
        office, post, service: codes of what the row is about; "" for the others and where the source did not say.
        open, overdue, due_48h, paused: cases now.
        oldest_due_at: earliest due instant of the overdue ones; None without any.
        late_days: whole days past the due instants, summed over the overdue ones.
        dated: decided in the period, with a limit.
        in_time: of those, not after it.
    """

    office: str = ""
    post: str = ""
    service: str = ""
    open: int = 0
    overdue: int = 0
    due_48h: int = 0
    paused: int = 0
    oldest_due_at: datetime | None = None
    late_days: int = 0
    dated: int = 0
    in_time: int = 0

    @property
    def overdue_pct(self) -> float | None:
        """Overdue cases per cent of open ones; None without open ones."""
        return 100 * self.overdue / self.open if self.open else None

    @property
    def in_time_pct(self) -> float | None:
        """Decisions in time per cent of those with a limit; None without any."""
        return 100 * self.in_time / self.dated if self.dated else None


def read_work(
    asked: Asked, by: By, *, area: str | None = None, office: str | None = None, offices: Sequence[str] | None = None
) -> tuple[Work, ...]:
    """Rows by office, seat (office and post) or service, most overdue first.

    Args:
        asked: the request, for department, service and period.
        by: what a row is about.
        area: cases in this area with all below it only.
        office: of this office only.
        offices: of these offices only.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    start_month = asked.services.reference.state.fiscal_year_start_month
    begin, end = days_of(asked.scope.period, today(asked.services), start_month)
    only: dict[str, object] = {"area": area, "office": office, "offices": None if offices is None else list(offices)}
    rows = asked.services.rows(
        "work",
        by=by,
        now=asked.now,
        from_day=begin,
        to_day=end,
        **{name: value for name, value in only.items() if value is not None},
        **asked.scope.params(),
    )
    return tuple(_work(row) for row in rows)


def _work(row: dict[str, Any]) -> Work:
    return Work(
        office=row.get("office") or "",
        post=row.get("post") or "",
        service=row.get("service") or "",
        open=row["open"],
        overdue=row["overdue"],
        due_48h=row["due_48h"],
        paused=row["paused"],
        oldest_due_at=row["oldest_due_at"],
        late_days=row["late_s_sum"] // _DAY_S,
        dated=row["dated"],
        in_time=row["in_time"],
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Work with its two shares as figures: colour, base, age.

    Attributes:
        work: counts.
        share: overdue per cent of open work.
        in_time: decided in time, per cent.
    """

    work: Work
    share: Figure
    in_time: Figure


def judge(asked: Asked, works: Iterable[Work], level_of: Callable[[str], str]) -> tuple[Judged, ...]:
    """Work with its shares, in the order of attention: colour, days past the limit, overdue cases.

    Args:
        asked: the request.
        works: of offices, seats or services.
        level_of: code of the level whose thresholds hold for an office's code.
    """
    overdue, in_time = _Share(asked, "overdue_share"), _Share(asked, "in_time_share")
    made = []
    for work in works:
        level = level_of(work.office)
        made.append(
            Judged(
                work,
                overdue.figure(work.overdue, work.open, work.overdue_pct, level),
                in_time.figure(work.in_time, work.dated, work.in_time_pct, level),
            )
        )
    return tuple(sorted(made, key=_order))


def _order(one: Judged) -> tuple[int | str, ...]:
    work = one.work
    return (one.share.urgency, -work.late_days, -work.overdue, -work.open, work.office, work.post, work.service)


class _Share:
    """A share that offices have like places: its thresholds, base and sources are those of the page's indicator."""

    def __init__(self, asked: Asked, measure: str) -> None:
        values = asked.services.values
        # A service need not have the indicator; then that of all services says what is late and what is red.
        self.known = values.indicators.get(asked.scope.code(measure)) or values.indicators.get(f"gov_{measure}")
        plain = Figure("", "", asked.scope.period, unit_en="%", unit_local="%")
        self.plain = (
            plain
            if self.known is None
            else replace(
                plain, fresh=values.as_of(self.known.code), decimals=self.known.decimals, target=self.known.target
            )
        )

    def figure(self, above: int, base: int, value: float | None, level: str) -> Figure:
        """The figure of one office, seat or service."""
        if value is None:
            cell = Cell(None, above, base, Band.UNBANDED, State.NOT_APPLICABLE)
        elif self.known is None:
            cell = Cell(value, above, base, Band.UNBANDED, State.OK)
        elif base < self.known.minimum_base:
            cell = Cell(value, above, base, Band.UNBANDED, State.SMALL_BASE)
        else:
            cell = Cell(value, above, base, band_at(value, self.known.bounds(level)), State.OK)
        return replace(self.plain, cell=cell)


def band_at(value: float, bounds: Bounds | None) -> Band:
    """The colour of a value; one on a threshold is still on its better side.

    Args:
        value: in the indicator's unit.
        bounds: thresholds of its level; None = none.
    """
    if bounds is None:
        return Band.UNBANDED
    for band, low, high in (
        (Band.RED, bounds.red_low, bounds.red_high),
        (Band.AMBER, bounds.amber_low, bounds.amber_high),
    ):
        if (low is not None and value < low) or (high is not None and value > high):
            return band
    return Band.NORMAL
