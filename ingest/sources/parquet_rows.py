"""Parquet files: typed columns go to the decoder as they are; fields of structs are columns such as `a.b`.

Who may import it: ingest.sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.chunk import Chunk, with_absent
from ingest.heading import find_columns
from ingest.sources.damage import reading
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingest.rule import Mapping as SourceMapping


class ParquetReader:
    """Rows of a Parquet file.

    Attributes:
        columns: all of its columns, fields of structs each by itself.
    """

    def __init__(self, path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int) -> None:
        self._place = path.name
        self._mapping = mapping
        with reading(self._place, "is not a Parquet file"):
            self._file = pq.ParquetFile(path)
            self.columns = tuple(_leaves(self._file.schema_arrow))
        try:
            places = find_columns(mapping, self.columns)
        except DataError as error:
            self._file.close()
            raise DataError(f"{self._place}: {error}") from error
        named = zip(mapping.columns, places, strict=True)
        self._names = {self.columns[place]: column for column, place in named if place is not None}
        self._row = position.get("row", 0)
        top = {name.split(".")[0] for name in self._names} | set(self._names)
        self._batches = self._file.iter_batches(
            batch_rows, columns=[name for name in self._file.schema_arrow.names if name in top]
        )
        self._skip = self._row

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        with reading(self._place, "cannot be read to its end"):
            batch = next(self._batches, None)
            while batch is not None and self._skip >= batch.num_rows:
                self._skip -= batch.num_rows
                batch = next(self._batches, None)
            if batch is None:
                return None
            batch, self._skip = batch.slice(self._skip), 0
            table = _flat(pa.Table.from_batches([batch])).select(list(self._names))
        for name in table.column_names:
            with reading(self._place, f"cannot be read to its end: column {name!r}"):
                table[name].validate(full=True)  # bytes that are no text would come as such
        table = with_absent(table.rename_columns(list(self._names.values())), self._mapping.columns)
        numbers = np.arange(self._row + 1, self._row + 1 + batch.num_rows)
        self._row += batch.num_rows
        return Chunk(table, numbers)

    def position(self) -> dict[str, int]:
        """Number of rows before the next one."""
        return {"row": self._row}

    def progress(self) -> tuple[int, int]:
        """Rows read and rows of the file."""
        return self._row, self._file.metadata.num_rows

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


def _leaves(schema: pa.Schema) -> list[str]:
    """Names of the columns after structs were taken apart; lists and maps hold no single value and are left out."""
    flat = _flat(schema.empty_table()).schema
    return [field.name for field in flat if not pa.types.is_nested(field.type)]
