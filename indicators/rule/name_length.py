"""A name that does not fit is cut where it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_LONGEST: Final = 140


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for suffix, text in (("en", item.name.en), (context.language, item.name.local)):
            if len(text) > _LONGEST:
                message = f"{item.code}: name_{suffix} has {len(text)} characters, {_LONGEST} are allowed: “{text}”"
                yield Issue.error(RULE.name, item.place(f"name_{suffix}"), message)


RULE: Final = Rule(
    "name_length",
    "A name has at most 140 characters in each language.",
    _check,
)
