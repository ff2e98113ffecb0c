"""A target that the state sets for places must be of an indicator that can have one, and on its normal side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from indicators.definition import Definition, Direction, Origin
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from warehouse.value import Band

_FILE: Final = "targets.csv"


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    known = {item.code: item for item in definitions}
    for target in context.reference.targets:
        origin, item = Origin(_FILE, target.line), known.get(target.indicator)
        if item is None:
            near = get_close_matches(target.indicator, known, 1)
            hint = f"; nearest is {near[0]}" if near else ""
            yield Issue.error(RULE.name, origin, f"there is no indicator {target.indicator}{hint}")
        elif item.direction is Direction.NEUTRAL:
            message = f"{item.code}: a neutral indicator cannot have a target; say which direction is better"
            yield Issue.error(RULE.name, origin, message)
        else:
            level = target.level or context.reference.area(target.area).level
            bounds = item.thresholds(level)
            band = Band.UNBANDED if bounds is None else bounds.band(target.value)
            if band in {Band.AMBER, Band.RED}:
                message = f"{item.code}: target {target.value:g} would itself be {band.name.lower()} at level {level}"
                yield Issue.error(RULE.name, origin, message)


RULE: Final = Rule("target_of_place", "A target for a place names an indicator and is a normal value there.", _check)
