"""Which column of a file is which column of the mapping: by its exact heading, or by one that only looks different.

Who may import it: ingest.sources.
Invariants: a heading that is there exactly is never given up for a like one; what two headings could be is never
guessed; a heading stands for one column of the mapping at most.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from ingest.settings import nearest
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.rule import Mapping

#: Between the words of a heading; a byte order mark or a mark without width may stand anywhere.
_GAPS: Final = re.compile(r"[\s_]+")
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
    found = _Found(mapping.name, headings, where)
    places: dict[str, int | None] = {
        column: found.place(column) for column in mapping.columns if headings.count(column)
    }
    for column in mapping.columns:
        if column not in places:
            places[column] = found.like(column, set(places.values()))
    for group in mapping.needed:
        if all(places[column] is None for column in group):
            named = " or ".join(map(repr, group))
            has = f"{where} does not have it" if len(group) == 1 else f"{where} has none of them"
            raise DataError(f"source {mapping.name} needs column {named}, {has}; {nearest(group[0], list(headings))}")
    return tuple(places[column] for column in mapping.columns)


class _Found:
    """The headings of one file."""

    def __init__(self, source: str, headings: Sequence[str], where: str) -> None:
        self._source, self._headings, self._where = source, headings, where
        self._folded = [folded_heading(heading) for heading in headings]

    def place(self, column: str) -> int:
        """Where a heading is that is there exactly."""
        if self._headings.count(column) > 1:
            times = self._headings.count(column)
            raise DataError(f"source {self._source} needs column {column!r}, {self._where} has it {times} times")
        return self._headings.index(column)

    def like(self, column: str, taken: set[int | None]) -> int | None:
        """Where the only heading is that reads the same. Args: taken: places of headings that are other columns."""
        wanted = folded_heading(column)
        places = [place for place, heading in enumerate(self._folded) if heading == wanted and place not in taken]
        if len(places) > 1:
            several = " and ".join(repr(self._headings[place]) for place in places)
            says = f"{self._where} has {several}; name the one that is meant"
            raise DataError(f"source {self._source} needs column {column!r}, {says}")
        return places[0] if places else None


def folded_heading(heading: str) -> str:
    """A heading without what nobody sees or minds: case, `_` or a line break for a space, `&nbsp;`, marks."""
    return _GAPS.sub(" ", html.unescape(heading).translate(_UNSEEN)).strip().casefold()
