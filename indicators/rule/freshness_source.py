"""A budget shorter than the time between two messages calls a healthy source late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions if context.sources is not None else ():
        for source in item.sources:
            expected = (context.sources or {}).get(source, {}).get("expected_interval_s") or 0
            if item.freshness_budget_s < expected:
                message = (
                    f"{item.code}: freshness_budget_s {item.freshness_budget_s} is shorter than the {expected} s "
                    f"that source {source} may be silent"
                )
                yield Issue.error(RULE.name, item.place("freshness_budget_s"), message)


RULE: Final = Rule(
    "freshness_source",
    "The freshness budget is not shorter than its sources are expected to be silent.",
    _check,
)
