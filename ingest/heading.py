"""Which column of a file is which column of the mapping: by its exact heading, or by one that only looks different.

Who may import it: ingest.sources.
Invariants: a heading that is there exactly is never given up for a like one; what two headings could be is never
guessed; a heading stands for one column of the mapping at most.
"""

from __future__ import annotations

import html
import re
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from ingest.settings import nearest
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.rule import Mapping

#: Between the words of a heading; a byte order mark or a mark without width may stand anywhere.
_GAPS: Final = re.compile(r"[\s_]+")
#: How workbooks show the dates that they keep as headings, the month by its name; its number could be the day's.
_SHOWN: Final = {
    f"{day}{month} {year}": f"%Y-%m{'-%d' if day else ''}"
    for day in ("", "%d ")
    for month in ("%b", "%B")
    for year in ("%y", "%Y")
}
_DAY: Final = re.compile(r"\b(\d{4}-\d\d)-\d\d\b")
_UNSEEN: Final = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))


def find_columns(mapping: Mapping, headings: Sequence[str], where: str = "the file") -> tuple[int | None, ...]:
    """Find the columns of a mapping in a file.

    Args:
        mapping: of the source.
        headings: the names of the file's columns, in their order.
        where: what has them, for messages.

    Returns:
        By column of the mapping, its place in the file; None where the file lacks one that it may lack.

    Raises:
        DataError: a column that is needed is not there, or more than once; the message names the nearest one.
    """
    found = _Found(mapping, headings, where)
    places = {column: found.exact(column) for column in mapping.columns}
    for column, place in places.items():
        if place is None:
            places[column] = found.like(column, set(places.values()))
    for group in mapping.needed:
        if all(places[column] is None for column in group):
            named = " or ".join(map(repr, group))
            has = f"{where} does not have it" if len(group) == 1 else f"{where} has none of them"
            raise DataError(f"source {mapping.name} needs column {named}, {has}; {nearest(group[0], list(headings))}")
    return tuple(places[column] for column in mapping.columns)


class _Found:
    """The headings of one file."""

    def __init__(self, mapping: Mapping, headings: Sequence[str], where: str) -> None:
        self._source, self._other, self._headings, self._where = mapping.name, mapping.file.headings, headings, where
        self._folded = [folded_heading(heading) for heading in headings]
        self._months = [_DAY.sub(r"\1", heading) for heading in self._folded]

    def _names(self, column: str) -> tuple[str, ...]:
        return (column, *self._other.get(column, ()))

    def exact(self, column: str) -> int | None:
        """Where one of its headings is that is there exactly."""
        names = self._names(column)
        places = [place for place, heading in enumerate(self._headings) if heading in names]
        if len({self._headings[place] for place in places}) < len(places):
            raise DataError(f"source {self._source} needs column {column!r}, {self._where} has it {len(places)} times")
        return self._one(column, places)

    def like(self, column: str, taken: set[int | None]) -> int | None:
        """Where the only heading is that reads the same. Args: taken: places of headings that are other columns."""
        wanted = {folded_heading(name) for name in self._names(column)}
        wanted |= {" / ".join(map(_day_or_month, name.split(" / "))) for name in wanted}
        alike = [{folded, month} & wanted for folded, month in zip(self._folded, self._months, strict=True)]
        return self._one(column, [place for place, same in enumerate(alike) if same and place not in taken])

    def _one(self, column: str, places: Sequence[int]) -> int | None:
        if len(places) > 1:
            several = " and ".join(repr(self._headings[place]) for place in places)
            says = f"{self._where} has {several}; name the one that is meant"
            raise DataError(f"source {self._source} needs column {column!r}, {says}")
        return places[0] if places else None


def joined_headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of columns whose header has several rows, the upper ones naming groups: `Beds / Occupied`.

    The name of a group stands over its first column, or over each. A name with nothing below it is that of one column,
    whatever stands beside it.

    Args:
        rows: of the header, from the top; they may differ in length.
    """
    width = max((len(row) for row in rows), default=0)
    cells = [[name.strip() for name in row] + [""] * (width - len(row)) for row in rows]
    for depth, row in enumerate(cells[:-1]):
        group = ""
        for place, name in enumerate(row):
            has_below = any(below[place] for below in cells[depth + 1 :])
            begins_anew = any(above[place] != above[place - 1] for above in cells[:depth]) if place else True
            if name or begins_anew:
                group = name if has_below else ""
            elif has_below:
                row[place] = group
            else:
                group = ""
    columns = zip(*cells, strict=True)
    return [" / ".join(name for name, _ in groupby(filter(None, column))) for column in columns]


def _day_or_month(heading: str) -> str:
    """A folded heading that shows a day or a month by its name, as the date that a workbook keeps: 2024-04(-01)."""
    words = _GAPS.sub(" ", re.sub(r"[-/.,'’]", " ", heading)).strip()
    for form, written in _SHOWN.items():
        with suppress(ValueError):
            return datetime.strptime(words, form).strftime(written)  # noqa: DTZ007 – a day on the calendar
    return heading


def folded_heading(heading: str) -> str:
    """A heading without what nobody sees: case, `_` or a line break for a space, `&nbsp;`, marks, letters in parts."""
    return _GAPS.sub(" ", normalize("NFC", html.unescape(heading).translate(_UNSEEN))).strip().casefold()
