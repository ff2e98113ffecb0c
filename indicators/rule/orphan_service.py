"""A service that is only seen as part of its whole department can go wrong unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    counted = {code for item in definitions if item.code not in context.roll_ups for code in item.subjects}
    for department, services in context.department_services.items():
        # Cases from elsewhere (replayed logs) have no office and nobody in the state who answers for them.
        offices = (code for code in services if context.reference.services[code].office_kind is not None)
        orphans = [code for code in offices if code not in counted]
        if orphans:
            message = (
                f"{', '.join(orphans)} of {department} is counted by no indicator of its own; "
                "add a [[service]] with its families to this file"
            )
            yield Issue.error(RULE.name, context.file_of(department), message)


RULE: Final = Rule(
    "orphan_service",
    "Every service that an office delivers is counted by an indicator narrower than its whole department.",
    _check,
)
