"""“Per lakh” without the people, or with the people of another count, cannot be compared between districts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_PEOPLE: Final = re.compile(r"\bper (1,000|thousand|lakh|crore)(?: people| persons| population)?$")
_SIZE: Final = {"1,000": 1e3, "thousand": 1e3, "lakh": 1e5, "crore": 1e7}


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        said = _PEOPLE.search(item.unit.en)
        divided = any(term.measure == "population" for term in item.denominator.terms())
        if divided and said is None and item.unit.en != "%" and " per " not in f" {item.unit.en} ":
            message = (
                f"{item.code}: divides by population, so unit_en must say per how many people, not `{item.unit.en}`"
            )
            yield Issue.error(RULE.name, item.place("unit_en"), message)
        if said is not None and not divided:
            message = (
                f"{item.code}: unit_en `{item.unit.en}` needs a denominator with population, not "
                f"`{item.denominator.text}`"
            )
            yield Issue.error(RULE.name, item.place("denominator"), message)
        linear = item.denominator.linear()
        if said is not None and divided and linear is not None:
            people = item.factor / next(iter(linear[0].values()))
            if not math.isclose(people, _SIZE[said[1]]):
                message = f"{item.code}: unit_en is `{item.unit.en}`, but the formula counts per {people:g} people"
                yield Issue.error(RULE.name, item.place("denominator"), message)


RULE: Final = Rule(
    "per_population",
    "A unit per lakh, crore or thousand people divides by that many; what divides by people says so.",
    _check,
)
