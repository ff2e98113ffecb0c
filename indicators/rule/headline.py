"""The period shown first is one that has values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.period import periods_of
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        allowed = [period for period in periods_of(item) if not period.startswith("p")]
        if allowed and item.headline_period not in allowed:
            message = f"{item.code}: headline_period `{item.headline_period}` must be one of {', '.join(allowed)}"
            yield Issue.error(RULE.name, item.place("headline_period"), message)


RULE: Final = Rule("headline", "The headline period is one in which the indicator has values.", _check)
