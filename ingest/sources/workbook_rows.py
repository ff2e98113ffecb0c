"""Excel workbooks (.xlsx): the rows of one sheet, cells in the type that the workbook gives them.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from ingest.chunk import Chunk, with_absent
from ingest.heading import find_columns
from ingest.sources.json_rows import as_text
from warehouse.errors import DataError, SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ingest.rule import Mapping as SourceMapping

#: A workbook's texts are held in memory, and a small file may hold very many of them.
_MOST_UNPACKED_BYTES: Final = 512 << 20
_BROKEN: Final = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, EOFError)
#: A date that stands between texts is written as no declared format other than `iso` reads it.
_ISO: Final = "%Y-%m-%dT%H:%M:%S.%f"


class WorkbookReader:
    """Rows of the sheet that has the columns of the mapping.

    Attributes:
        columns: all columns of that sheet that have a name.
    """

    def __init__(self, path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int) -> None:
        self._place, self._mapping, self._batch_rows = path.name, mapping, batch_rows
        self._row = position.get("row", 0)
        try:
            _check_size(path)
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except OSError as error:
            raise SourceGoneError(f"{path} cannot be opened: {error}") from error
        except _BROKEN as error:
            raise DataError(f"{self._place} is not an Excel workbook (.xlsx): {error}") from error
        try:
            header, places, self._rows = self._sheet()
        except DataError:
            self.close()
            raise
        named = zip(mapping.columns, places, strict=True)
        self._wanted = {column: place for column, place in named if place is not None}
        self.columns = tuple(name for name in header if name)
        self._total = 0
        for _ in islice(self._rows, self._row):
            pass

    def _sheet(self) -> tuple[list[str], tuple[int | None, ...], Iterator[Sequence[Any]]]:
        """Header of the only sheet that has the mapping's columns, where they are in it, and its rows."""
        wrongs: list[str] = []
        fitting: list[tuple[str, list[str], tuple[int | None, ...], Iterator[Sequence[Any]]]] = []
        for sheet in self._book.worksheets:
            rows = (row for row in sheet.iter_rows(values_only=True))
            for _ in islice(rows, self._mapping.file.skip_lines):
                pass
            filled = (row for row in rows if any(cell is not None for cell in row))
            header = list(self._mapping.file.columns) or [str(as_text(cell) or "").strip() for cell in next(filled, ())]
            try:
                fitting.append((sheet.title, header, find_columns(self._mapping, header), filled))
            except DataError as error:
                wrongs.append(str(error))
        if not fitting:
            raise DataError(f"{self._place}: {wrongs[0] if wrongs else 'has no sheet'}")
        if len(fitting) > 1:
            several = ", ".join(repr(title) for title, *_ in fitting)
            raise DataError(f"{self._place}: the sheets {several} all have the columns; leave only one in the file")
        return fitting[0][1:]

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        try:
            rows = list(islice(self._rows, self._batch_rows))
        except _BROKEN as error:
            raise DataError(f"{self._place} cannot be read to its end: {error}") from error
        if not rows:
            return None
        numbers = np.arange(self._row + 1, self._row + 1 + len(rows))
        self._row += len(rows)
        cells = [[row[place] if place < len(row) else None for row in rows] for place in self._wanted.values()]
        table = pa.table([_column(one) for one in cells], names=list(self._wanted))
        return Chunk(with_absent(table, self._mapping.columns), numbers)

    def position(self) -> dict[str, int]:
        """Number of rows before the next one."""
        return {"row": self._row}

    def progress(self) -> tuple[int, int]:
        """Rows read; how many there are is not known before the end."""
        return self._row, 0

    def close(self) -> None:
        """Close the workbook; may be called twice."""
        self._book.close()


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        size = sum(member.file_size for member in packed.infolist())
    if size > _MOST_UNPACKED_BYTES:
        raise DataError(f"{path.name} unpacks to {size:,} bytes; a workbook may have {_MOST_UNPACKED_BYTES:,}")


def _column(cells: Sequence[object]) -> pa.Array:
    """Cells of a column: instants and numbers where all are, otherwise text."""
    there = [cell for cell in cells if cell is not None]
    if there and all(isinstance(cell, date) for cell in there):
        return pa.array([_instant(cell) for cell in cells], pa.timestamp("us"))
    if there and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in there):
        whole = all(isinstance(cell, int) and abs(cell) < 1 << 63 for cell in there)
        return pa.array(cells, pa.int64() if whole else pa.float64())
    return pa.array([_text(cell) for cell in cells], pa.string())


def _instant(cell: object) -> datetime | None:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 – a time on the wall clock of the mapping's zone
    return cell if isinstance(cell, datetime) else None


def _text(cell: object) -> str | None:
    instant = _instant(cell)
    return as_text(cell) if instant is None else instant.strftime(_ISO)
