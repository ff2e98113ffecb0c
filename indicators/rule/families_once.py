"""Asking for a family that a set brings already hides what a service really shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    if context.families is None:
        return
    for table in context.subject_tables:
        brought = [family for name in table.asked for family in context.families.sets.get(name, (name,))]
        twice = [family for family, times in Counter(brought).items() if times > 1]
        if twice:
            message = f"{table.code}: {', '.join(twice)} is asked for more than once by {', '.join(table.asked)}"
            yield Issue.error(RULE.name, table.place("families"), message)


RULE: Final = Rule(
    "families_once",
    "A service or group asks for each family once: by name or through one set.",
    _check,
)
