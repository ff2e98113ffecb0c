"""Percentages, water levels and hours left of several assets cannot be added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import leaf_unit

_NEVER_ADDED: Final = frozenset({"%", "m", "mm", "mg/l", "°C", "NTU", "km/h", "V"})
_NOT_AS_LEVEL: Final = frozenset({"hours", "days"})
_AVERAGING: Final = frozenset({"assets", "readings", "declared"})


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        below = item.denominator.terms()
        for term in item.numerator.terms():
            if term.measure not in {"level", "sum"}:
                continue
            unit = leaf_unit(term, context.reference)
            if unit not in (_NEVER_ADDED | _NOT_AS_LEVEL if term.measure == "level" else _NEVER_ADDED):
                continue
            averaged = any(one.measure in _AVERAGING and set(term.subjects) <= set(one.subjects) for one in below)
            compared = bool(below) and all(leaf_unit(one, context.reference) == unit for one in below)
            if not averaged and not compared:
                codes = ", ".join(term.subjects)
                message = f"{item.code}: {codes} in {unit} cannot be added up over assets; divide by assets({codes})"
                yield Issue.error(RULE.name, item.place("numerator"), message)


RULE: Final = Rule(
    "metric_average",
    "A metric in %, m, mm, mg/l or °C and a level in hours or days are averaged over assets or readings, not added up.",
    _check,
)
