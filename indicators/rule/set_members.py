"""A family named twice in a set is a slip: something else was meant."""

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
    for name, members in context.families.sets.items():
        twice = [family for family, times in Counter(members).items() if times > 1]
        if twice:
            message = f"set {name} names {', '.join(twice)} more than once"
            yield Issue.error(RULE.name, context.families.place("set", name), message)


RULE: Final = Rule(
    "set_members",
    "A set of families names each family once.",
    _check,
)
