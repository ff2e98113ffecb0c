"""Offices of which nothing was heard in the financial year: which department's, by the rule of coverage.

The total is the engine's figure `cm_offices{state="silent"}`: an office that delivers services of two departments
counts with each of them and once in the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.views.coverage import read_reported
from dashboard.views.place import Link, office_name
from dashboard.views.scope import services_of
from dashboard.views.today import today

if TYPE_CHECKING:
    from dashboard.views.asked import Asked

#: Offices that are named beside their number.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class SilentLine:
    """Silent offices of a department.

    Attributes:
        department: with its offices.
        sources: titles of the systems that its events come from.
        silent: how many.
        expected: of so many that deliver its services.
        first: some of them, with their pages.
    """

    department: Link
    sources: tuple[str, ...]
    silent: int
    expected: int
    first: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SilentOffices:
    """All of them.

    Attributes:
        lines: departments that have some, most first.
        silent, expected: of the whole state.
    """

    lines: tuple[SilentLine, ...]
    silent: int
    expected: int


def silent_offices(asked: Asked) -> SilentOffices:
    """Silent offices of every department.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    services, reference = asked.services, asked.services.reference
    reported = read_reported(services, today(services))
    whole, expected = reported.silent_offices(reference.services)
    lines = []
    for department in reference.departments.values():
        silent, of = reported.silent_offices(services_of(services, department.code))
        if not silent:
            continue
        name = asked.chosen(department.name_en, department.name_local)
        sources = [one for one in services.values.status.sources if one.department == department.code]
        lines.append(
            SilentLine(
                department=Link(name, asked.address.to("/offices", dept=department.code.lower(), svc=None).href),
                sources=tuple(asked.chosen(one.title, one.title_local) for one in sources),
                silent=len(silent),
                expected=of,
                first=tuple(Link(office_name(asked, code), asked.office_href(code)) for code in silent[:_NAMED]),
            )
        )
    return SilentOffices(tuple(sorted(lines, key=lambda one: -one.silent)), len(whole), expected)
