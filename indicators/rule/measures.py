"""What rules know of the measures in a formula: which is part of which, and what unit each is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from indicators.definition import Definition
from indicators.expression import Expression, Node, Number, Operation, Term

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Cases of the key are all among the cases of each value, in every period.
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "approved": ("decided",),
    "rejected": ("decided",),
    "in_time": ("decided",),
    "late": ("decided",),
    "undated": ("decided",),
    "satisfied": ("feedback",),
    "overdue": ("open",),
    "due_48h": ("open",),
    "paused": ("open",),
    "open_undated": ("open",),
}
#: Shares that offices speak of although the two happen on different days, so that a short period can pass 100 %.
_RATES: Final[Mapping[str, tuple[str, ...]]] = {
    "decided": ("received",),
    "withdrawn": ("received",),
    "delivered": ("approved",),
    "reopened": ("decided",),
    "feedback": ("decided",),
    "payments": ("received",),
}
#: Measures that exist only for cases with a limit.
WITH_LIMIT: Final = frozenset({"in_time", "late", "overdue", "due_48h", "overdue_days"})
_UNITS: Final[Mapping[str, str]] = {
    "decide_s": "seconds",
    "overdue_days": "days",
    "paid_paise": "paise",
    "rating": "marks",
    "population": "people",
}
#: Measures of metrics that count; all others are in the metric's own unit.
_COUNTING: Final = frozenset({"readings", "assets", "declared"})
#: The house's word for a unit that metrics.csv abbreviates.
_WRITTEN_OUT: Final[Mapping[str, str]] = {"s": "seconds", "min": "minutes", "h": "hours"}
COUNT: Final = "a count"


def _closed(parts: Mapping[str, tuple[str, ...]]) -> Mapping[str, frozenset[str]]:
    def above(measure: str) -> Iterator[str]:
        yield measure
        for whole in parts.get(measure, ()):
            yield from above(whole)

    return {measure: frozenset(above(measure)) for measure in parts}


#: Measure → itself and everything it is always a part of.
PART_OF: Final = _closed(_PARTS)
#: The same with what it is a share of only over a longer time.
SHARE_OF: Final = _closed({key: (*_PARTS.get(key, ()), *_RATES.get(key, ())) for key in {**_PARTS, **_RATES}})


def terms_of(item: Definition) -> tuple[Term, ...]:
    """The leaves of an indicator's whole formula."""
    return (*item.numerator.terms(), *item.denominator.terms())


def added(expression: Expression) -> tuple[Term, ...]:
    """The leaves that an expression adds up (none that it takes away); none if it is not a sum."""
    if isinstance(expression.root, Term):
        return (expression.root,)
    linear = expression.linear()
    return tuple(term for term, by in linear[0].items() if by > 0) if linear is not None else ()


def leaf_unit(term: Term, reference: Reference) -> str:
    """The unit of one leaf, COUNT for a number of things."""
    metrics = [reference.metrics[code] for code in term.subjects if code in reference.metrics]
    if metrics and term.measure not in _COUNTING:
        units = {metric.unit_en or COUNT for metric in metrics}
        return _WRITTEN_OUT.get(unit := min(units), unit) if len(units) == 1 else " and ".join(sorted(units))
    return _UNITS.get(term.measure, COUNT)


def unit_of(node: Node, reference: Reference) -> str | None:
    """The unit of a part of a formula; None where it is not one: a constant, a product, a quotient."""
    match node:
        case Term():
            return leaf_unit(node, reference)
        case Operation(sign, left, right) if sign in "+-":
            return unit_of(left, reference) or unit_of(right, reference)
        case _:
            return None


def unlike(node: Node, reference: Reference) -> Iterator[tuple[str, str]]:
    """The pairs of different units that a formula adds to or takes from each other."""
    if not isinstance(node, Operation):
        return
    if node.sign in "+-":
        left, right = unit_of(node.left, reference), unit_of(node.right, reference)
        if left is not None and right is not None and left != right:
            yield left, right
    yield from unlike(node.left, reference)
    yield from unlike(node.right, reference)


def is_constant(node: Node) -> bool:
    """Whether a part of a formula names no measure."""
    return isinstance(node, Number) or (
        isinstance(node, Operation) and is_constant(node.left) and is_constant(node.right)
    )


def is_part(part: Term, whole: Term) -> bool:
    """Whether a measure is another one or a part of it, and all else that a leaf says but its subjects is the same."""
    same_otherwise = replace(part, measure="", subjects=()) == replace(whole, measure="", subjects=())
    return same_otherwise and whole.measure in PART_OF.get(part.measure, {part.measure})


def is_among(part: Term, whole: Term) -> bool:
    """Whether everything that one leaf counts is counted by another."""
    return is_part(part, whole) and set(part.subjects) <= set(whole.subjects)


def services_in(terms: Iterable[Term]) -> frozenset[str]:
    """The services that some leaves count."""
    return frozenset(code for term in terms if term.is_service for code in term.subjects)
