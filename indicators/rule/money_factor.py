"""Payments are kept in paise; a sum shown in rupees or crore must say so and be divided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.scale import MONEY, wrong_factor


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        wrong = wrong_factor(item, context.reference, MONEY)
        if wrong:
            yield Issue.error(RULE.name, item.place("factor"), f"{item.code}: {wrong}")


RULE: Final = Rule(
    "money_factor",
    "A sum of money is converted into the unit that is shown: ₹, ₹ thousand, ₹ lakh or ₹ crore.",
    _check,
)
