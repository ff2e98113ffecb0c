"""How much room a text takes in a drawing that the server lays out: about, since nothing may depend on fonts."""

from __future__ import annotations

import unicodedata

#: Widths of bold letters of 12 px, a little more than they are.
_LATIN, _INDIC, _SIGN, _MARKED = 7.6, 14.0, 9.0, 2.5


def text_width(line: str, size_px: float = 12.0) -> float:
    """About how wide a line in bold letters is, in pixels. Args: the line; size of its letters."""
    widths = {"Mn": _MARKED, "Mc": _SIGN, "Cf": 0.0}
    return (
        sum(widths.get(unicodedata.category(one), _LATIN if one < "\u0900" else _INDIC) for one in line) * size_px / 12
    )
