"""What a page is about besides its place: one service, one department or the whole government, and the period."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from dashboard.views.today import today
from warehouse.measure import countable_span, is_countable_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.address import Address
    from dashboard.services import Services
    from warehouse.reference import Department

#: Periods that a reader may choose; the others exist for comparison.
CHOICES: Final = ("today", "7d", "mtd", "lm", "fy")
DEFAULT_PERIOD: Final = "mtd"
#: Between the days of a span, and how they are written.
_TO: Final = ".."
_DAY: Final = "%d-%m-%Y"
_FIRST_YEAR: Final = 1900
#: The same span earlier, where the board keeps one.
EARLIER: Final = {"7d": "p7d", "mtd": "pmtd"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Department, service and period of a page.

    Attributes:
        department: None = all departments.
        services: codes of the services that are asked for; None = all.
        period: one of CHOICES, or a span of days as an address says it.
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


def days_of_span(period: str) -> tuple[date, date]:
    """First and last day of `01-10-2026..15-10-2026`.

    Raises:
        ValueError: it is written otherwise, or begins before 1900.
    """
    begin, end = (datetime.strptime(day, _DAY).date() for day in period.split(_TO))  # noqa: DTZ007 – calendar days
    if begin.year < _FIRST_YEAR:
        raise ValueError(f"{period} begins before {_FIRST_YEAR}")
    return begin, end


def span_key(begin: date, end: date) -> str:
    """The same as an address says it."""
    return f"{begin.strftime(_DAY)}{_TO}{end.strftime(_DAY)}"


def asked_period(services: Services, address: Address) -> str:
    """The period that an address asks for; "" where it names none, or one that cannot be.

    A span that begins or ends where days are not kept by themselves any more is made whole months there, and pages say
    the days that they count.
    """
    wanted, now = address.get("period"), today(services)
    if wanted in CHOICES:
        return wanted
    try:
        begin, end = countable_span(*days_of_span(wanted), now)
    except ValueError:
        return ""
    return span_key(begin, end) if is_countable_span(begin, end, now) else ""


def days_of(period: str, on: date, start_month: int) -> tuple[date, date]:
    """The first and the last day of a period.

    Args:
        period: one of CHOICES, or a span of days.
        on: today, state-local.
        start_month: of the financial year.
    """
    if period == "today":
        return on, on
    if period == "7d":
        return on - timedelta(days=6), on
    if period == "mtd":
        return on.replace(day=1), on
    if _TO in period:
        return days_of_span(period)
    if period == "lm":
        last = on.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    return date(on.year if on.month >= start_month else on.year - 1, start_month, 1), on


def read_scope(services: Services, address: Address) -> Scope:
    """What an address asks for; what it names wrongly, or a service of another department, counts as not asked for."""
    reference = services.reference
    asked = address.get("dept").upper()
    department = reference.departments.get(asked)
    within = None if department is None else services_of(services, department.code)
    period = asked_period(services, address) or DEFAULT_PERIOD
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
