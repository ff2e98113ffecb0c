"""Whoever opens a number reads both its parts in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        words = item.words_denominator
        if not item.is_count and not (words.en and words.local):
            message = f"{item.code}: words_denominator is needed in both languages, because there is a denominator"
            yield Issue.error(RULE.name, item.place("words_denominator_en"), message)
        if item.is_count and (words.en or words.local):
            message = f"{item.code}: words_denominator without a denominator"
            yield Issue.error(RULE.name, item.place("words_denominator_en"), message)


RULE: Final = Rule("denominator_words", "A denominator has words in both languages; a count has none.", _check)
