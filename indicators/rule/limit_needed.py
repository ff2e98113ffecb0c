"""Without a limit nothing is ever in time or overdue: the share is empty, the count is 0 for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import WITH_LIMIT, services_in


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    services = context.reference.services
    for item in definitions:
        judged = services_in(term for term in item.numerator.terms() if term.measure in WITH_LIMIT)
        # Cases from elsewhere bring their due instants with them.
        if judged and all(services[code].limit is None and services[code].office_kind is not None for code in judged):
            message = (
                f"{item.code}: {', '.join(sorted(judged))} has no limit, so {item.numerator.text} is always 0; "
                "services.csv gives limits"
            )
            yield Issue.error(RULE.name, item.place("numerator"), message)


RULE: Final = Rule(
    "limit_needed",
    "What counts cases in time, late or overdue is about at least one service that has a limit.",
    _check,
)
