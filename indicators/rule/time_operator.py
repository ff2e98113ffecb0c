"""The time operator says what the expressions do: flows add up, stocks and levels are facts of now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, TimeOperator
from indicators.expression import METRIC_LEVEL_MEASURES, Expression, Term
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: A flow may be divided by a level: minutes without power per consumer, rain per gauge. The level is that of now.
_ALLOWED_BELOW: Final = {
    TimeOperator.FLOW: {TimeOperator.FLOW, TimeOperator.LEVEL},
    TimeOperator.STOCK: {TimeOperator.STOCK},
    TimeOperator.LEVEL: {TimeOperator.LEVEL},
}


def _kind(term: Term) -> TimeOperator:
    if not term.is_stock:
        return TimeOperator.FLOW
    return TimeOperator.LEVEL if term.measure in METRIC_LEVEL_MEASURES else TimeOperator.STOCK


def _kinds(expression: Expression) -> set[TimeOperator]:
    return {_kind(term) for term in expression.terms() if not term.is_static}


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.time is TimeOperator.QUANTILE:
            continue
        above, below = _kinds(item.numerator), _kinds(item.denominator)
        if not above:
            yield Issue.error(RULE.name, item.place("numerator"), f"{item.code}: the numerator names no measure")
        elif above != {item.time}:
            message = f"{item.code}: time is `{item.time}`, but the numerator's measures are {_said(above)}"
            yield Issue.error(RULE.name, item.place("time"), message)
        elif below - _ALLOWED_BELOW[item.time]:
            message = f"{item.code}: a {item.time} cannot be divided by measures that are {_said(below)}"
            yield Issue.error(RULE.name, item.place("denominator"), message)


def _said(kinds: set[TimeOperator]) -> str:
    return ", ".join(sorted(f"{kind}s" for kind in kinds))


RULE: Final = Rule(
    "time_operator",
    "The numerator is all flows, all stocks or all levels, as `time` says; a flow may be divided by a level.",
    _check,
)
