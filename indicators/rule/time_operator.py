"""The time operator says what the expressions do: flows add up, stocks and levels are facts of now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, TimeOperator
from indicators.expression import METRIC_LEVEL_MEASURES, Term
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _kind(term: Term) -> TimeOperator:
    if not term.is_stock:
        return TimeOperator.FLOW
    return TimeOperator.LEVEL if term.measure in METRIC_LEVEL_MEASURES else TimeOperator.STOCK


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.time is TimeOperator.QUANTILE:
            continue
        terms = [term for term in (*item.numerator.terms(), *item.denominator.terms()) if not term.is_static]
        kinds = {_kind(term) for term in terms}
        if not terms:
            yield Issue.error(RULE.name, item.origin, f"{item.code}: neither expression names a measure")
        elif len(kinds) > 1:
            mixed = ", ".join(sorted(f"{term.measure} is a {_kind(term)}" for term in terms))
            message = f"{item.code}: flows, stocks and levels cannot be combined in one indicator: {mixed}"
            yield Issue.error(RULE.name, item.origin, message)
        elif item.time not in kinds:
            message = f"{item.code}: time is `{item.time}`, but its measures are of kind {', '.join(kinds)}"
            yield Issue.error(RULE.name, item.origin, message)


RULE: Final = Rule("time_operator", "Measures are all flows, all stocks or all levels, and `time` says which.", _check)
