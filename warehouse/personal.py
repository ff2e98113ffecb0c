"""Finds numbers of persons in text: Aadhaar numbers, Indian mobile numbers, e-mail addresses; none of them is stored.

Who may import it: everybody who writes text to disk. What is replaced, and by what, is decided in
docs/decisions/0011-privacy-at-the-door.md.
Sources: UIDAI, twelve digits of which the last is a Verhoeff check digit; the National Numbering Plan, mobile numbers
of ten digits that begin with 6 to 9.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["aadhaar", "mobile", "e-mail"]
KINDS: Final[tuple[Kind, ...]] = ("aadhaar", "mobile", "e-mail")
#: What may stand between groups of digits: spaces and hyphens of all kinds, at most two of them.
GAP: Final = "[ \u00a0\u202f\u2010-\u2013-]{0,2}"
#: No number or address reaches across one of these.
BREAKS: Final = frozenset('/:,;<>()[]"')
_ADDRESS: Final = r'[^\s@/:,;<>()\[\]"]'
_AADHAAR: Final = re.compile(rf"(?<!\d)\d{{4}}{GAP}\d{{4}}{GAP}\d{{4}}(?!\d)")
#: The first digit 6 to 9 in any script is looked for in the digits themselves.
_MOBILE: Final = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?(?P<country>\d\d){GAP}|(?P<trunk>\d))?"
    rf"(?P<number>\d{{5}}{GAP}\d{{5}}|\d{{3}}{GAP}\d{{3}}{GAP}\d{{4}}|\d{{4}}{GAP}\d{{3}}{GAP}\d{{3}})(?!\d)"
)
_EMAIL: Final = re.compile(rf"{_ADDRESS}{{1,64}}@{_ADDRESS}{{1,250}}\.[^\W\d_]{{2,}}")

_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
#: What every text matches that holds one of them.
_SUSPECT: Final = re.compile(rf"@|\d(?:{GAP}\d){{9}}")

#: Verhoeff's tables: multiplication in the dihedral group of ten elements, and the permutation of each place.
_TIMES: Final = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ],
    np.uint8,
)  # fmt: skip
_PERMUTED: Final = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4], [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7], [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ],
    np.uint8,
)  # fmt: skip
#: The same for one number.
_TIMES_OF: Final[list[list[int]]] = _TIMES.tolist()
_PERMUTED_OF: Final[list[list[int]]] = _PERMUTED.tolist()


def verhoeff(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which numbers have a good check digit. Args: digits: one number per row, all of the same length."""
    checked = np.zeros(len(digits), np.uint8)
    for place, column in enumerate(digits.T[::-1]):
        checked = _TIMES[checked, _PERMUTED[place % 8, column]]
    return checked == 0


def lettered(hexadecimal: str) -> str:
    """A hash in letters only: written with digits, one in a hundred looks like the number of a person."""
    return hexadecimal.translate(_LETTERS)


def masked(text: str) -> str:
    """The text with `[aadhaar]`, `[mobile]` and `[e-mail]` where one stood."""
    return replaced(text, lambda kind, _: f"[{kind}]")


def replaced(text: str, instead: Callable[[Kind, str], str], *, in_id: bool = False) -> str:
    """The text with something else where a number or address of a person stood.

    Args:
        text: any text.
        instead: what to write, by the kind and the text that was found; must not itself be found again.
        in_id: the text is an id of a source: numbers that UIDAI never gives out stay, because they are file numbers.
    """
    if _SUSPECT.search(text) is None:
        return text
    if "@" in text:
        text = _replaced(text, "e-mail", _EMAIL, _always, instead)
    text = _replaced(text, "aadhaar", _AADHAAR, _is_given_out if in_id else _is_checked, instead)
    return _replaced(text, "mobile", _MOBILE, _is_mobile, instead)


def _replaced(
    text: str,
    kind: Kind,
    pattern: re.Pattern[str],
    good: Callable[[re.Match[str]], bool],
    instead: Callable[[Kind, str], str],
) -> str:
    parts, kept, at = [], 0, 0
    while (found := pattern.search(text, at)) is not None:
        if good(found):
            parts += [text[kept : found.start()], instead(kind, found[0])]
            kept = at = found.end()
        else:
            at = found.start() + 1  # the next number may begin inside this one
    return "".join([*parts, text[kept:]]) if parts else text


def _always(_: re.Match[str]) -> bool:
    return True


def _digits(text: str) -> list[int]:
    return [unicodedata.decimal(letter) for letter in text if letter.isdecimal()]


def _is_given_out(found: re.Match[str]) -> bool:
    """Source: UIDAI; no Aadhaar number begins with 0 or 1."""
    return _digits(found[0])[0] >= 2 and _is_checked(found)


def _is_checked(found: re.Match[str]) -> bool:
    checked = 0
    for place, digit in enumerate(reversed(_digits(found[0]))):
        checked = _TIMES_OF[checked][_PERMUTED_OF[place % 8][digit]]
    return checked == 0


def _is_mobile(found: re.Match[str]) -> bool:
    country, trunk = found["country"], found["trunk"]
    before = (country is None or _digits(country) == [9, 1]) and (trunk is None or _digits(trunk) == [0])
    return before and _digits(found["number"])[0] >= 6
