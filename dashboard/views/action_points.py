"""Action points: what was agreed in reviews, by whom it is to be done until when, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from dashboard.views.figure import Figure, figure
from dashboard.views.place import Link, area_name
from dashboard.views.today import today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboard.views.asked import Asked

Standing = Literal["missed", "due_soon", "open", "kept", "dropped"]
#: In the order in which they are read.
STANDINGS: Final[tuple[Standing, ...]] = ("missed", "due_soon", "open", "kept", "dropped")
#: Those that somebody still has to do something about.
UNDONE: Final = ("missed", "due_soon", "open")
_SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Point:
    """One action point.

    Attributes:
        id: of it.
        standing: missed = past its day and not kept; due_soon = within a week.
        task: what was to be done.
        holder: who does it.
        place: that it is about, with its page.
        due_on: the last day.
        late_days: whole days past it; 0 unless it was missed.
        number: the indicator that shows it, with its page; None where none was named.
        shown: that number now; None where none was named.
        then: the same at the review; None = it had none, or none was named.
        remark: what was said of it last.
    """

    id: str
    standing: Standing
    task: str
    holder: str
    place: Link
    due_on: date
    late_days: int
    number: Link | None
    shown: Figure | None
    then: float | None
    remark: str


def read_points(asked: Asked, area: str) -> tuple[Point, ...]:
    """All of a place and what lies in it: missed ones first, then by day.

    Args:
        asked: the request.
        area: code.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    rows, on = asked.services.rows("action_points", area=area), today(asked.services)
    before = _before(asked, rows)
    found = [_point(asked, row, on, before) for row in rows]
    return tuple(sorted(found, key=lambda one: STANDINGS.index(one.standing)))


def _point(
    asked: Asked, row: Mapping[str, Any], on: date, before: Mapping[tuple[str, str, str], float | None]
) -> Point:
    code, area, due_on = row["indicator"] or "", row["area"], row["due_on"]
    indicator = asked.services.values.indicators.get(code)
    number, shown = None, None
    if indicator is not None:
        period = indicator.headline_period
        shown = figure(asked.services, code, area, period)
        name = asked.chosen(indicator.name_en, indicator.name_local)
        number = Link(name, asked.indicator_href(code, area, period))
    standing = _standing(row["state"], due_on, on)
    return Point(
        id=row["point"],
        standing=standing,
        task=row["task"],
        holder=row["holder"],
        place=Link(area_name(asked, area), asked.area_href(area)),
        due_on=due_on,
        late_days=(on - due_on).days if standing == "missed" else 0,
        number=number,
        shown=shown,
        then=before.get((row["review"], code, area)),
        remark=row["remark"] or "",
    )


def _standing(state: str, due_on: date, on: date) -> Standing:
    if state in {"kept", "dropped"}:
        return "kept" if state == "kept" else "dropped"
    return "missed" if due_on < on else "due_soon" if due_on - on <= _SOON else "open"


def _before(asked: Asked, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], float | None]:
    """The numbers that action points name, as they were at their reviews, by review, indicator and place."""
    named: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["indicator"]:
            named.setdefault(row["review"], []).append(row)
    found = {}
    for review, points in named.items():
        areas, codes = ({one[key] for one in points} for key in ("area", "indicator"))
        for row in asked.services.rows("review_values", review=review, areas=sorted(areas), indicators=sorted(codes)):
            indicator = asked.services.values.indicators.get(row["indicator"])
            if indicator is not None and indicator.headline_period == row["period"]:
                found[review, row["indicator"], row["area"]] = row["value"]
    return found
