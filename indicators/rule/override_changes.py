"""An override that repeats its family goes on repeating it when the family changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    if context.families is None:
        return
    for table in context.subject_tables:
        overrides = table.values.get("override", {})
        for family, fields in overrides.items() if isinstance(overrides, Mapping) else ():
            template = context.families.templates.get(family, {})
            for key, value in fields.items() if isinstance(fields, Mapping) else ():
                if key in template and template[key].value == value:
                    message = (
                        f"{table.code}: override of {family} repeats {key} = {value!r} of the family at "
                        f"{template[key].origin}"
                    )
                    yield Issue.error(RULE.name, table.place("override", family, key), message)


RULE: Final = Rule(
    "override_changes",
    "An override says something else than its family does.",
    _check,
)
