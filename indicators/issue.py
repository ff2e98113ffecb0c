"""What is wrong with a catalogue: collected, never only the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from indicators.definition import Origin
from warehouse.errors import DefinitionError


class Level(StrEnum):
    """How bad it is."""

    WARNING = "warning"  # the catalogue works; somebody should look
    ERROR = "error"  # the catalogue is not taken


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    Attributes:
        level: warning or error.
        rule: name of the rule that found it, the file name in indicators/rule.
        file: catalogue file.
        line: 1-based line in it.
        message: what is wrong and what is allowed.
    """

    level: Level
    rule: str
    file: str
    line: int
    message: str

    @classmethod
    def error(cls, rule: str, origin: Origin, message: str) -> Issue:
        """An error at a place."""
        return cls(Level.ERROR, rule, origin.file, origin.line, message)

    @classmethod
    def warning(cls, rule: str, origin: Origin, message: str) -> Issue:
        """A warning at a place."""
        return cls(Level.WARNING, rule, origin.file, origin.line, message)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level} [{self.rule}] {self.message}"


def sort_issues(issues: Iterable[Issue]) -> list[Issue]:
    """The issues by file and line; of several from one line and rule (a family's expansions) only the first is kept."""
    kept: dict[tuple[str, int, str], Issue] = {}
    more: dict[tuple[str, int, str], int] = {}
    for issue in issues:
        key = (issue.file, issue.line, issue.rule)
        more[key] = more.get(key, -1) + 1
        kept.setdefault(key, issue)
    said = [
        replace(issue, message=f"{issue.message} (and {more[key]} more from this line)") if more[key] else issue
        for key, issue in kept.items()
    ]
    return sorted(said, key=lambda issue: (issue.file, issue.line, issue.rule))


def raise_errors(issues: Iterable[Issue]) -> None:
    """Refuse a catalogue that has errors.

    Raises:
        DefinitionError: if at least one issue is an error; the message lists them all.
    """
    errors = [issue for issue in issues if issue.level is Level.ERROR]
    if errors:
        listed = "\n".join(f"  {issue}" for issue in errors)
        raise DefinitionError(f"the indicator catalogue has {len(errors)} errors:\n{listed}")
