"""Thresholds that contradict each other would paint a wall in the wrong colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import DEFAULT_LEVEL, Definition, Direction, Thresholds
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    levels = (*context.levels, DEFAULT_LEVEL)
    for item in definitions:
        if item.direction is Direction.NEUTRAL and item.bands:
            message = f"{item.code}: a neutral indicator is never better or worse and cannot have bands"
            yield Issue.error(RULE.name, item.place("bands"), message)
        for level, bounds in item.bands.items():
            if level not in levels:
                message = f"{item.code}: bands for `{level}`, which is not a level; levels are {', '.join(levels)}"
                yield Issue.error(RULE.name, item.place(f"bands.{level}"), message)
            if not _ordered(bounds):
                message = f"{item.code}: at level {level} red must lie beyond amber, {bounds.to_json()} does not"
                yield Issue.error(RULE.name, item.place(f"bands.{level}"), message)


def _ordered(bounds: Thresholds) -> bool:
    return bounds.red_low <= bounds.amber_low <= bounds.amber_high <= bounds.red_high


RULE: Final = Rule("bands_form", "Red lies beyond amber, levels exist, and a neutral indicator has no bands.", _check)
