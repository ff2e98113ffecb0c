"""A reader who searches a name must find one indicator, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    first: dict[str, Definition] = {}
    for item in definitions:
        for name in dict.fromkeys((item.name.en, item.name.local)):
            known = first.setdefault(name.casefold(), item)
            if known.code != item.code:
                message = f"{item.code}: name “{name}” is already the name of {known.code} at {known.origin}"
                yield Issue.error(RULE.name, item.place("name_en"), message)


RULE: Final = Rule("name_unique", "No two indicators share a name, in either language.", _check)
