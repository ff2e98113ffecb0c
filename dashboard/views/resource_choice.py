"""Which resources a page is about: the state's own choice, as far as the catalogue has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.wall_choice import read_choice

if TYPE_CHECKING:
    from dashboard.choice_file import Line
    from dashboard.services import Services
    from dashboard.views.asked import Asked


@dataclass(frozen=True, slots=True)
class Resource:
    """One of them.

    Attributes:
        kind: what it belongs to, in the working language: "Hospital beds".
        line: the indicator by its short name.
        lasts: whether it says for how long something lasts.
    """

    kind: str
    line: Line
    lasts: bool


def chosen_resources(asked: Asked) -> tuple[Resource, ...]:
    """The choice for the department that is asked for, each indicator once, what lasts for some time first."""
    choice = read_choice(asked.services.config.state.reference)
    known, department = asked.services.values.indicators, asked.scope.department
    kind = asked.text("resources.lasting")
    everything = [Resource(kind, line, lasts=True) for line in choice.lasting]
    for card in choice.resources:
        name = asked.chosen(card.name_en, card.name_local)
        everything += [Resource(name, line, lasts=False) for line in card.lines]
    found: dict[str, Resource] = {}
    for one in everything:
        indicator = known.get(one.line.indicator)
        if indicator is not None and (department is None or indicator.department == department.code):
            found.setdefault(indicator.code, one)
    return tuple(found.values())


def resource_departments(services: Services) -> set[str]:
    """Codes of the departments that answer for something of the choice."""
    choice, known = read_choice(services.config.state.reference), services.values.indicators
    lines = (*choice.lasting, *(line for card in choice.resources for line in card.lines))
    return {known[line.indicator].department for line in lines if line.indicator in known}
