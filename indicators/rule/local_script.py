"""A name in the state's language is written in it, not English once more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: Unicode blocks of the scripts that the languages of Indian states are written in, by ISO 639-1 code.
_BLOCKS: Final = {
    "ml": "\u0d00-\u0d7f", "ta": "\u0b80-\u0bff", "te": "\u0c00-\u0c7f", "kn": "\u0c80-\u0cff",
    "gu": "\u0a80-\u0aff", "pa": "\u0a00-\u0a7f", "or": "\u0b00-\u0b7f", "bn": "\u0980-\u09ff",
    "as": "\u0980-\u09ff", "hi": "\u0900-\u097f", "mr": "\u0900-\u097f", "ne": "\u0900-\u097f",
    "ur": "\u0600-\u06ff",
}  # fmt: skip
_ANY: Final = "\u0600-\u06ff\u0900-\u0dff"


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    letter = re.compile(f"[{_BLOCKS.get(context.language, _ANY)}]")
    for item in definitions:
        for field, words in item.texts:
            place = item.place(f"{field}_{context.language}")
            if field == "unit" or letter.search(words.local):
                continue
            if words.local == words.en:
                message = f"{item.code}: {field} is the same in both languages: “{words.en}”"
                yield Issue.warning(RULE.name, place, message)
            else:
                message = f"{item.code}: {field}_{context.language} has no letter of its script: “{words.local}”"
                yield Issue.error(RULE.name, place, message)


RULE: Final = Rule("local_script", "Names and words in the state's language are written in its script.", _check)
