"""In which encoding a text file is: what is declared, held against what the file shows; never a guess.

Who may import it: ingest.sources.
Invariants: text is never read in an encoding that the beginning of the file contradicts; without a declaration a file
is UTF-8, or what its byte order mark says.
"""

from __future__ import annotations

import codecs
from typing import Final

from warehouse.errors import DataError

#: How much of a file is looked at.
HEAD_BYTES: Final = 1 << 16
#: How much of it tells UTF-16, and how many stray zeros say nothing yet.
_LOOK_BYTES: Final = 1024
_FEW_ZEROS: Final = 8
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def text_encoding(head: bytes, declared: str) -> str:
    """The encoding to read a file in.

    Args:
        head: its first HEAD_BYTES, unpacked.
        declared: name of a codec; empty = nothing is declared.

    Raises:
        DataError: the file shows another encoding than the declared one, or one that must be declared.
    """
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    name = codecs.lookup(declared).name.removesuffix("-sig").replace("_", "-") if declared else None
    if marked is not None:
        if name in {None, marked, marked[:6]}:
            return "utf-16" if marked.startswith("utf-16") else marked
        raise DataError(f"begins with the byte order mark of {marked}, but encoding {declared!r} is declared")
    if name == "utf-16":
        raise DataError("has no byte order mark: declare encoding 'utf-16-le' or 'utf-16-be'")
    if name is None or name in {"utf-8", "ascii"}:
        if _is_wide(head[:_LOOK_BYTES]):
            raise DataError("looks like UTF-16 without a byte order mark: declare encoding 'utf-16-le' or 'utf-16-be'")
        return declared or "utf-8"
    if not name.startswith("utf") and _is_utf8(head):
        raise DataError(f"is UTF-8 text, but encoding {declared!r} is declared; it would be read as other letters")
    return declared


def _is_wide(head: bytes) -> bool:
    """Whether every second byte of many is zero and none of the others: separators and Latin letters in UTF-16."""
    few, many = sorted((head[::2].count(0), head[1::2].count(0)))
    return few == 0 and many > max(_FEW_ZEROS, len(head) // 5)


def _is_utf8(head: bytes) -> bool:
    """Whether there are letters beyond ASCII and all of them are well-formed UTF-8."""
    if head.isascii():
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a letter that the end of the head cuts is no fault
    except UnicodeDecodeError:
        return False
    return True
