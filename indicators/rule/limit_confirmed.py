"""A wall that judges by a limit nobody has confirmed must say so, or an officer is blamed for our guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import WITH_LIMIT, services_in, terms_of

_MARK: Final = "to be confirmed"


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if not item.bands or _MARK in f"{item.reason} {item.legal_basis}".casefold():
            continue
        judged = services_in(term for term in terms_of(item) if term.measure in WITH_LIMIT)
        unsure = [code for code in sorted(judged) if context.reference.services[code].status == _MARK]
        if unsure:
            message = f"{item.code}: the limit of {', '.join(unsure)} is {_MARK}; say so in reason or legal_basis"
            yield Issue.error(RULE.name, item.place("reason"), message)


RULE: Final = Rule(
    "limit_confirmed",
    "Bands on time limits that are “to be confirmed” carry these words in `reason` or `legal_basis`.",
    _check,
)
