"""The same number under two codes is maintained twice and differs once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from indicators.definition import Definition
from indicators.expression import Expression, Number, Term
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_NO_TREE: Final = Number(0.0)
#: What is counted, divided by what, of which share of times: equal for equal numbers.
Meaning = tuple[object, object, float | None]


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    first: dict[Meaning, Definition] = {}
    for item in definitions:
        if item.code in context.roll_ups:
            continue
        known = first.setdefault(_meaning(item), item)
        if known.code != item.code:
            message = f"{item.code}: counts the same as {known.code} at {known.origin}: {item.formula}"
            yield Issue.error(RULE.name, item.origin, message)


def _meaning(item: Definition) -> Meaning:
    return _normal(item.numerator, item.factor), _normal(item.denominator, 1.0), item.quantile


def _normal(expression: Expression, factor: float) -> object:
    """The same for expressions that are written differently and mean the same, as far as they are sums."""
    settings = replace(expression, text="", root=_NO_TREE)  # whatever else an expression says
    linear = expression.linear() if not isinstance(expression.root, Term) else ({expression.root: 1.0}, 0.0)
    if linear is None:
        return settings, expression.root, _rounded(factor)
    terms, rest = linear
    sums = frozenset((term, _rounded(by * factor)) for term, by in terms.items() if by)
    return settings, sums, _rounded(rest * factor)


def _rounded(number: float) -> str:
    """Equal for numbers that differ by how they were worked out only."""
    return f"{number:.12g}"


RULE: Final = Rule(
    "duplicate_meaning",
    "No two indicators have the same formula, unless one is the roll-up of a department or of the state.",
    _check,
)
