"""Text and typed columns → numbers, by a declared notation only.

Who may import it: ingest only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.rule import NumberNotation

_PLAIN: Final = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
#: What may stand around a number and can mean nothing else. Brackets are a minus, as accountants write it.
_RUPEE: Final = r"(?:₹|rs\.?|inr)"
#: 1:45, 01:45:30, and more than a day as a spreadsheet's cell is written out: 1 day, 1:45:00.
_DURATION: Final = r"^(?:(\d{1,5}) days?, )?(\d{1,6}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?$"
_MINUS: Final = re.compile(rf"(?<!\d)[\u2010-\u2013\u2212\uff0d](?=\s*{_RUPEE}?\s*[\d.])", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"([^\d()]*)\(([^()]*)\)([^\d()]*)")
_RUPEES_BEFORE: Final = re.compile(rf"^([+-]?)\s*{_RUPEE}\s*", re.IGNORECASE)
_RUPEES_BEHIND: Final = re.compile(rf"(?:\s*{_RUPEE})?(?:\s*/[-=])?$", re.IGNORECASE)
_SIGNED: Final = re.compile(r"([+-]?)\s*([\d.].*)")
#: Spaces that do not break a line stand between groups, never for a decimal sign.
_SPACED: Final = re.compile(r"\d{1,3}(?:[\u00a0\u2007\u2009\u202f]\d{2,3})*[\u00a0\u2007\u2009\u202f]\d{3}(?:[.,]\d*)?")
_COMMAS: Final = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?")
#: Cells add readings up as integer thousandths in 64 bits: ninety thousand of the largest still fit.
LARGEST: Final = 1e11
#: A reading that is not nothing and smaller would count as nothing.
SMALLEST: Final = 5e-4

Numbers: TypeAlias = "NDArray[np.float64]"
Mask: TypeAlias = "NDArray[np.bool_]"


def parse_numbers(column: pa.Array, notation: NumberNotation) -> tuple[Numbers, Mask]:
    """Read a column of numbers.

    Args:
        column: text (null = empty), or a typed column of numbers.
        notation: decimal sign and sign between groups; groups of two (Indian) and of three are both right.

    Returns:
        Numbers, NaN where there is none, and a mask of the cells that hold something that is not a finite number.
    """
    if not _is_text(column.type):
        return _typed(column)
    numbers, bad = _declared(column, notation)
    if bad.any():
        numbers[bad] = _undecorated(column.filter(pa.array(bad)), notation)
        bad &= np.isnan(numbers)
    return numbers, bad


def _declared(text: pa.Array, notation: NumberNotation) -> tuple[Numbers, Mask]:
    """Read text that is a number in the declared notation and nothing else."""
    if notation.thousands:
        text = _without_groups(text, notation)
    if notation.decimal != ".":
        dotted = pc.match_substring(text, ".")
        text = pc.if_else(dotted, "?", pc.replace_substring(text, notation.decimal, "."))
    return parse_plain(text)


def parse_plain(text: pa.Array) -> tuple[Numbers, Mask]:
    """Read text such as `-12.5` or `1e3`; same result as parse_numbers."""
    numbers = np.full(len(text), np.nan)
    present = text.is_valid().to_numpy(zero_copy_only=False)
    good = pc.fill_null(pc.match_substring_regex(text, _PLAIN), False)
    mask = good.to_numpy(zero_copy_only=False)
    if mask.any():
        written = pc.replace_substring_regex(text.filter(good), r"^\+", "")
        numbers[mask] = written.cast(pa.float64()).to_numpy(zero_copy_only=False)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers, present & np.isnan(numbers)


def parse_durations(text: pa.Array) -> tuple[Numbers, Mask]:
    """Read hours and minutes such as `1:45` or `26:05:30`, in seconds; same result as parse_numbers."""
    seconds = np.full(len(text), np.nan)
    present = text.is_valid().to_numpy(zero_copy_only=False)
    good = pc.fill_null(pc.match_substring_regex(text, _DURATION), False)
    mask = good.to_numpy(zero_copy_only=False)
    if mask.any():
        said = text.filter(good)
        parts = [pc.replace_substring_regex(said, _DURATION, rf"0\{group}").cast(pa.float64()) for group in range(1, 5)]
        days, hours, minutes, rest = (part.to_numpy(zero_copy_only=False) for part in parts)
        seconds[mask] = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    return seconds, present & np.isnan(seconds)


def _undecorated(text: pa.Array, notation: NumberNotation) -> Numbers:
    """Read numbers that something stands around which cannot be misread; NaN where there is none. No cell is empty."""
    coded = text.dictionary_encode()
    units = "|".join(re.escape(unit) for unit in notation.units)
    suffix = re.compile(rf"\s*(?:{units})\.?$", re.IGNORECASE) if units else None
    plain = [_plain(word, notation, suffix) for word in coded.dictionary.to_pylist()]
    numbers, _ = _declared(pa.array(plain, pa.string()), notation)
    return numbers[coded.indices.to_numpy()]


def _plain(word: str, notation: NumberNotation, unit: re.Pattern[str] | None) -> str | None:
    """A number without its currency, percent sign or unit, brackets and groups; None where what is left is none."""
    text = _MINUS.sub("-", word)
    inside = _BRACKETS.fullmatch(text)
    text = "".join(inside.groups()) if inside else text
    bare = _RUPEES_BEHIND.sub("", _RUPEES_BEFORE.sub(r"\1", text), count=1)
    is_rupees = bare != text
    if not is_rupees:
        bare = text.removesuffix("%") if unit is None or text.endswith("%") else unit.sub("", text)
    found = _SIGNED.fullmatch(bare.strip())
    if found is None or (inside and found[1]):
        return None
    digits = found[2]
    if _SPACED.fullmatch(digits):
        digits = re.sub(r"\s", "", digits)
    # a comma is sure to part groups where there are two, or a point behind it, or rupees
    commas = notation.decimal == "." and notation.thousands in {"", ","} and _COMMAS.fullmatch(digits)
    if commas and (is_rupees or "." in digits or digits.count(",") > 1):
        digits = digits.replace(",", "")
    return f"{'-' if inside or found[1] == '-' else ''}{digits}"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _typed(column: pa.Array) -> tuple[Numbers, Mask]:
    present = column.is_valid().to_numpy(zero_copy_only=False)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        return np.full(len(column), np.nan), present
    numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype("float64", copy=True)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers, present & np.isnan(numbers)


def _without_groups(text: pa.Array, notation: NumberNotation) -> pa.Array:
    """Take the group signs out of well-grouped numbers; badly grouped ones (1,2 or 12,34567) stay and are refused."""
    sign, point = (f"[{_escaped(mark)}]" for mark in (notation.thousands, notation.decimal))
    grouped = rf"^[+-]?\d{{1,3}}({sign}\d{{2,3}})*{sign}\d{{3}}({point}\d*)?$"
    good = pc.match_substring_regex(text, grouped)
    return pc.if_else(good, pc.replace_substring(text, notation.thousands, ""), text)


def _escaped(mark: str) -> str:
    return "\\" + mark if mark in "\\]^-[" else mark


def western_digits(text: pa.Array) -> pa.Array:
    """Digits of other scripts (Malayalam, Devanagari …) as 0–9; other letters stay."""
    if pc.all(pc.string_is_ascii(text)).as_py() in {True, None}:
        return text
    return pa.array([western(cell) if cell and not cell.isascii() else cell for cell in text.to_pylist()], pa.string())


def western(cell: str) -> str:
    """The same of one text."""
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in cell)
