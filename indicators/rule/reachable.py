"""An indicator that nothing can feed stays empty for ever, and nobody knows why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.reach import Reach


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    reach = Reach(context.reference)
    for item in definitions:
        for side, expression in (("numerator", item.numerator), ("denominator", item.denominator)):
            codes = [code for term in expression.terms() for code in term.subjects]
            if codes and not any(reach.levels(code) for code in codes):
                message = (
                    f"{item.code}: no office delivers and no asset reports {', '.join(codes)}, so the {side} "
                    "stays empty"
                )
                yield Issue.error(RULE.name, item.place(side), message)


RULE: Final = Rule(
    "reachable",
    "Some office delivers a service of the numerator, some asset reports a metric of it; the same for the denominator.",
    _check,
)
