"""A version of its own that keeps the department's reason does not say what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    shared = {file.origin.file: file for file in context.files}
    for item in definitions:
        file = shared.get(item.origin.file)
        if file is None or "reason" not in file.fields or "version" not in file.fields:
            continue
        own_version = item.place("version") != file.place("version")
        if own_version and item.place("reason") == file.place("reason"):
            message = (
                f"{item.code}: version {item.version} is its own and needs a reason of its own, not the "
                f"department's “{item.reason}”"
            )
            yield Issue.error(RULE.name, item.place("version"), message)


RULE: Final = Rule(
    "version_said",
    "An indicator with a version of its own has a reason of its own.",
    _check,
)
