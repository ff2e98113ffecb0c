"""“Inside the range is better” says nothing without the range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, Direction
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.direction is Direction.RANGE and not item.bands:
            message = f"{item.code}: direction range needs bands such as {{ amber = [low, high], red = [low, high] }}"
            yield Issue.error(RULE.name, item.place("direction"), message)


RULE: Final = Rule(
    "range_banded",
    "An indicator whose direction is `range` has bands.",
    _check,
)
