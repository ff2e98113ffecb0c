"""A percentage of cases that are not among those below the line is no share of anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import SHARE_OF, added, services_in, terms_of


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.unit.en != "%" or not all(term.is_service for term in terms_of(item)):
            continue
        below = added(item.denominator)
        for term in added(item.numerator) if below else ():
            among = services_in(one for one in below if one.measure in SHARE_OF.get(term.measure, {term.measure}))
            if not set(term.subjects) <= among:
                allowed = ", ".join(sorted(SHARE_OF.get(term.measure, {term.measure})))
                message = (
                    f"{item.code}: {term.measure} is no part of {item.denominator.text}; it can be a share of "
                    f"{allowed} of the same services"
                )
                yield Issue.error(RULE.name, item.place("numerator"), message)


RULE: Final = Rule(
    "share_part",
    "The numerator of a percentage of cases is part of its denominator, of the same services.",
    _check,
)
