"""What a page is about besides its place: one service, one department or the whole government, and the period."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.address import Address
    from dashboard.services import Services
    from warehouse.reference import Department

#: Periods that a reader may choose; the others exist for comparison.
CHOICES: Final = ("today", "7d", "mtd", "lm", "fy")
DEFAULT_PERIOD: Final = "mtd"
#: The same span earlier, where the board keeps one.
EARLIER: Final = {"7d": "p7d", "mtd": "pmtd"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Department, service and period of a page.

    Attributes:
        department: None = all departments.
        services: codes of the services that are asked for; None = all.
        period: one of CHOICES.
        service: code of the one service that is asked for; "" = all of the department.
        of_service: codes of that service's own indicators by what they measure.
    """

    department: Department | None
    services: tuple[str, ...] | None
    period: str
    service: str = ""
    of_service: Mapping[str, str] = field(default_factory=dict)

    def code(self, measure: str) -> str:
        """Code of the indicator of a measure: gov_overdue, dept_rev_overdue for a department, that of the service.

        A service without an indicator for it gives a code that no indicator has.
        """
        if self.service:
            return self.of_service.get(measure, f"{self.service}_{measure}")
        return f"gov_{measure}" if self.department is None else f"dept_{self.department.code.lower()}_{measure}"

    def params(self) -> dict[str, object]:
        """The scope as parameters of a named query."""
        return {} if self.services is None else {"services": list(self.services)}


def days_of(period: str, today: date, start_month: int) -> tuple[date, date]:
    """The first and the last day of a period.

    Args:
        period: one of CHOICES.
        today: state-local day.
        start_month: of the financial year.
    """
    if period == "today":
        return today, today
    if period == "7d":
        return today - timedelta(days=6), today
    if period == "mtd":
        return today.replace(day=1), today
    if period == "lm":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    return date(today.year if today.month >= start_month else today.year - 1, start_month, 1), today


def read_scope(services: Services, address: Address) -> Scope:
    """What an address asks for; what it names wrongly, or a service of another department, counts as not asked for."""
    reference = services.reference
    asked = address.get("dept").upper()
    department = reference.departments.get(asked)
    within = None if department is None else services_of(services, department.code)
    period = address.get("period") if address.get("period") in CHOICES else DEFAULT_PERIOD
    service = address.get("svc")
    if service in (reference.services if within is None else within):
        own = {
            one.family: one.code
            for one in services.values.indicators.values()
            if one.subjects == (service,) and not one.is_roll_up
        }
        return Scope(department, (service,), period, service, own)
    return Scope(department, within, period)


def services_of(services: Services, department: str) -> tuple[str, ...]:
    """Codes of a department's services."""
    return tuple(code for code, service in services.reference.services.items() if service.department == department)
