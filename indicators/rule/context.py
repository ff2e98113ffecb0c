"""What a rule is, and what it may look at besides the definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from indicators.definition import Definition, Origin
from indicators.department_file import DepartmentTable, SubjectTable
from indicators.family import Families
from indicators.issue import Issue

if TYPE_CHECKING:
    from warehouse.reference import Reference


@dataclass(frozen=True, slots=True)
class Context:
    """The state around the catalogue, and what its files say apart from indicators.

    Attributes:
        reference: the state's services, metrics, offices, assets and posts.
        language: code of the state's language, the suffix of local texts.
        levels: codes of the levels of area, from the top.
        department_services: services by department; only departments that have any.
        sources: the declared sources with their settings; None = not known here, do not check.
        families: what families.toml says; None if it could not be read.
        files: one table per department's file.
        roll_ups: codes of the indicators over all services of a department or of the state.
        folder: name of the catalogue's folder, for what is missing in all files.
        today: the state's day on which definitions must be in force.
    """

    reference: Reference
    language: str
    levels: tuple[str, ...]
    department_services: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, Mapping[str, Any]] | None
    families: Families | None
    files: tuple[DepartmentTable, ...]
    roll_ups: frozenset[str]
    folder: str
    today: date

    @classmethod
    def of(
        cls,
        reference: Reference,
        *,
        sources: Mapping[str, Mapping[str, Any]] | None,
        families: Families | None,
        departments: Sequence[DepartmentTable],
        folder: str,
        today: date,
    ) -> Context:
        """The context that a state's reference data and a catalogue's files give; arguments as the attributes."""
        by_department: dict[str, list[str]] = {}
        for service in reference.services.values():
            by_department.setdefault(service.department, []).append(service.code)
        return cls(
            reference=reference,
            language=next((code for code in reference.state.languages if code != "en"), "en"),
            levels=tuple(level.code for level in reference.state.levels),
            department_services={code: tuple(services) for code, services in by_department.items()},
            sources=sources,
            families=families,
            files=tuple(departments),
            roll_ups=frozenset(
                f"{table.code}_{family}"
                for file in departments
                for table in file.subjects
                if table.values.get("services") in ("all", "department")
                for family in table.families
            ),
            folder=folder,
            today=today,
        )

    @property
    def subject_tables(self) -> Iterator[SubjectTable]:
        """Every [[service]] and [[group]] of all files."""
        return (table for file in self.files for table in file.subjects)

    def file_of(self, department: str) -> Origin:
        """Where a department's file begins; the folder if it has none."""
        return next((file.origin for file in self.files if file.code == department), Origin(self.folder, 1))


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
