"""Two names that differ by a hyphen or a capital are one name to whoever reads or searches them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_SKIPPED: Final = dict.fromkeys(map(ord, " -–—.,:;/()[]'’\"“”&"))


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    first: dict[str, tuple[str, Definition]] = {}
    for item in definitions:
        for suffix, name in (("en", item.name.en), (context.language, item.name.local)):
            known, owner = first.setdefault(name.casefold().translate(_SKIPPED), (name, item))
            if owner.code != item.code and known.casefold() != name.casefold():
                message = f"{item.code}: name “{name}” reads like “{known}” of {owner.code} at {owner.origin}"
                yield Issue.error(RULE.name, item.place(f"name_{suffix}"), message)


RULE: Final = Rule(
    "name_alike",
    "No two names differ only in capitals, spaces and punctuation.",
    _check,
)
