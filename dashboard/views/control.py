"""Choices above a page, each choice a link: period, department."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.views.scope import CHOICES

if TYPE_CHECKING:
    from datetime import date

    from dashboard.views.asked import Asked


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen."""

    text: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A menu.

    Attributes:
        name: for the menu's id.
        label: what is chosen here.
        value: words of the present choice.
        options: what else there is.
    """

    name: str
    label: str
    value: str
    options: tuple[Option, ...]


def period_choice(asked: Asked, today: date) -> Choice:
    """The period of flow numbers.

    Args:
        asked: the request.
        today: state-local day.
    """
    start_month = asked.services.reference.state.fiscal_year_start_month
    options = tuple(
        Option(
            asked.text(f"period.{period}", year=form.financial_year(today, start_month)),
            asked.address.but(period=None if period == "mtd" else period).href,
            period == asked.scope.period,
        )
        for period in CHOICES
    )
    chosen = next(option.text for option in options if option.chosen)
    return Choice("period", asked.text("control.period"), chosen, options)


def department_choice(asked: Asked) -> Choice:
    """One department or all; only departments with numbers of their own."""
    services, address, scope = asked.services, asked.address, asked.scope
    everything = asked.text("control.all_departments")
    departments = [
        one
        for one in services.reference.departments.values()
        if f"dept_{one.code.lower()}_overdue" in services.values.indicators
    ]
    options = tuple(
        Option(
            asked.chosen(one.short_en, one.short_local),
            address.but(dept=one.code.lower(), page=None).href,
            scope.department == one,
        )
        for one in departments
    )
    chosen = next((option.text for option in options if option.chosen), everything)
    first = Option(everything, address.but(dept=None, page=None).href, scope.department is None)
    return Choice("department", asked.text("control.department"), chosen, (first, *options))
