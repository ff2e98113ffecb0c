"""Per cent means a factor of 100 and a quotient; few decimals mean somebody can read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.factor == 0:
            yield Issue.error(RULE.name, item.place("factor"), f"{item.code}: factor 0 makes every value 0")
        if item.unit.en == "%" and (item.factor != 100 or item.is_count):
            message = f"{item.code}: a percentage has a denominator and factor 100, not {item.factor:g}"
            if not _is_mean_of_percentages(item):
                yield Issue.error(RULE.name, item.place("factor"), message)
        if item.decimals > 3:
            message = f"{item.code}: {item.decimals} decimals; 3 is the most"
            yield Issue.error(RULE.name, item.place("decimals"), message)
        if item.is_count and item.factor == 1 and item.decimals and all(t.is_service for t in item.numerator.terms()):
            yield Issue.error(RULE.name, item.place("decimals"), f"{item.code}: a count of cases has no decimals")


def _is_mean_of_percentages(item: Definition) -> bool:
    """A metric that is reported in per cent already: its level over the assets, or its sum over the readings."""
    parts = {term.measure for term in (*item.numerator.terms(), *item.denominator.terms())}
    return item.factor == 1 and parts in ({"level", "assets"}, {"sum", "readings"})


RULE: Final = Rule(
    "unit_factor", "A percentage is a quotient times 100; counts have no decimals, nothing more than 3.", _check
)
