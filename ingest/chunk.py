"""Rows of a file as its reader gives them, before they are decoded.

Who may import it: ingest only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pyarrow as pa

from ingest.reason import Reason
from ingest.refusal import Refused, raw_json, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file.

    Attributes:
        table: rows that could be split into columns; at least the columns of the mapping.
        numbers: number of each row in the file, from 1, refused rows counted too.
        refused: rows that could not be split.
    """

    table: pa.Table
    numbers: Numbers
    refused: tuple[Refused, ...] = ()


class RowReader(Protocol):
    """Reads one kind of file."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the file, read or not; none where every row says its own."""
        ...

    def next(self) -> Chunk | None:
        """The next rows; None at the end.

        Raises:
            DataError: the file is not what it claims to be, or lacks a column of the mapping.
        """
        ...

    def position(self) -> dict[str, int]:
        """Where the next chunk begins; hand it to the reader's constructor to go on there."""
        ...

    def progress(self) -> tuple[int, int]:
        """How much was read, and of how much, in the same unit."""
        ...

    def close(self) -> None:
        """Close the file; may be called twice."""
        ...


def refused_row(reason: Reason, detail: str, raw: str, place: str, number: int) -> Refused:
    """A row that could not be split. Args: place: name of the file; number: of the row in it."""
    return Refused(reason, None, detail, raw, f"{place}:{number}")


def broken_row(line: bytes, detail: str, place: str, number: int, reason: Reason = Reason.BAD_ROW) -> Refused:
    """A line of which only size and hash are kept."""
    return refused_row(reason, detail, unreadable(line), place, number)


def with_absent(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The table with an empty column for each of the mapping's that the file lacks."""
    for column in columns:
        if column not in table.column_names:
            table = table.append_column(column, pa.nulls(table.num_rows))
    return table


def text_table(
    columns: Sequence[str], cells: Sequence[pa.Array], numbers: Numbers, place: str
) -> tuple[pa.Table, Numbers, list[Refused]]:
    """Columns of bytes as a table of text; rows with bytes that are not UTF-8 are refused.

    Args:
        columns: names.
        cells: bytes, one array per column.
        numbers: of the rows in the file.
        place: name of the file.

    Returns:
        The table, the numbers of its rows, and the refused rows.
    """
    try:
        return pa.table([column.cast(pa.string()) for column in cells], names=list(columns)), numbers, []
    except pa.ArrowInvalid:
        rows = list(zip(*(column.to_pylist() for column in cells), strict=True))
    good = [all(_is_text(cell) for cell in row) for row in rows]
    refused = []
    for row, number, fine in zip(rows, numbers.tolist(), good, strict=True):
        if not fine:
            bad = next(name for name, cell in zip(columns, row, strict=True) if not _is_text(cell))
            shown = {name: cell.decode("utf-8", "replace") for name, cell in zip(columns, row, strict=True)}
            detail = f"{bad} holds bytes that are not text in the declared encoding"
            refused.append(Refused(Reason.BAD_ENCODING, bad, detail, raw_json(shown), f"{place}:{number}"))
    keep = pa.array(good)
    table = pa.table([column.filter(keep).cast(pa.string()) for column in cells], names=list(columns))
    return table, numbers[keep.to_numpy(zero_copy_only=False)], refused


def _is_text(cell: bytes) -> bool:
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
