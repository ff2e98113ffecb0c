"""Something divided by itself is 1 whatever happens in the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if set(item.numerator.terms()) != set(item.denominator.terms()):
            continue
        above, below = item.numerator.linear(), item.denominator.linear()
        if above is None or below is None or not below[0]:
            continue
        ratios = {by / below[0][term] for term, by in above[0].items() if below[0][term]}
        if len(ratios) == 1 and above[1] == below[1] * min(ratios):
            message = f"{item.code}: {item.formula} is always {min(ratios) * item.factor:g}; divide by something else"
            yield Issue.error(RULE.name, item.place("denominator"), message)


RULE: Final = Rule(
    "quotient_constant",
    "Numerator and denominator are not the same up to a factor.",
    _check,
)
