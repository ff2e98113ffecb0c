"""Every indicator belongs to a department of the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.department not in context.reference.departments:
            allowed = ", ".join(sorted(context.reference.departments))
            message = f"{item.code}: department `{item.department}` is not known; known are {allowed}"
            yield Issue.error(RULE.name, item.place("department"), message)


RULE: Final = Rule("department_known", "The department is one of the state's departments.", _check)
