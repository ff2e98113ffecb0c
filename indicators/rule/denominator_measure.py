"""A constant below the line is a factor, and would be taken for a base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import is_constant


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if not item.denominator.is_one() and is_constant(item.denominator.root):
            message = f"{item.code}: denominator `{item.denominator.text}` names no measure; write it as factor"
            yield Issue.error(RULE.name, item.place("denominator"), message)


RULE: Final = Rule(
    "denominator_measure",
    "A denominator names a measure; a constant is written as `factor`.",
    _check,
)
