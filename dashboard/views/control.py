"""Choices above a page, each choice a link: period, department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.views.place import Link, area_name, service_name
from dashboard.views.scope import CHOICES, DEFAULT_PERIOD, days_of, days_of_span, span_key
from warehouse.measure import first_day_by_itself

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dashboard.views.asked import Asked
    from warehouse.reference import Area


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
        days: what may be chosen besides; None where only the options are.
    """

    name: str
    label: str
    value: str
    options: tuple[Option, ...]
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Two days that a reader may choose instead.

    Attributes:
        begin: first day of what is shown.
        end: its last day.
        latest: no day after it can be chosen.
        note: words about days that are not kept by themselves.
        words: names of the fields and of what shows them, by `from`, `until`, `show`.
    """

    begin: date
    end: date
    latest: date
    note: str
    words: Mapping[str, str]


def period_choice(
    asked: Asked, today: date, chosen: str = "", default: str = DEFAULT_PERIOD, also: tuple[str, ...] = ()
) -> Choice:
    """The period of flow numbers.

    Args:
        asked: the request.
        today: state-local day.
        chosen: the period that is shown; that of the page's scope when it is not said.
        default: the period of a page that names none.
        also: further ones that the page knows.
    """
    start_month, present = asked.services.reference.state.fiscal_year_start_month, chosen or asked.scope.period
    year = form.financial_year(today, start_month)
    named = [(period, asked.text(f"period.{period}", year=year)) for period in (*CHOICES, *also)]
    if not also:
        named += _earlier_spans(asked, today)
    if present not in dict(named):
        named.append((present, _span_words(present)))
    options = tuple(
        Option(words, asked.address.but(period=None if period == default else period).href, period == present)
        for period, words in named
    )
    value = next(option.text for option in options if option.chosen)
    days = None if also else _days(asked, today, present)
    return Choice("period", asked.text("control.period"), value, options, days)


def _days(asked: Asked, today: date, present: str) -> Days:
    begin, end = days_of(present, today, asked.services.reference.state.fiscal_year_start_month)
    note = asked.text("control.days_note", day=form.day(first_day_by_itself(today)))
    return Days(begin, end, today, note, {name: asked.text(f"control.{name}") for name in ("from", "until", "show")})


def _earlier_spans(asked: Asked, today: date) -> list[tuple[str, str]]:
    """The quarter and the financial year before those that are under way."""
    start_month = asked.services.reference.state.fiscal_year_start_month
    year = days_of("fy", today, start_month)[0]
    months = (today.year - year.year) * 12 + today.month - year.month
    quarter = _months_later(year, months - months % 3)
    before, one = _months_later(year, -12), timedelta(days=1)
    return [
        (span_key(_months_later(quarter, -3), quarter - one), asked.text("period.last_quarter")),
        (span_key(before, year - one), asked.text("period.fy", year=form.financial_year(before, start_month))),
    ]


def _months_later(first: date, months: int) -> date:
    """The first day of a month so many months after another one."""
    years, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + years, month=month + 1)


def _span_words(period: str) -> str:
    begin, end = days_of_span(period)
    return form.day(begin) if begin == end else f"{form.day(begin)} – {form.day(end)}"


def place_choice(asked: Asked, area: Area, key: str, **without: None) -> Choice:
    """The place itself, those above it, and those directly below it (beside it at the lowest level).

    Args:
        asked: the request.
        area: the place that is shown.
        key: query key of the place.
        **without: further query keys, which a step to another place takes away.
    """
    reference = asked.services.reference
    above = tuple(reversed(reference.ancestors(area.code)))
    below = reference.children(area.code)
    if not below and area.parent is not None:
        below = tuple(one for one in reference.children(area.parent) if one != area)
    options = tuple(
        Option(
            asked.chosen(one.name_en, one.name_local),
            asked.address.but(**{key: None if one.parent is None else one.code}, **without).href,
            one == area,
        )
        for one in (*above, area, *below)
    )
    return Choice("place", asked.text("control.place"), area_name(asked, area.code), options)


def service_filter(asked: Asked) -> tuple[Link, ...]:
    """The one service that a page is narrowed to, with the link that takes it away; empty without one."""
    service = asked.scope.service
    return (Link(service_name(asked, service), asked.address.but(svc=None, page=None).href),) if service else ()


def department_choice(asked: Asked, among: Collection[str] | None = None) -> Choice:
    """One department or all.

    Args:
        asked: the request.
        among: codes of the departments that may be chosen; those with numbers of their own when it is not said.
    """
    services, address, scope = asked.services, asked.address, asked.scope
    everything = asked.text("control.all_departments")
    departments = [
        one
        for one in services.reference.departments.values()
        if (f"dept_{one.code.lower()}_overdue" in services.values.indicators if among is None else one.code in among)
    ]
    options = tuple(
        Option(
            asked.chosen(one.short_en, one.short_local),
            address.but(dept=one.code.lower(), svc=None, page=None).href,
            scope.department == one,
        )
        for one in departments
    )
    chosen = next((option.text for option in options if option.chosen), everything)
    first = Option(everything, address.but(dept=None, page=None).href, scope.department is None)
    return Choice("department", asked.text("control.department"), chosen, (first, *options))
