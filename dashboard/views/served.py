"""Whether people were served: what they answered beside what was decided, for places, departments and services.

Closed is not solved: a share of decisions in time never stands without the answers, what was opened again and what was
refused. Rows are compared only where at least the minimum base of people answered and the answers are current.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard.copy import Cell
from dashboard.freshness import Freshness
from dashboard.views.figure import Figure, figure
from dashboard.views.place import Link, service_name
from dashboard.views.rank import Positions, positions
from dashboard.views.scope import Scope, services_of
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from warehouse.reference import Area


_SATISFIED: Final = "_satisfied_share"


@dataclass(frozen=True, slots=True)
class Served:
    """One place, department or service.

    Attributes:
        code: of it.
        name: with the same page about it.
        satisfied: per cent of those who answered; its denominator is their number.
        heard: per cent of decided cases on which somebody answered.
        in_time: per cent decided in time.
        reopened: per cent opened again after a decision.
        rejected: per cent refused.
        positions: where it may stand among those that are compared, 1 = most satisfied; None for those that are not.
    """

    code: str
    name: Link
    satisfied: Figure
    heard: Figure
    in_time: Figure
    reopened: Figure
    rejected: Figure
    positions: Positions | None = None

    @property
    def answers(self) -> float | None:
        """How many answered; None when nothing has been heard for too long."""
        is_silent = self.satisfied.fresh.freshness is Freshness.SILENT
        return None if is_silent else self.satisfied.cell.denominator


def served(asked: Asked, code: str, name: Link, area: str, code_of: Callable[[str], str]) -> Served:
    """What is known of one.

    Args:
        asked: the request, for its period.
        code: of the place, department or service.
        name: with its page.
        area: code of the place.
        code_of: the indicator of a measure.
    """

    def read(measure: str) -> Figure:
        return figure(asked.services, code_of(measure), area, asked.scope.period)

    satisfied = read("satisfied_share")
    return Served(
        code=code,
        name=name,
        satisfied=satisfied,
        heard=_heard(read("feedback_share"), satisfied, read("decided")),
        in_time=read("in_time_share"),
        reopened=read("reopened_share"),
        rejected=read("rejected_share"),
    )


def _heard(known: Figure, satisfied: Figure, decided: Figure) -> Figure:
    """The share of decisions on which somebody answered, made from its parts where it has no indicator of its own."""
    answers, cases = satisfied.cell.denominator, decided.value
    if known.cell.state is not State.NOT_APPLICABLE or answers is None or not cases:
        return known
    cell = Cell(100 * answers / cases, answers, cases, Band.UNBANDED, satisfied.cell.state)
    return replace(satisfied, code="", cell=cell, target=None)


def served_places(asked: Asked, places: Sequence[Area], href: Callable[[str], str]) -> tuple[Served, ...]:
    """Places, the least satisfied first, those that are not compared after them.

    Args:
        asked: the request.
        places: which.
        href: the page about one.
    """
    code_of = asked.scope.code
    return _ordered(
        served(asked, one.code, Link(asked.chosen(one.name_en, one.name_local), href(one.code)), one.code, code_of)
        for one in places
    )


def served_departments(asked: Asked, area: str) -> tuple[Served, ...]:
    """Departments that ask for answers, in the same order. Args: the request; code of the place."""
    services, lines = asked.services, []
    for one in services.reference.departments.values():
        scope = Scope(one, services_of(services, one.code), asked.scope.period)
        if scope.code("satisfied_share") in services.values.indicators:
            href = asked.address.but(dept=one.code.lower(), svc=None, explain=None, of=None).href
            name = Link(asked.chosen(one.short_en, one.short_local), href)
            lines.append(served(asked, one.code, name, area, scope.code))
    return _ordered(lines)


def served_services(asked: Asked, area: str) -> tuple[Served, ...]:
    """Services, and groups of services, that ask for answers, of the department that is asked for, in the same order.

    A single service leads to the same page about it, a group to the page of its indicator.

    Args:
        asked: the request.
        area: code of the place.
    """
    department = asked.scope.department
    return _ordered(
        _service(asked, one, area)
        for one in asked.services.values.indicators.values()
        if (one.numerator, one.denominator) == ("satisfied", "feedback")
        and not one.is_roll_up
        and (department is None or one.department == department.code)
    )


def _service(asked: Asked, indicator: Indicator, area: str) -> Served:
    begin = indicator.code.removesuffix(_SATISFIED)
    subjects = indicator.subjects
    if len(subjects) == 1 and begin == subjects[0]:
        href = asked.address.but(svc=begin, explain=None, of=None).href
        name = Link(service_name(asked, begin), href)
    else:
        href = asked.indicator_href(indicator.code, area, asked.scope.period)
        name = Link(asked.chosen(indicator.name_en, indicator.name_local).partition(":")[0], href)
    return served(asked, begin, name, area, lambda measure: f"{begin}_{measure}")


def _ordered(lines: Iterable[Served]) -> tuple[Served, ...]:
    """Compared ones first, the least satisfied of them first, each with the positions that chance leaves it."""
    known = [one for one in lines if one.satisfied.cell.state is not State.NOT_APPLICABLE]
    compared = sorted((one for one in known if one.satisfied.is_ranked), key=_least)
    cells = [one.satisfied.cell for one in compared]
    found = positions(
        [cell.numerator or 0.0 for cell in cells], [cell.denominator or 0.0 for cell in cells], is_higher_better=True
    )
    rest = sorted((one for one in known if not one.satisfied.is_ranked), key=lambda one: one.name.text)
    return (*(replace(one, positions=where) for one, where in zip(compared, found, strict=True)), *rest)


def _least(one: Served) -> tuple[float, str]:
    return one.satisfied.value or 0.0, one.name.text
