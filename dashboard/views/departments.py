"""Departments at a place, those needing attention first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.views.figure import Figure, figure
from dashboard.views.scope import Scope, services_of

if TYPE_CHECKING:
    from dashboard.views.asked import Asked


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """One department.

    Attributes:
        code: of the department.
        name: short name in the working language.
        href: the same page for this department.
        overdue, share, due_48h, in_time: its numbers at the place.
        share_href, list_href, due_href, in_time_href: explanations and lists.
    """

    code: str
    name: str
    href: str
    overdue: Figure
    share: Figure
    due_48h: Figure
    in_time: Figure
    share_href: str
    list_href: str
    due_href: str
    in_time_href: str


def department_lines(asked: Asked, area: str) -> tuple[DepartmentLine, ...]:
    """All departments that have numbers of their own at a place: red, amber, late, normal; then most overdue.

    Args:
        asked: the request; its department, if it has one, is not looked at.
        area: code of the place.
    """
    services, period = asked.services, asked.scope.period
    lines = []
    for department in services.reference.departments.values():
        scope = Scope(department, services_of(services, department.code), period)
        share = figure(services, scope.code("overdue_share"), area, period)
        if share.code not in services.values.indicators:
            continue
        at = asked.address.but(dept=department.code.lower(), svc=None)
        lines.append(
            DepartmentLine(
                code=department.code,
                name=asked.chosen(department.short_en, department.short_local),
                href=at.but(explain=None, at=None).href,
                overdue=figure(services, scope.code("overdue"), area, period),
                share=share,
                due_48h=figure(services, scope.code("due_48h"), area, period),
                in_time=figure(services, scope.code("in_time_share"), area, period),
                share_href=asked.explain_href(share.code, area),
                list_href=at.to("/breaches", view="overdue", at=area).href,
                due_href=at.to("/breaches", view="due48", at=area).href,
                in_time_href=asked.explain_href(scope.code("in_time_share"), area),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.share.urgency, -(line.overdue.value or 0), line.name)))
