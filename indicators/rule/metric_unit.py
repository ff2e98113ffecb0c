"""A metric says its unit; an indicator that shows it alone must not call it something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.expression import Term
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import COUNT, leaf_unit
from indicators.rule.scale import MONEY, TIME


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        root = item.numerator.root
        if not isinstance(root, Term) or root.measure not in {"sum", "level"} or item.factor != 1:
            continue
        if not item.is_count and any(term.measure not in {"assets", "readings"} for term in item.denominator.terms()):
            continue
        unit = leaf_unit(root, context.reference)
        # Times and money may be shown in another unit of their scale, which time_factor and money_factor look after.
        if unit not in {COUNT, *TIME, *MONEY} and item.unit.en != unit:
            message = (
                f"{item.code}: {', '.join(root.subjects)} is in {unit}, so unit_en must be too, not `{item.unit.en}`"
            )
            yield Issue.error(RULE.name, item.place("unit_en"), message)


RULE: Final = Rule(
    "metric_unit",
    "An indicator that shows one metric as it is read has that metric's unit.",
    _check,
)
