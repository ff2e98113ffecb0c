"""What offices, seats and services have on their desks: open and overdue work, and what they decided in the period.

An office's colour comes from the thresholds that the page's own overdue share has at the level where the office stands,
and only above that indicator's minimum base; it is as late as that indicator's sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from dashboard.copy import Cell
from dashboard.views.figure import Figure
from dashboard.views.holding import late_days
from dashboard.views.scope import first_day
from dashboard.views.today import today
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.catalogue import Bounds
    from dashboard.views.asked import Asked

By = Literal["office", "seat", "service"]
_DAY_S: Final = 86_400
_SHARE, _IN_TIME = "overdue_share", "in_time_share"


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
    until = today(asked.services)
    start_month = asked.services.reference.state.fiscal_year_start_month
    only: dict[str, object] = {"area": area, "office": office, "offices": None if offices is None else list(offices)}
    rows = asked.services.rows(
        "work",
        by=by,
        now=asked.now,
        from_day=first_day(asked.scope.period, until, start_month),
        to_day=until,
        **{name: value for name, value in only.items() if value is not None},
        **asked.scope.params(),
    )
    return tuple(_work(row) for row in rows.to_pylist())


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


def share_figure(asked: Asked, work: Work, level: str) -> Figure:
    """The overdue share as a figure with colour and age.

    Args:
        asked: the request.
        work: of one office, seat or service.
        level: of the area whose thresholds hold.
    """
    return _figure(asked, _SHARE, (work.overdue, work.open, work.overdue_pct), level)


def in_time_figure(asked: Asked, work: Work, level: str) -> Figure:
    """The share decided in time as a figure with colour and age. Args as for `share_figure`."""
    return _figure(asked, _IN_TIME, (work.in_time, work.dated, work.in_time_pct), level)


def oldest_days(asked: Asked, work: Work) -> int | None:
    """Whole days past the limit of the oldest overdue case; None without any."""
    return late_days(work.oldest_due_at, asked.now)


def is_ranked(shown: Figure) -> bool:
    """Whether a figure may be compared with others: its base is large enough and it is current."""
    return shown.value is not None and shown.cell.state is State.OK and shown.fresh.at is None


def _figure(asked: Asked, measure: str, parts: tuple[int, int, float | None], level: str) -> Figure:
    values, code = asked.services.values, asked.scope.code(measure)
    above, base, value = parts
    # A service need not have the indicator; then that of all services says what is late and what is red.
    known = values.indicators.get(code) or values.indicators.get(f"gov_{measure}")
    if known is None:
        return Figure("", "", asked.scope.period, Cell(value, above, base, Band.UNBANDED, State.OK), unit_en="%")
    if value is None:
        cell = Cell(None, above, base, Band.UNBANDED, State.NOT_APPLICABLE)
    elif base < known.minimum_base:
        cell = Cell(value, above, base, Band.UNBANDED, State.SMALL_BASE)
    else:
        cell = Cell(value, above, base, band_at(value, known.bounds(level)), State.OK)
    return Figure(
        code="",
        area="",
        period=asked.scope.period,
        cell=cell,
        fresh=values.as_of(known.code),
        decimals=known.decimals,
        unit_en=known.unit_en,
        unit_local=known.unit_local,
        target=known.target,
    )


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
