"""A time in hours under the word days is wrong by 24 and still looks plausible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.scale import TIME, wrong_factor


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        wrong = wrong_factor(item, context.reference, TIME)
        if wrong:
            yield Issue.error(RULE.name, item.place("factor"), f"{item.code}: {wrong}")


RULE: Final = Rule(
    "time_factor",
    "A time is converted into the unit that is shown: seconds, minutes, hours, days or weeks.",
    _check,
)
