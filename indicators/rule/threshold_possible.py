"""A threshold that no value can pass never warns; a target that none can reach is never met."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, Direction
from indicators.expression import Term
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import added, is_among


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if not item.bands and item.target is None:
            continue
        least, most = _range(item, context)
        lie = f"values lie in {least:g} … {most:g}"
        for level, bounds in item.bands.items():
            place = item.place(f"bands.{level}")
            low, high = (bounds.amber_low, bounds.red_low), (bounds.amber_high, bounds.red_high)
            never = [bound for bound in low if math.isfinite(bound) and not least < bound <= most]
            never += [bound for bound in high if math.isfinite(bound) and not least <= bound < most]
            if never:
                message = f"{item.code}: no value passes threshold {never[0]:g} at level {level}; {lie}"
                yield Issue.error(RULE.name, place, message)
            if item.unit.en == "%" and item.direction is Direction.HIGHER and bounds.amber_low <= 1:
                message = f"{item.code}: threshold {bounds.amber_low:g} looks like a fraction; the unit is %, e.g. 95"
                yield Issue.error(RULE.name, place, message)
        if item.target is not None and not least <= item.target <= most:
            message = f"{item.code}: target {item.target:g} is out of reach; {lie}"
            yield Issue.error(RULE.name, item.place("target"), message)


def _range(item: Definition, context: Context) -> tuple[float, float]:
    """The least and the largest value that an indicator can have, as far as its formula tells."""
    above, below = item.numerator.linear(), item.denominator.linear()
    if item.quantile is None and (
        above is None or below is None or any(by < 0 for by in (*above[0].values(), *below[0].values()))
    ):
        return -math.inf, math.inf
    least, most = 0.0, math.inf
    root, base = item.numerator.root, {term.measure for term in item.denominator.terms()}
    if isinstance(root, Term) and root.measure == "rating" and base == {"feedback"}:
        least, most = 1.0, 5.0
    elif isinstance(root, Term) and root.measure in {"sum", "level"}:
        least, most = _of_metrics(root, context)
        if not base or not base <= {"assets", "readings"}:
            least, most = (0.0 if least >= 0 else -math.inf), math.inf
    elif item.unit.en == "%" and base and all(_is_counted_below(part, item) for part in added(item.numerator)):
        most = 1.0
    return least * item.factor, most * item.factor


def _is_counted_below(part: Term, item: Definition) -> bool:
    return any(is_among(part, whole) for whole in added(item.denominator))


def _of_metrics(term: Term, context: Context) -> tuple[float, float]:
    metrics = [context.reference.metrics[code] for code in term.subjects]
    least = min(-math.inf if one.least is None else one.least for one in metrics)
    most = max(math.inf if one.most is None else one.most for one in metrics)
    return least, most


RULE: Final = Rule(
    "threshold_possible",
    "Thresholds can be passed and targets reached: shares lie in 0–100, ratings in 1–5, metrics in their valid range.",
    _check,
)
