"""English is written in Latin letters; a Malayalam name in the English field is a slip of copy and paste."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_INDIC: Final = re.compile(r"[\u0600-\u06ff\u0900-\u0dff]")


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for field, words in item.texts:
            if _INDIC.search(words.en):
                message = f"{item.code}: {field}_en must be English, this holds Indian letters: “{words.en}”"
                yield Issue.error(RULE.name, item.place(f"{field}_en"), message)


RULE: Final = Rule(
    "english_script",
    "English texts hold no letter of an Indian script.",
    _check,
)
