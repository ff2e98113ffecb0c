"""Departments are shown in every language of the state, so a missing name would be a blank on the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for file in context.files:
        department = context.reference.departments.get(file.code)
        if department is None:
            continue
        names = {"en": department.name_en, context.language: department.name_local, "hi": department.name_hi}
        missing = [code for code in context.reference.state.languages if code in names and not names[code]]
        if missing:
            message = (
                f"department {file.code} has no name in {', '.join(missing)}; departments.csv of the state needs it"
            )
            yield Issue.error(RULE.name, file.place("code"), message)


RULE: Final = Rule(
    "department_translated",
    "A department that has indicators has a name in every language of the state.",
    _check,
)
