"""An overdue share that is “better when higher” paints the worst office green."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, Direction
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import added

_LOWER: Final = frozenset({"late", "overdue", "overdue_days", "reopened"})
_HIGHER: Final = frozenset({"in_time", "satisfied", "rating", "delivered"})


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.direction is Direction.NEUTRAL:
            continue
        counted = {term.measure for term in added(item.numerator)}
        for better, measures in ((Direction.LOWER, _LOWER), (Direction.HIGHER, _HIGHER)):
            if counted and counted <= measures and item.direction is not better:
                message = (
                    f"{item.code}: {', '.join(sorted(counted))} is better {better}, so direction cannot be "
                    f"{item.direction}"
                )
                yield Issue.error(RULE.name, item.place("direction"), message)


RULE: Final = Rule(
    "direction_measure",
    "Delay is better lower, service in time and satisfaction are better higher, unless the direction is neutral.",
    _check,
)
