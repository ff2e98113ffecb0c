"""A percentage divides like by like; trips as a percentage of kilometres mean nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import unit_of


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.unit.en != "%" or item.factor != 100:
            continue
        above, below = (unit_of(side.root, context.reference) for side in (item.numerator, item.denominator))
        if above is not None and below is not None and above != below:
            message = f"{item.code}: {above} divided by {below} is no percentage; both sides must be in one unit"
            yield Issue.error(RULE.name, item.place("denominator"), message)


RULE: Final = Rule(
    "share_units",
    "Numerator and denominator of a percentage are in one unit.",
    _check,
)
