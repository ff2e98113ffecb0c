"""A name in the state's language is written in it, not English once more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_INDIC: Final = re.compile(r"[\u0900-\u0dff\u0600-\u06ff]")


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for what, words in (("name", item.name), ("words_numerator", item.words_numerator)):
            if words.local != words.en and not _INDIC.search(words.local):
                message = (
                    f"{item.code}: {what} in the state's language has no letter of an Indian script: “{words.local}”"
                )
                yield Issue.error(RULE.name, item.place(f"{what}_{context.language}"), message)
            elif words.local == words.en:
                message = f"{item.code}: {what} is the same in both languages: “{words.en}”"
                yield Issue.warning(RULE.name, item.place(f"{what}_{context.language}"), message)


RULE: Final = Rule("local_script", "Names and words in the state's language are written in its script.", _check)
