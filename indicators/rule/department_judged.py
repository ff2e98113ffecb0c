"""A department of which nothing is ever amber or red is never on the list of what needs attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    judged = {item.department for item in definitions if item.bands}
    for department in dict.fromkeys(item.department for item in definitions):
        if department not in judged:
            message = (
                f"department {department} has indicators, but none with bands, so nothing of it can need attention"
            )
            yield Issue.error(RULE.name, context.file_of(department), message)


RULE: Final = Rule(
    "department_judged",
    "Every department that has indicators has at least one with bands.",
    _check,
)
