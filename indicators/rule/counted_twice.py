"""Adding a whole and its part counts the part twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.expression import Operation
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import added, is_part


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for side, expression in (("numerator", item.numerator), ("denominator", item.denominator)):
            terms = added(expression) if isinstance(expression.root, Operation) else ()
            for part in terms:
                for whole in terms:
                    apart = whole.measure == part.measure or not set(part.subjects) & set(whole.subjects)
                    if not apart and is_part(part, whole):
                        message = (
                            f"{item.code}: {side} adds {part.measure} to {whole.measure}, which counts them already"
                        )
                        yield Issue.error(RULE.name, item.place(side), message)


RULE: Final = Rule(
    "counted_twice",
    "A sum of measures does not add a part to its whole for the same service.",
    _check,
)
