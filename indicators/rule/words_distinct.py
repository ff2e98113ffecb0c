"""Whoever opens a quotient must see what is divided by what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        above, below = item.words_numerator, item.words_denominator
        for suffix, one, other in (("en", above.en, below.en), (context.language, above.local, below.local)):
            if one.casefold() == other.casefold():
                message = f"{item.code}: words_numerator_{suffix} and words_denominator_{suffix} are both “{one}”"
                yield Issue.error(RULE.name, item.place(f"words_denominator_{suffix}"), message)


RULE: Final = Rule(
    "words_distinct",
    "Numerator and denominator are described in different words.",
    _check,
)
