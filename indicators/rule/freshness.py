"""Without a freshness budget nobody could ever call a value late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_LONGEST_S: Final = 35 * 86_400


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if not 10 <= item.freshness_budget_s <= _LONGEST_S:
            message = f"{item.code}: freshness_budget_s {item.freshness_budget_s} must be between 10 s and 35 days"
            yield Issue.error(RULE.name, item.place("freshness_budget_s"), message)


RULE: Final = Rule("freshness", "The freshness budget lies between ten seconds and 35 days.", _check)
