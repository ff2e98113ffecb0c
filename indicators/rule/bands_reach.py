"""Thresholds for a level at which an indicator never has a value are read as if they held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import DEFAULT_LEVEL, Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.reach import Reach


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    reach = Reach(context.reference)
    for item in definitions:
        own = [level for level in item.bands if level != DEFAULT_LEVEL and level in context.levels]
        if not own:
            continue
        codes = {code for term in item.numerator.terms() for code in term.subjects}
        reached = frozenset().union(*(reach.levels(code) for code in codes))
        for level in own:
            if level not in reached:
                allowed = ", ".join(one for one in context.levels if one in reached)
                message = (
                    f"{item.code}: has no value at level {level}, so bands there never apply; it has them at {allowed}"
                )
                yield Issue.error(RULE.name, item.place(f"bands.{level}"), message)


RULE: Final = Rule(
    "bands_reach",
    "Bands of a level stand only where an office or an asset can give a value at that level.",
    _check,
)
