"""A template that nothing is expanded from is read by everybody who looks for the one in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    if context.families is None:
        return
    tables = list(context.subject_tables)
    families = {family for table in tables for family in table.families}
    asked = {name for table in tables for name in table.asked}
    for kind, known, used in (("family", context.families.templates, families), ("set", context.families.sets, asked)):
        for name in known:
            if name not in used:
                message = f"{kind} {name} is used by no service and no group; use it or delete it"
                yield Issue.error(RULE.name, context.families.place(kind, name), message)


RULE: Final = Rule(
    "family_used",
    "Every family and every set of families is used by a service or group.",
    _check,
)
