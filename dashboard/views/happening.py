"""The last events that were counted at a place, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.views.place import area_name, service_name
from dashboard.views.today import today
from warehouse.measure import CASE_STOCKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked

#: Kinds that change a number on a place's page.
COUNTED: Final = ("case.opened", "case.paused", "case.resumed", "case.decided", "case.reopened", "case.withdrawn")
#: Measure of an expression → kinds of events that are counted in it; stocks change with all of COUNTED.
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "received": ("case.opened",),
    **dict.fromkeys(("decided", "approved", "rejected", "in_time", "late", "undated", "decide_s"), ("case.decided",)),
    "withdrawn": ("case.withdrawn",),
    "delivered": ("case.delivered",),
    "reopened": ("case.reopened",),
    **dict.fromkeys(("feedback", "satisfied", "rating"), ("feedback.given",)),
    **dict.fromkeys(("payments", "paid_paise"), ("amount.recorded",)),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event.

    Attributes:
        at: when it happened.
        what: in words.
        about: service or metric.
        where: name of the area.
        is_today: whether the time of day alone says when.
    """

    at: datetime
    what: str
    about: str
    where: str
    is_today: bool


def kinds_counted(indicator: Indicator) -> tuple[str, ...]:
    """Kinds of events that an indicator about services counts."""
    if indicator.time == "quantile":
        return ("case.decided",)
    words = set(re.findall(r"\w+", f"{indicator.numerator} {indicator.denominator}"))
    if words & set(CASE_STOCKS) or not words & set(_KINDS):
        return COUNTED
    return tuple(dict.fromkeys(kind for measure, kinds in _KINDS.items() if measure in words for kind in kinds))


def last_events(
    asked: Asked, area: str, subjects: Sequence[str] | None, limit: int, kinds: Sequence[str] = COUNTED
) -> tuple[Happening, ...]:
    """The newest events about services in an area, newest first.

    Args:
        asked: the request.
        area: code, with everything below it.
        subjects: service codes; None = all.
        limit: most events.
        kinds: only these.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    params: dict[str, object] = {} if subjects is None else {"services": list(subjects)}
    rows = asked.services.rows("recent_events", area=area, kinds=list(kinds), limit=limit, **params)
    return tuple(_happening(asked, row) for row in rows)


def _happening(asked: Asked, row: dict[str, object]) -> Happening:
    kind = str(row["kind"]).replace(".", "_")
    outcome = row.get("outcome")
    key = f"event.{kind}_{outcome}" if outcome else f"event.{kind}"
    at: datetime = row["occurred_at"]  # type: ignore[assignment]
    return Happening(
        at=at,
        what=asked.text(key),
        about=_about(asked, row),
        where=area_name(asked, str(row["area"] or "")),
        is_today=at.astimezone(asked.services.zone).date() == today(asked.services),
    )


def _about(asked: Asked, row: dict[str, object]) -> str:
    metric = asked.services.reference.metrics.get(str(row.get("metric") or ""))
    if metric is not None:
        return asked.chosen(metric.name_en, metric.name_local)
    return service_name(asked, str(row["service"] or ""))
