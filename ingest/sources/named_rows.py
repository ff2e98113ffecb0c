"""Columns that a file says once for all rows: in its name, as the month in `beds_2024-04.csv`, or above its header.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingest.chunk import Chunk, RowReader


class NamedReader:
    """Rows of another reader with the columns that the file says once."""

    def __init__(self, reader: RowReader, cells: Mapping[str, str | None]) -> None:
        """Wrap a reader. Args: cells: by column, as `cells_of_name` and `cells_of_title` give them."""
        self._reader, self._cells = reader, cells

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the file itself."""
        return self._reader.columns

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        chunk = self._reader.next()
        if chunk is None:
            return None
        table = chunk.table
        for column, cell in self._cells.items():
            table = table.append_column(column, pa.repeat(pa.scalar(cell, pa.string()), len(chunk.numbers)))
        return replace(chunk, table=table)

    def position(self) -> dict[str, int]:
        """That of the other reader."""
        return self._reader.position()

    def progress(self) -> tuple[int, int]:
        """That of the other reader."""
        return self._reader.progress()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._reader.close()


def cells_of_name(name: str, pattern: str) -> dict[str, str | None]:
    """What a file's name says, by column.

    Args:
        name: of the file.
        pattern: regular expression with a named group for each column.

    Raises:
        DataError: the name is another one.
    """
    found = re.search(pattern, name)
    if found is None:
        raise DataError(f"{name}: the name is not like {pattern}, which file_name declares")
    return found.groupdict()


def cells_of_title(rows: Sequence[str], pattern: str) -> dict[str, str | None]:
    """What stands above a header, by column.

    Args:
        rows: the texts above it.
        pattern: regular expression with a named group for each column; empty = nothing is looked for.

    Raises:
        DataError: nothing there is like it.
    """
    found = re.search(pattern, "\n".join(rows))
    if found is None:
        raise DataError(f"no text above the header is like {pattern}, which title_rows declares")
    return found.groupdict()
