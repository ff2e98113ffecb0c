"""What an indicator asks for must be on the board in at least one period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.period import PERIOD_BEFORE, PERIODS_OF, is_held, periods_of
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if periods_of(item):
            continue
        terms = dict.fromkeys((*item.numerator.terms(), *item.denominator.terms()))
        missed = [term for term in terms if not any(is_held(term, period) for period in PERIODS_OF[item.time])]
        lost = [str(term) for term in missed]
        field = "denominator" if missed and not set(missed) & set(item.numerator.terms()) else "numerator"
        what = ", ".join(lost) or "together with a number of the calendar, or with each other, its measures"
        message = (
            f"{item.code}: the board does not hold {what}; it holds sums, counts and averages of readings, "
            f".shift(-1) in the periods {', '.join(PERIOD_BEFORE)}, and .year_to_date() in periods that end now"
        )
        yield Issue.error(RULE.name, item.place(field), message)


RULE: Final = Rule("held_by_board", "The board holds what the expressions ask for in at least one period.", _check)
