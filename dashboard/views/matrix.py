"""Indicators against places: one row each, the places with most red first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.views.figure import Figure
    from dashboard.views.place import Link


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """An indicator at a place. Attributes: its number, and where that number is explained."""

    figure: Figure
    href: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An indicator.

    Attributes:
        name: with the link to its page.
        whole: the cell of the place that the others are parts of.
        cells: those of the others, in the order of the columns.
    """

    name: Link
    whole: MatrixCell
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table.

    Attributes:
        whole: the place that the others are parts of, with its page.
        places: columns, each with its page.
        rows: indicators.
    """

    whole: Link
    places: tuple[Link, ...]
    rows: tuple[MatrixRow, ...]


def column_order(rows: Sequence[Sequence[Figure]], count: int) -> tuple[int, ...]:
    """Places in the order of the columns: those with most red rows first, then those with most amber ones.

    Args:
        rows: of each indicator its figures, the whole first, then the places.
        count: of places.
    """
    return tuple(sorted(range(count), key=lambda at: (coloured([row[at + 1] for row in rows]), at)))


def coloured(figures: Sequence[Figure]) -> tuple[int, int]:
    """Sorts what has most red, then most amber figures first."""
    bands = Counter(shown.band for shown in figures)
    return -bands[Band.RED], -bands[Band.AMBER]


def matrix_row(
    name: Link, figures: Sequence[Figure], columns: Sequence[int], href: Callable[[Figure], str]
) -> MatrixRow:
    """One row.

    Args:
        name: of the indicator, with the link to its page.
        figures: the whole first, then the places.
        columns: from `column_order`.
        href: where a figure is explained.
    """
    cells = [MatrixCell(shown, href(shown)) for shown in figures]
    return MatrixRow(name, cells[0], tuple(cells[at + 1] for at in columns))
