"""What cannot be seen breaks searching and comparing, and shows as a box on a wall."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: They shape Indian letters and are allowed there; in English they are invisible like the rest.
_JOINERS: Final = "\u200c\u200d"
_REPLACEMENT: Final = "\ufffd"


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for field, words in item.texts:
            for suffix, text in (("en", words.en), (context.language, words.local)):
                wrong = _wrong(text, "" if suffix == "en" else _JOINERS)
                if wrong:
                    message = f"{item.code}: {field}_{suffix} {wrong}"
                    yield Issue.error(RULE.name, item.place(f"{field}_{suffix}"), message)


def _wrong(text: str, allowed: str) -> str:
    if not text.isprintable() or _REPLACEMENT in text:
        found = next((one for one in text if one not in allowed and (not one.isprintable() or one == _REPLACEMENT)), "")
        if found:
            return f"holds the character U+{ord(found):04X}, which cannot be shown; remove it"
    if not unicodedata.is_normalized("NFC", text):
        return f"must be composed (NFC): “{unicodedata.normalize('NFC', text)}”"
    return ""


RULE: Final = Rule(
    "text_characters",
    "Texts hold no invisible, control or replacement characters and are composed as Unicode (NFC) wants.",
    _check,
)
