"""One unit has one spelling, or the same number looks like two kinds of thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: What is written too often → what the house writes.
_HOUSE: Final = {
    "percent": "%", "per cent": "%", "percentage": "%", "pct": "%", "% share": "%",
    "rs": "₹", "rs.": "₹", "inr": "₹", "rupee": "₹", "rupees": "₹", "rs lakh": "₹ lakh", "rs crore": "₹ crore",
    "s": "seconds", "sec": "seconds", "secs": "seconds", "min": "minutes", "mins": "minutes", "minute": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "day": "days", "month": "months", "year": "years",
    "lakhs": "lakh", "crores": "crore", "kms": "km", "kilometres": "km", "mld": "ML a day",
}  # fmt: skip
_NOTHING_SAID: Final = frozenset(
    {"number", "numbers", "no", "no.", "nos", "nos.", "count", "value", "units of 1", "-", "1"}
)


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        unit = item.unit.en.casefold()
        if unit in _HOUSE:
            message = f"{item.code}: unit_en `{item.unit.en}` is written `{_HOUSE[unit]}`"
            yield Issue.error(RULE.name, item.place("unit_en"), message)
        elif unit in _NOTHING_SAID:
            message = f"{item.code}: unit_en `{item.unit.en}` must say what is counted, e.g. applications"
            yield Issue.error(RULE.name, item.place("unit_en"), message)


RULE: Final = Rule(
    "unit_spelling",
    "Units are spelt as the house does (%, ₹, minutes, hours, days); a count says what is counted.",
    _check,
)
