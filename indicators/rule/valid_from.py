"""A definition that holds from a later day does not explain today's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.valid_from > context.today:
            message = (
                f"{item.code}: valid_from {item.valid_from} is after today, {context.today}; its numbers are "
                "shown already"
            )
            yield Issue.warning(RULE.name, item.place("valid_from"), message)


RULE: Final = Rule(
    "valid_from",
    "A definition is in force already; one from a later day is warned of.",
    _check,
)
