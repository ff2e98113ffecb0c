"""What cannot be seen breaks searching and comparing, and shows as a box on a wall."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: Joiners (200C, 200D) shape Indian letters and are allowed there; in English they are invisible like the rest.
_NOWHERE: Final = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd\ue000-\uf8ff]"
)
_NOT_IN_ENGLISH: Final = re.compile(r"[\u200c\u200d]")


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for field, words in item.texts:
            for suffix, text in (("en", words.en), (context.language, words.local)):
                found = _NOWHERE.search(text) or (suffix == "en" and _NOT_IN_ENGLISH.search(text))
                if found:
                    message = (
                        f"{item.code}: {field}_{suffix} holds the invisible character U+{ord(found[0]):04X}; remove it"
                    )
                    yield Issue.error(RULE.name, item.place(f"{field}_{suffix}"), message)
                elif not unicodedata.is_normalized("NFC", text):
                    message = (
                        f"{item.code}: {field}_{suffix} must be composed (NFC): “{unicodedata.normalize('NFC', text)}”"
                    )
                    yield Issue.error(RULE.name, item.place(f"{field}_{suffix}"), message)


RULE: Final = Rule(
    "text_characters",
    "Texts hold no invisible, control or replacement characters and are composed as Unicode (NFC) wants.",
    _check,
)
