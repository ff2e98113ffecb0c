"""The screens ask for these codes by name; without them they would be empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, Origin
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: Families of the whole government that screens show.
GOVERNMENT: Final = (
    "received", "decided", "in_time_share", "open", "overdue", "overdue_share", "due_48h", "paused", "satisfied_share",
    "reopened_share", "median_days",
)  # fmt: skip
#: Families of every department that has services.
DEPARTMENT: Final = ("open", "overdue", "overdue_share", "in_time_share", "due_48h")


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    known = {item.code: item for item in definitions}
    missing = [f"gov_{family}" for family in GOVERNMENT if f"gov_{family}" not in known]
    if missing:
        message = f"{', '.join(missing)} is missing; screens show it"
        yield Issue.error(RULE.name, Origin(context.folder, 1), message)
    for department, services in context.department_services.items():
        codes = [f"dept_{department.lower()}_{family}" for family in DEPARTMENT]
        missing = [code for code in codes if code not in known]
        if missing:
            message = f"{', '.join(missing)} is missing; department {department} has services"
            yield Issue.error(RULE.name, context.file_of(department), message)
        for code in codes:
            if code in known and set(known[code].subjects) != set(services):
                message = f"{code} must be about all services of {department} and nothing else"
                yield Issue.error(RULE.name, known[code].origin, message)


RULE: Final = Rule(
    "rollups_complete", "The whole government and every department with services have their roll-ups.", _check
)
