"""A level read every ten minutes and summed over a day is a number of readings in disguise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    metrics = context.reference.metrics
    for item in definitions:
        if not any(code in metrics for code in item.subjects):
            continue  # subjects_counted sees to it that metrics in the formula are subjects
        averaged = {code for term in item.denominator.terms() if term.measure == "readings" for code in term.subjects}
        for side, expression in (("numerator", item.numerator), ("denominator", item.denominator)):
            for term in expression.terms():
                for code in term.subjects:
                    if term.measure == "level" and metrics[code].time == "flow":
                        message = f"{item.code}: {code} adds up over time and has no level(…); use sum({code})"
                        yield Issue.error(RULE.name, item.place(side), message)
                    if term.measure in {"sum", "expected"} and metrics[code].time == "level" and code not in averaged:
                        message = (
                            f"{item.code}: {code} is a level and cannot be summed over time; use "
                            f"level({code}), or divide by readings({code})"
                        )
                        yield Issue.error(RULE.name, item.place(side), message)


RULE: Final = Rule(
    "metric_time",
    "A metric that is a level is summed only over its readings; a metric that adds up has no `level`.",
    _check,
)
