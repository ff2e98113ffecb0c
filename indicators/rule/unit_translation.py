"""A unit that has two names in one language looks like two units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    first: dict[str, Definition] = {}
    for item in definitions:
        known = first.setdefault(item.unit.en, item)
        if known.unit.local != item.unit.local:
            field = f"unit_{context.language}"
            message = (
                f"{item.code}: {field} of `{item.unit.en}` is “{item.unit.local}” here "
                f"and “{known.unit.local}” at {known.place(field)}; one word is needed"
            )
            yield Issue.error(RULE.name, item.place(field), message)


RULE: Final = Rule(
    "unit_translation",
    "The same English unit has the same word in the state's language everywhere.",
    _check,
)
