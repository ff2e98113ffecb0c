"""Subjects say what an indicator is about: which pages list it, whose lateness makes it late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import terms_of


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    metrics = context.reference.metrics
    for item in definitions:
        counted = {code for term in terms_of(item) for code in term.subjects}
        for code in item.subjects:
            if code not in counted:
                message = f"{item.code}: subject `{code}` is not in its formula {item.formula}"
                yield Issue.error(RULE.name, item.place("subjects"), message)
        for code in sorted(counted - set(item.subjects)):
            if code in metrics:
                message = (
                    f"{item.code}: metric `{code}` of its formula is not among its subjects, so its source is "
                    "not watched"
                )
                yield Issue.error(RULE.name, item.place("subjects"), message)


RULE: Final = Rule(
    "subjects_counted",
    "Every subject is counted in the formula, and every metric in the formula is a subject.",
    _check,
)
