"""The catalogue: a folder of TOML files → checked definitions.

`families.toml` holds templates; every other file is one department (or the whole government) with

    [department]   code and the fields that its indicators share (owner post, sources, freshness, version …)
    [[service]]    a service and the families it is expanded over
    [[group]]      a group of services, the same: a module, the department ("department"), all services ("all")
    [[programme]]  a scheme, a department's administration …: families over metrics, each in a named role
    [[indicator]]  one indicator written out

Everything wrong in all files is collected; a catalogue with an error is refused as a whole.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from indicators.build import Vocabulary, build_definition, put_in
from indicators.definition import Catalogue, Definition, Origin
from indicators.department_file import DepartmentFile, DepartmentTable
from indicators.family import Families, read_families
from indicators.issue import Issue, raise_errors, sort_issues
from indicators.record import STRUCTURE, Record
from indicators.rule import RULES, Context
from indicators.toml_text import TomlText, read_toml
from warehouse.errors import DefinitionError

if TYPE_CHECKING:
    from warehouse.reference import Reference

_FAMILIES_FILE: Final = "families.toml"
#: The declared sources: their tables in config.toml by name.
Sources = Mapping[str, Mapping[str, Any]]


def load_catalogue(folder: Path, reference: Reference, sources: Sources | None = None) -> Catalogue:
    """Read, expand and check a catalogue.

    Args:
        folder: with families.toml and one file per department.
        reference: the state's services, metrics, departments, posts and levels.
        sources: the declared sources; None = do not check them.

    Returns:
        The indicators in force, by file name and then in the order of the files.

    Raises:
        DefinitionError: if anything breaks a rule; lists everything, each with file, line and rule.
    """
    catalogue, issues = read_catalogue(folder, reference, sources)
    raise_errors(issues)
    return catalogue


@contextmanager
def _without_collector() -> Iterator[None]:
    # Nothing read here refers back to itself; the collector would walk it again and again, a third of the time.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collector()
def read_catalogue(
    folder: Path, reference: Reference, sources: Sources | None = None, today: date | None = None
) -> tuple[Catalogue, list[Issue]]:
    """The same without refusing: what could be read, and everything that is wrong.

    Args:
        folder: as for load_catalogue.
        reference: as for load_catalogue.
        sources: as for load_catalogue.
        today: the day on which definitions must be in force; None = today in the state.
    """
    reading = _Reading(folder, reference)
    definitions: list[Definition] = []
    families = reading.families()
    words = Vocabulary.of(reference, reading.language, families.constants if families else None)
    for record in reading.records(families) if families else ():
        definition, found = build_definition(record, words)
        reading.issues.extend(found)
        if definition is not None:
            definitions.append(definition)
    definitions, found = put_in(definitions)
    reading.issues.extend(found)
    context = Context.of(
        reference,
        sources=sources,
        families=families,
        departments=reading.departments,
        folder=folder.name,
        today=today or datetime.now(ZoneInfo(reference.state.timezone)).date(),
    )
    for rule in RULES:
        reading.issues.extend(rule.check(definitions, context))
    unique = {definition.code: definition for definition in reversed(definitions)}
    return Catalogue.of(tuple(reversed(unique.values()))), sort_issues(reading.issues)


@dataclass(slots=True)
class _Reading:
    """One pass over the files of a folder.

    Attributes:
        folder: with families.toml and one file per department.
        reference: the state.
        issues: what is wrong so far.
        departments: what the other files say apart from indicators, once they were read.
    """

    folder: Path
    reference: Reference
    issues: list[Issue] = field(default_factory=list)
    departments: list[DepartmentTable] = field(default_factory=list)

    @property
    def language(self) -> str:
        return next((code for code in self.reference.state.languages if code != "en"), "en")

    def families(self) -> Families | None:
        """Templates, sets, nouns and constants; None if their file cannot be read."""
        text = self._read(self.folder / _FAMILIES_FILE)
        return read_families(text, self.language, self.issues) if text is not None else None

    def records(self, families: Families) -> Iterator[Record]:
        """All records, expanded, in the order of the catalogue."""
        for path in sorted(self.folder.glob("*.toml")):
            text = self._read(path) if path.name != _FAMILIES_FILE else None
            if text is None:
                continue
            file = DepartmentFile(text, families, self.reference, self.language, self.issues)
            yield from file.records()
            written = file.written()
            if written is not None:
                self.departments.append(written)

    def _read(self, path: Path) -> TomlText | None:
        called = f"{self.folder.name}/{path.name}"
        try:
            return read_toml(path, called)
        except DefinitionError as error:
            place, _, message = str(error).removeprefix(f"{called}:").partition(": ")
            line = int(place.partition(":")[0])
            self.issues.append(Issue.error(STRUCTURE, Origin(called, line), message))
            return None
