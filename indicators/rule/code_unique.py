"""One code, one indicator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    first: dict[str, Definition] = {}
    for item in definitions:
        known = first.setdefault(item.code, item)
        if known is not item:
            yield Issue.error(RULE.name, item.place("code"), f"code `{item.code}` is already used at {known.origin}")


RULE: Final = Rule("code_unique", "No two indicators share a code.", _check)
