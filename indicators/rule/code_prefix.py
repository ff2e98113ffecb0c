"""Whoever sees a code in an address or a file knows the department."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        department = item.department.lower()
        if not item.code.startswith((f"{department}_", f"dept_{department}_")) and item.code not in context.roll_ups:
            message = f"{item.code}: the code of an indicator of {item.department} begins with `{department}_`"
            yield Issue.error(RULE.name, item.place("code"), message)


RULE: Final = Rule(
    "code_prefix",
    "A code begins with its department's code in small letters, or is a roll-up `dept_<department>_…` or `gov_…`.",
    _check,
)
