"""A threshold between two numbers that can be shown turns a tile red at a number that looks fine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        marks = [("target", item.target)] if item.target is not None else []
        for level, bounds in item.bands.items():
            sides = bounds.amber_low, bounds.red_low, bounds.amber_high, bounds.red_high
            marks.extend((f"bands.{level}", bound) for bound in sides if math.isfinite(bound))
        for field, mark in marks:
            if not math.isclose(round(mark, item.decimals), mark):
                message = f"{item.code}: {field} {mark:g} has more decimals than the {item.decimals} that are shown"
                yield Issue.error(RULE.name, item.place(field), message)


RULE: Final = Rule(
    "threshold_decimals",
    "Thresholds and targets have no more decimals than are shown.",
    _check,
)
