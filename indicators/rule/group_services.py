"""A group of one service is that service under another name; a group of none is nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for table in context.subject_tables:
        if table.kind != "group":
            continue
        listed = table.values.get("services")
        if isinstance(listed, str) and not table.services:
            message = f"{table.code}: there is no service in `{listed}`, so the group makes no indicator"
            yield Issue.error(RULE.name, table.place("services"), message)
        elif isinstance(listed, list) and len(set(listed)) < len(listed):
            twice = [str(code) for code, times in Counter(map(str, listed)).items() if times > 1]
            yield Issue.error(
                RULE.name, table.place("services"), f"{table.code}: {', '.join(twice)} is listed more than once"
            )
        elif isinstance(listed, list) and len(listed) == 1:
            message = (
                f"{table.code}: a group has two services or more; make the indicators of {listed[0]} with [[service]]"
            )
            yield Issue.error(RULE.name, table.place("services"), message)


RULE: Final = Rule(
    "group_services",
    "A group lists at least two services, each once; “department” and “all” have at least one.",
    _check,
)
