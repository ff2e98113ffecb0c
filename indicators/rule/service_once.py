"""Two tables of one service are read as two places to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition, Origin
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    first: dict[str, Origin] = {}
    for table in context.subject_tables:
        if table.kind != "service":
            continue
        known = first.setdefault(table.code, table.place("code"))
        if known != table.place("code"):
            message = f"service {table.code} has a table at {known} already; put its families together there"
            yield Issue.error(RULE.name, table.place("code"), message)


RULE: Final = Rule(
    "service_once",
    "A service has one [[service]] table.",
    _check,
)
