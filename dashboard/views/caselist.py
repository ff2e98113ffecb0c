"""Rows of a case list as screens show them: number, service, who holds it, since when, how late, who is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.views.place import Link, area_name, next_post, office_name, post_name, service_name

if TYPE_CHECKING:
    from dashboard.views.asked import Asked


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case.

    Attributes:
        case_id: as printed on the receipt.
        href: its page.
        service: name.
        place: with the link to its page.
        office, post, step: where it is; "" when the source did not say.
        next_post: who is next; "" at the last post or when the way is not known.
        opened_at, due_at, paused_at, decided_at: instants; None when there is none.
        late_s: seconds past the due instant, now or at the decision; negative before it; None without one, and of a
            case that was withdrawn.
        outcome: approved | rejected of a decided case, else "".
        reopened: how often.
    """

    case_id: str
    href: str
    service: str
    place: Link
    office: Link
    post: str
    step: str
    next_post: str
    opened_at: datetime | None
    due_at: datetime | None
    paused_at: datetime | None
    decided_at: datetime | None
    late_s: float | None
    reopened: int
    outcome: str

    @property
    def stands_still(self) -> bool:
        """Whether its clock was stopped before the limit had passed; then it is not past it."""
        return self.paused_at is not None and (self.due_at is None or self.paused_at <= self.due_at)


@dataclass(frozen=True, slots=True)
class Cases:
    """One page of a list.

    Attributes:
        lines: the rows.
        of: how many there are in all.
    """

    lines: tuple[CaseLine, ...]
    of: int


def read_cases(asked: Asked, **params: object) -> Cases:
    """One page of cases.

    Args:
        asked: the request; its language and department travel with the links.
        **params: of the `case_list` query.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    rows: list[dict[str, object]] = asked.services.rows("case_list", now=asked.now, **params)
    of = int(str(rows[0]["of"])) if rows else 0
    return Cases(tuple(_line(asked, row) for row in rows), of)


def _line(asked: Asked, row: dict[str, object]) -> CaseLine:
    service, office, post, area = (str(row[name] or "") for name in ("service", "office", "post", "area"))
    known = area in asked.services.reference.area_index
    on_list = asked.address.path == "/breaches"
    office_link = asked.address.but(office=office, page=None).href if on_list else asked.office_href(office)
    following = next_post(asked.services, service, office, post)
    return CaseLine(
        case_id=str(row["case_id"]),
        href=asked.application_href(str(row["case_id"])),
        service=service_name(asked, service),
        place=Link(area_name(asked, area), asked.area_href(area) if known else ""),
        office=Link(office_name(asked, office), office_link if office else ""),
        post=post_name(asked, post),
        step=asked.step(str(row["step"] or "")),
        next_post=post_name(asked, following),
        opened_at=row["opened_at"],  # type: ignore[arg-type]
        due_at=row["due_at"],  # type: ignore[arg-type]
        paused_at=row["paused_at"],  # type: ignore[arg-type]
        decided_at=row["decided_at"],  # type: ignore[arg-type]
        late_s=None if row["status"] == "withdrawn" else _late_s(row["due_at"], row["decided_at"] or asked.now),
        outcome=str(row["outcome"] or ""),
        reopened=int(str(row["reopened"] or 0)),
    )


def _late_s(due_at: object, at: object) -> float | None:
    return (at - due_at).total_seconds() if isinstance(due_at, datetime) and isinstance(at, datetime) else None
