"""“Pending, month to date” is not a number: what is pending is pending now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, TimeOperator
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.time in {TimeOperator.STOCK, TimeOperator.LEVEL} and item.headline_period != "today":
            message = (
                f"{item.code}: a {item.time} is a fact of now; headline_period must be today, not "
                f"{item.headline_period}"
            )
            yield Issue.error(RULE.name, item.place("headline_period"), message)


RULE: Final = Rule(
    "period_now",
    "The headline period of a stock or a level is today.",
    _check,
)
