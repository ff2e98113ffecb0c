"""Offices beside each other, those needing attention first, and what is usual among offices like one of them.

Order: colour of the overdue share, then days past the limit added up, then overdue cases. Offices are alike when they
are of one kind in places of one kind; what has a small base or late data is shown and not compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final

from dashboard.views.holding import late_days
from dashboard.views.place import Link, office_name
from dashboard.views.work import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboard.views.asked import Asked
    from dashboard.views.figure import Figure
    from dashboard.views.work import Judged, Work
    from warehouse.reference import Office

#: A median of fewer offices says nothing.
_LEAST_PEERS: Final = 3


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One office, or a seat of it, or a service of it.

    Attributes:
        code: of the office; "" where the source did not say.
        name: with the link to the page of what the row is about; "" without one.
        note: smaller words under the name; "" for none.
        work: counts.
        overdue_href, open_href, due_href: the cases; "" where the list cannot be narrowed to them.
        share: overdue per cent of open work.
        in_time: decided in time, per cent.
        oldest_days: whole days past the limit of the oldest case; None when nothing is overdue.
        is_here: whether it is the one that the page is about.
    """

    code: str
    name: Link
    note: str
    work: Work
    overdue_href: str
    open_href: str
    due_href: str
    share: Figure
    in_time: Figure
    oldest_days: int | None
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual among offices like one of them.

    Attributes:
        offices: how many there are.
        overdue_pct, in_time_pct: medians of those with base enough; None without three such.
    """

    offices: int = 0
    overdue_pct: float | None = None
    in_time_pct: float | None = None


NOTHING_USUAL: Final = Usual()


def judged_offices(asked: Asked, works: Iterable[Work]) -> tuple[Judged, ...]:
    """Offices that hold or decided something, in the order of attention.

    Args:
        asked: the request.
        works: by office.
    """
    return judge(asked, (work for work in works if work.open or work.dated), lambda code: level_of(asked, code))


def office_rows(asked: Asked, offices: Iterable[Judged], *, area: str = "", here: str = "") -> tuple[OfficeRow, ...]:
    """Rows of offices in their order.

    Args:
        asked: the request.
        offices: from `judged_offices`.
        area: the place whose cases are counted; "" = wherever they are from.
        here: code of the office that the page is about.
    """
    return tuple(_office_row(asked, one, area, here) for one in offices)


def made_row(asked: Asked, one: Judged, name: Link, *, area: str, note: str = "") -> OfficeRow:
    """A row of whatever work is about.

    Args:
        asked: the request.
        one: counts and shares.
        name: what the row is about.
        area: the place whose cases are counted; "" = wherever they are from.
        note: smaller words under the name.
    """
    work = one.work
    # An office or a post that reference data do not know has no list of its own.
    is_listed = _is_known(asked, work)
    only = {"svc": work.service, "office": work.office, "post": work.post}
    return OfficeRow(
        code=work.office,
        name=name,
        note=note,
        work=work,
        overdue_href=asked.list_href("overdue", area, **only) if is_listed else "",
        open_href=asked.list_href("open", area, **only) if is_listed else "",
        due_href=asked.list_href("due48", area, **only) if is_listed else "",
        share=one.share,
        in_time=one.in_time,
        oldest_days=late_days(work.oldest_due_at, asked.now),
    )


def _is_known(asked: Asked, work: Work) -> bool:
    reference = asked.services.reference
    is_seat = work.post in reference.posts or not work.post
    return work.office in reference.offices and is_seat


def _office_row(asked: Asked, one: Judged, area: str, here: str) -> OfficeRow:
    code = one.work.office
    row = made_row(asked, one, Link(office_name(asked, code), asked.office_href(code)), area=area)
    return replace(row, is_here=code == here != "")


def level_of(asked: Asked, office: str) -> str:
    """Code of the level at which an office stands; "" for one that reference data do not know."""
    known = asked.services.reference.offices.get(office)
    return "" if known is None else asked.services.reference.area(known.area).level


def alike(asked: Asked, office: Office) -> tuple[Office, ...]:
    """Offices of the same kind in places of the same kind, itself among them."""
    reference = asked.services.reference
    kind = reference.area(office.area).kind
    return tuple(
        one for one in reference.offices.values() if one.kind == office.kind and reference.area(one.area).kind == kind
    )


def usual(offices: Sequence[Judged]) -> Usual:
    """What is usual among offices.

    Args:
        offices: that are alike.
    """
    return Usual(len(offices), _median(one.share for one in offices), _median(one.in_time for one in offices))


def _median(figures: Iterable[Figure]) -> float | None:
    known = [shown.value for shown in figures if shown.is_ranked and shown.value is not None]
    return median(known) if len(known) >= _LEAST_PEERS else None
