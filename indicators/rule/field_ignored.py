"""What a family says comes before what its service's table says, so such a field would change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_OF_THE_TABLE: Final = frozenset({"code", "families", "noun", "override", "services"})


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    if context.families is None:
        return
    for table in context.subject_tables:
        own = _OF_THE_TABLE | ({"name_en", f"name_{context.language}"} if table.kind != "service" else set())
        templates = [context.families.templates[family] for family in table.families]
        for key in table.values:
            if templates and key not in own and all(key in template for template in templates):
                message = (
                    f"{table.code}: {key} has no effect, its families say it; write it under "
                    f"[{table.kind}.override.<family>]"
                )
                yield Issue.error(RULE.name, table.place(key), message)


RULE: Final = Rule(
    "field_ignored",
    "A field of a service or group is one that at least one of its families leaves open; else it is an override.",
    _check,
)
