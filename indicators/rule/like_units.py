"""Hours added to applications are neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import unlike


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for side, expression in (("numerator", item.numerator), ("denominator", item.denominator)):
            for left, right in unlike(expression.root, context.reference):
                message = f"{item.code}: {side} `{expression.text}` puts {left} and {right} into one sum"
                yield Issue.error(RULE.name, item.place(side), message)


RULE: Final = Rule(
    "like_units",
    "A sum adds and takes away only what is in one unit.",
    _check,
)
