"""A noun that names nothing is a leftover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from warehouse.reference import CASE_KINDS


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    if context.families is None:
        return
    used = {*CASE_KINDS, *(str(table.values["noun"]) for table in context.subject_tables if "noun" in table.values)}
    for name in context.families.nouns:
        if name not in used:
            message = f"noun {name} is neither a kind of service ({', '.join(CASE_KINDS)}) nor asked for by a table"
            yield Issue.error(RULE.name, context.families.place("noun", name), message)


RULE: Final = Rule(
    "noun_used",
    "Every noun is what a kind of service is called, or is asked for by a service or group.",
    _check,
)
