"""A share of few cases says nothing; it may be shown, but never coloured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.minimum_base < 0:
            message = f"{item.code}: minimum_base {item.minimum_base:g} cannot be negative"
            yield Issue.error(RULE.name, item.place("minimum_base"), message)
        base = item.numerator if item.quantile is not None else item.denominator
        of_cases = any(term.is_service for term in base.terms())
        if item.bands and of_cases and item.minimum_base < 1:
            message = f"{item.code}: a banded share of cases needs a minimum_base (the house uses 30)"
            yield Issue.error(RULE.name, item.place("minimum_base"), message)
        if item.is_count and item.minimum_base > 0:
            message = f"{item.code}: a count has no denominator, so minimum_base can never apply"
            yield Issue.error(RULE.name, item.place("minimum_base"), message)


RULE: Final = Rule("minimum_base", "A banded share of cases has a minimum base; a plain count has none.", _check)
