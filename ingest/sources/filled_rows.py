"""Columns that are filled in the first row of a group only, as where a sheet with merged cells was saved as CSV.

Who may import it: ingest.sources.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.chunk import Chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.chunk import RowReader


class FilledReader:
    """Rows of another reader whose groups are filled down.

    A row that could not be split may have begun a group: behind it nothing holds until the next value.
    """

    def __init__(self, reader: RowReader, columns: Sequence[str]) -> None:
        """Wrap a reader. Args: columns: of the groups, outer ones first."""
        self._reader, self._columns = reader, columns
        self._last: dict[str, str | None] = dict.fromkeys(columns)
        self._number = 0

    def read_before(self, reader: RowReader, number: int) -> None:
        """Learn what holds where the other reader goes on.

        Args:
            reader: of the same file, from the beginning.
            number: of the last row before that place.
        """
        while self._number < number and (chunk := reader.next()) is not None:
            count = int(np.searchsorted(chunk.numbers, number, "right"))
            self._filled(Chunk(chunk.table.slice(0, count), chunk.numbers[:count]))
            if count < len(chunk.numbers):
                break

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the file."""
        return self._reader.columns

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        chunk = self._reader.next()
        return None if chunk is None else self._filled(chunk)

    def _filled(self, chunk: Chunk) -> Chunk:
        table, numbers = chunk.table, chunk.numbers
        if not len(numbers):
            return chunk
        begins = np.diff(numbers, prepend=self._number) != 1
        for column in self._columns:
            cells = table.column(column).combine_chunks()
            if pa.types.is_null(cells.type):
                continue
            begins |= pc.not_equal(pc.utf8_trim_whitespace(cells.fill_null("")), "").to_numpy(zero_copy_only=False)
            first = np.maximum.accumulate(np.where(begins, np.arange(len(numbers)), -1))
            before = pa.scalar(self._last[column], pa.string())
            held = pc.if_else(pa.array(first < 0), before, cells.take(pa.array(np.maximum(first, 0))))
            table = table.set_column(table.column_names.index(column), column, held)
            self._last[column] = held[-1].as_py()
        self._number = int(numbers[-1])
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
