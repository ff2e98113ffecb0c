"""Malayalam script → Devanagari, letter by letter: the rule behind `name_hi` of local bodies (docs/reference.md)."""

from __future__ import annotations

import re
from typing import Final

#: Unicode has the letters of all Indian scripts in the same order, so that most letters lie this far apart.
_APART: Final = 0x0D00 - 0x0900
#: Letters of Malayalam that Hindi does not have, and chillus (consonants without a vowel).
_OTHER: Final = {
    "എ": "ए", "ഒ": "ओ", "െ": "े", "ൊ": "ो", "ൗ": "ौ", "റ": "र", "ള": "ल", "ഴ": "झ",
    "ൺ": "ण्", "ൻ": "न्", "ർ": "र्", "ൽ": "ल्", "ൾ": "ल्",
}  # fmt: skip
#: What is written otherwise than it is read, in this order.
_AS_READ: Final = (
    (re.compile("[\u200c\u200d]"), ""),
    (re.compile("റ്റ"), "ട്ട"),
    (re.compile("(?:ന്|ൻ)റ"), "ൻ|ട"),
    (re.compile("([ർൽൾൺൻ])([ക-ഹ])്\\2"), r"\1\2"),
    (re.compile("(?<=[അ-ഔാ-ൌക-ഹ])ട(?!്ട)|(?<=ണ്)ട(?!്ട)"), "ഡ"),
    (re.compile("ങ്ങ"), "ംഗ"),
    (re.compile("ങ്ക"), "ംക"),
    (re.compile("ഞ്ച"), "ംച"),
    (re.compile("ം$"), "മ്"),
    (re.compile("(?<=[ക-ഹ])$"), "ാ"),
    (re.compile("ി$"), "ീ"),
)
#: A consonant at the end of a word, or before a stop, is not marked: Hindi reads no vowel there.
_UNMARKED: Final = re.compile("्(?![क-ह])")


def devanagari(malayalam: str) -> str:
    """A name in Malayalam script, written in Devanagari as Hindi readers expect it.

    Args:
        malayalam: one or more words; marks outside the script stay as they are.
    """
    return "".join(part if part in " -." else _word(part) for part in re.split("([ .-])", malayalam) if part)


def _word(word: str) -> str:
    for pattern, read in _AS_READ:
        word = pattern.sub(read, word)
    return _UNMARKED.sub("", "".join(map(_letter, word.replace("|", ""))))


def _letter(letter: str) -> str:
    return _OTHER.get(letter) or (chr(ord(letter) - _APART) if "\u0d00" <= letter <= "\u0d4d" else letter)
