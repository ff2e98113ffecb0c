"""A target that is reached must not be amber."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, Direction
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from warehouse.value import Band


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.target is None:
            continue
        if item.direction is Direction.NEUTRAL:
            message = f"{item.code}: a neutral indicator cannot have a target; say which direction is better"
            yield Issue.error(RULE.name, item.place("target"), message)
        for level, bounds in item.bands.items():
            band = bounds.band(item.target)
            if band is not Band.NORMAL:
                message = f"{item.code}: target {item.target:g} would itself be {band.name.lower()} at level {level}"
                yield Issue.error(RULE.name, item.place("target"), message)


RULE: Final = Rule("target_side", "The target is a normal value at every level.", _check)
