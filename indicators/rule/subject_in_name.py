"""Without the subject all expansions of a family would have one name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for family, fields in context.families.templates.items() if context.families is not None else ():
        for field in ("name_en", f"name_{context.language}"):
            if field in fields and "{subject}" not in str(fields[field].value):
                message = f"family {family}: {field} must hold {{subject}}: “{fields[field].value}”"
                yield Issue.error(RULE.name, fields[field].origin, message)


RULE: Final = Rule(
    "subject_in_name",
    "The name of a family holds {subject} in both languages.",
    _check,
)
