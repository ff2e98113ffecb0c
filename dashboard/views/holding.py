"""Who holds the work that needs somebody: offices and posts at one place, or the first of them at many places."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dashboard.views.asked import Asked

#: As many office-and-post pairs as the engine gives at once.
_ALL: Final = 10_000
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Holder:
    """One office and post with what it holds in one area.

    Attributes:
        office, post: codes; "" when the source did not say.
        area: code of the area of some of the cases; all of them where the office serves one area.
        cases: how many.
        oldest_due_at: the earliest due instant among them; None when none has one.
        late_s: seconds past the due instants, summed over the cases.
    """

    office: str
    post: str
    area: str
    cases: int
    oldest_due_at: datetime | None
    late_s: float


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held somewhere.

    Attributes:
        holders: office-and-post pairs, most cases first; areas are joined.
        cases: sum.
        oldest_due_at: the earliest due instant.
        late_days: whole days past the due instants, summed ("person-days past the limit").
    """

    holders: tuple[Holder, ...] = ()
    cases: int = 0
    oldest_due_at: datetime | None = None
    late_days: int = 0


NOBODY: Final = Holding()


@dataclass(frozen=True, slots=True)
class Held:
    """What is held at one place, in one line.

    Attributes:
        cases: how many.
        offices: how many offices hold some.
        seats: how many office-and-post pairs hold some.
        office, post: the pair that holds most; "" when the source did not say.
        most: how many it holds.
        oldest_of_most: the earliest due instant among those.
        oldest_due_at: the earliest due instant of all.
        late_days: whole days past the due instants, summed ("person-days past the limit").
    """

    cases: int = 0
    offices: int = 0
    seats: int = 0
    office: str = ""
    post: str = ""
    most: int = 0
    oldest_of_most: datetime | None = None
    oldest_due_at: datetime | None = None
    late_days: int = 0


NONE_HELD: Final = Held()


def read_held(asked: Asked, view: str, areas: Sequence[str]) -> dict[tuple[str, bool], Held]:
    """What is held at each of some places.

    Args:
        asked: the request, for its department.
        view: overdue | due48 | paused | reopened | undated | open.
        areas: codes.

    Returns:
        By (area, False) with all below it and (area, True) at the area itself; nothing where nothing is held.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    params = asked.scope.params()
    rows = asked.services.rows("held", view=view, areas=list(areas), now=asked.now, **params)
    return {
        (row["area"], row["is_own"]): Held(
            cases=int(row["cases"]),
            offices=int(row["offices"]),
            seats=int(row["seats"]),
            office=row["office"] or "",
            post=row["post"] or "",
            most=int(row["most"]),
            oldest_of_most=row["oldest_of_most"],
            oldest_due_at=row["oldest_due_at"],
            late_days=int(row["late_s_sum"] // _DAY_S),
        )
        for row in rows
    }


def read_holders(asked: Asked, view: str, area: str, *, service: str = "", limit: int = _ALL) -> tuple[Holder, ...]:
    """Everybody who holds cases of a kind in an area.

    Args:
        asked: the request, for its department.
        view: overdue | due48 | paused | reopened | undated | open.
        area: code of the area with all below it.
        service: one service only; "" = all of the scope.
        limit: most office-and-post pairs, those with most cases first.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    params = asked.scope.params() | ({"services": [service]} if service else {})
    rows = asked.services.rows("holders", view=view, area=area, now=asked.now, limit=limit, **params)
    return tuple(
        Holder(
            office=row["office"] or "",
            post=row["post"] or "",
            area=row["area"] or "",
            cases=int(row["cases"]),
            oldest_due_at=row["oldest_due_at"],
            late_s=float(row["late_s_sum"] or 0),
        )
        for row in rows
    )


def holding(holders: Iterable[Holder]) -> Holding:
    """Everything these holders hold, joined by office and post."""
    by_seat: dict[tuple[str, str], list[Holder]] = defaultdict(list)
    for one in holders:
        by_seat[one.office, one.post].append(one)
    joined = [_joined(rows) if len(rows) > 1 else rows[0] for rows in by_seat.values()]
    joined.sort(key=lambda one: (-one.cases, one.office, one.post))
    return Holding(
        holders=tuple(joined),
        cases=sum(one.cases for one in joined),
        oldest_due_at=_earliest(joined),
        late_days=int(sum(one.late_s for one in joined) // _DAY_S),
    )


def late_days(due_at: datetime | None, now: datetime) -> int | None:
    """Whole days since a due instant; None when there is none or it is yet to come."""
    if due_at is None or due_at > now:
        return None
    return int((now - due_at).total_seconds() // _DAY_S)


def _joined(rows: list[Holder]) -> Holder:
    most = max(rows, key=lambda one: one.cases)
    return Holder(
        office=most.office,
        post=most.post,
        area=most.area,
        cases=sum(one.cases for one in rows),
        oldest_due_at=_earliest(rows),
        late_s=sum(one.late_s for one in rows),
    )


def _earliest(rows: Iterable[Holder]) -> datetime | None:
    return min((one.oldest_due_at for one in rows if one.oldest_due_at is not None), default=None)
