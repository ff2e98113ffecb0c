"""Whether a formula turns the unit that is measured into the unit that is shown, for times and for money."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context
from indicators.rule.measures import leaf_unit

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Units of time in seconds; the first names are those that the house shows.
TIME: Final[Mapping[str, float]] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}
#: Units of money in rupees.
MONEY: Final[Mapping[str, float]] = {"paise": 0.01, "₹": 1, "₹ thousand": 1e3, "₹ lakh": 1e5, "₹ crore": 1e7}
#: The histogram of decision times is in hours.
_HISTOGRAM: Final = "hours"


def factor_check(rule: str, scale: Mapping[str, float]) -> Callable[[Sequence[Definition], Context], Iterator[Issue]]:
    """The check that indicators convert what is measured into what is shown.

    Args:
        rule: its name.
        scale: TIME or MONEY.
    """

    def check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
        for item in definitions:
            wrong = wrong_factor(item, context.reference, scale)
            if wrong:
                yield Issue.error(rule, item.place("factor"), f"{item.code}: {wrong}")

    return check


def wrong_factor(item: Definition, reference: Reference, scale: Mapping[str, float]) -> str:
    """What is wrong with how an indicator is converted into its unit; empty if nothing is.

    Args:
        item: the indicator.
        reference: the units of metrics.
        scale: TIME or MONEY.
    """
    shown = _shown(item.unit.en, scale)
    if not shown and all(leaf_unit(term, reference) not in scale for term in item.numerator.terms()):
        return ""
    above, below = item.numerator.linear(), item.denominator.linear()
    if above is None or below is None:
        return ""
    measured = {leaf_unit(term, reference): abs(by) for term, by in above[0].items()}  # a difference has a sign
    if item.quantile is not None:
        measured = {_HISTOGRAM: 1.0}
    known = {unit: by for unit, by in measured.items() if unit in scale}
    of_a_kind = any(leaf_unit(term, reference) in scale for term in below[0])  # a share of a time or of a sum of money
    per_many = any(by != 1 for by in below[0].values())  # per lakh and the like: the unit says so
    if of_a_kind or not (known or shown):
        return ""
    if not known:  # a stock divided by what is taken from it in a day lasts for days
        return "" if per_many else f"nothing in {item.numerator.text} is in a unit such as {item.unit.en}"
    if not shown:
        return f"unit_en `{item.unit.en}` must be one of {', '.join(scale)}, as {', '.join(known)} are counted"
    right = {unit: scale[unit] / shown / by for unit, by in known.items()}
    wrong = [unit for unit, factor in right.items() if not per_many and not math.isclose(item.factor, factor)]
    said = (f"{unit} shown as {item.unit.en} need factor {right[unit]:.6g}, not {item.factor:.6g}" for unit in wrong)
    return "; ".join(said)


def _shown(unit: str, scale: Mapping[str, float]) -> float:
    """Size of the unit shown, which may go on: “minutes per consumer”; 0 if it is not one of the scale."""
    word = unit.removeprefix("person-").partition(" per ")[0].partition(" a ")[0]
    return scale.get(word, 0)
