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
    where = Origin(context.folder, 1)
    for family in GOVERNMENT:
        if f"gov_{family}" not in known:
            yield Issue.error(RULE.name, where, f"gov_{family} is missing; screens show it")
    for department, services in context.department_services.items():
        for family in DEPARTMENT:
            code = f"dept_{department.lower()}_{family}"
            item = known.get(code)
            if item is None:
                message = f"{code} is missing; department {department} has services"
                yield Issue.error(RULE.name, context.file_of(department), message)
            elif set(item.subjects) != set(services):
                message = f"{code} must be about all services of {department} and nothing else"
                yield Issue.error(RULE.name, item.origin, message)


RULE: Final = Rule(
    "rollups_complete", "The whole government and every department with services have their roll-ups.", _check
)
