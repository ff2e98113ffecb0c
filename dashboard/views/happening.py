"""The last events that were counted at a place, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.views.place import area_name, service_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.views.asked import Asked

#: Kinds that change a number on a place's page.
COUNTED: Final = ("case.opened", "case.paused", "case.resumed", "case.decided", "case.reopened", "case.withdrawn")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event.

    Attributes:
        at: when it happened.
        what: in words.
        about: service or metric.
        where: name of the area.
    """

    at: datetime
    what: str
    about: str
    where: str


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
    )


def _about(asked: Asked, row: dict[str, object]) -> str:
    metric = asked.services.reference.metrics.get(str(row.get("metric") or ""))
    if metric is not None:
        return asked.chosen(metric.name_en, metric.name_local)
    return service_name(asked, str(row["service"] or ""))
