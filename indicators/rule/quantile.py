"""Quantiles come from the histogram of decision times, which exists for services only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, TimeOperator
from indicators.expression import Term
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if (item.quantile is None) != (item.time is not TimeOperator.QUANTILE):
            message = f'{item.code}: `quantile` and time = "quantile" go together'
            yield Issue.error(RULE.name, item.place("quantile"), message)
        if item.quantile is None:
            continue
        if not 0 < item.quantile < 1:
            message = f"{item.code}: quantile {item.quantile:g} must be a share between 0 and 1, e.g. 0.5"
            yield Issue.error(RULE.name, item.place("quantile"), message)
        root = item.numerator.root
        if not (isinstance(root, Term) and root.measure == "decided" and item.denominator.is_one()):
            message = f"{item.code}: a quantile is of `decided` or `decided(service, …)`, without a denominator"
            yield Issue.error(RULE.name, item.place("numerator"), message)


RULE: Final = Rule("quantile", "A quantile is a share between 0 and 1 of the decision times of services.", _check)
