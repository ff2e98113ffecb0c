"""What a rule is, and what it may look at besides the definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indicators.definition import Definition
from indicators.issue import Issue

if TYPE_CHECKING:
    from warehouse.reference import Reference


@dataclass(frozen=True, slots=True)
class Context:
    """The state around the catalogue.

    Attributes:
        levels: codes of the levels of area, from the top.
        departments: codes of all departments.
        department_services: services by department; only departments that have any.
        posts: codes of all posts.
        sources: names of the declared sources; None = not known here, do not check.
    """

    levels: tuple[str, ...]
    departments: frozenset[str]
    department_services: Mapping[str, tuple[str, ...]]
    posts: frozenset[str]
    sources: frozenset[str] | None

    @classmethod
    def of(cls, reference: Reference, sources: frozenset[str] | None) -> Context:
        """The context that a state's reference data give."""
        by_department: dict[str, list[str]] = {}
        for service in reference.services.values():
            by_department.setdefault(service.department, []).append(service.code)
        return cls(
            levels=tuple(level.code for level in reference.state.levels),
            departments=frozenset(reference.departments),
            department_services={code: tuple(services) for code, services in by_department.items()},
            posts=frozenset(reference.posts),
            sources=sources,
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        name: name of its file, shown with every finding.
        says: the rule in one sentence, for docs/indicators.md.
        check: finds what breaks it.
    """

    name: str
    says: str
    check: Callable[[Sequence[Definition], Context], Iterator[Issue]]
