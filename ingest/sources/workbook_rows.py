"""Workbooks: the rows of their sheets, cells in the type that the workbook gives them.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from ingest.chunk import Chunk, with_absent
from ingest.heading import find_columns, joined_headings
from ingest.sources.json_rows import as_text
from ingest.sources.named_rows import cells_of_title
from ingest.sources.workbook import open_book
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.workbook import Sheet

#: A date that stands between texts is written as no declared format other than `iso` reads it.
_ISO: Final = "%Y-%m-%dT%H:%M:%S.%f"


@dataclass(frozen=True, slots=True)
class _Read:
    """A sheet that is read.

    Attributes:
        title: its name.
        header: names of its columns.
        wanted: place of each column of the mapping that it has.
        said: columns that its name, or what stands above its header, fills.
        rows: those behind the header that hold something.
    """

    title: str
    header: Sequence[str]
    wanted: Mapping[str, int]
    said: Mapping[str, str | None]
    rows: Iterator[Sequence[Any]]


class WorkbookReader:
    """Rows of the sheet that has the columns of the mapping, or of all sheets that are declared, one after the other.

    Attributes:
        columns: all columns of these sheets that have a name.
    """

    def __init__(self, path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int) -> None:
        self._place, self._mapping, self._batch_rows = path.name, mapping, batch_rows
        self._row = position.get("row", 0)
        self._book = open_book(path, mapping.file.encoding)
        try:
            self._sheets = self._declared() if mapping.file.sheets else [self._only()]
        except DataError:
            self.close()
            raise
        self.columns = tuple(dict.fromkeys(name for sheet in self._sheets for name in sheet.header if name))
        skip = self._row
        while skip and self._sheets:
            skip -= sum(1 for _ in islice(self._sheets[0].rows, skip))
            if skip:
                self._sheets.pop(0)

    def _only(self) -> _Read:
        """The only sheet that has the mapping's columns."""
        wrongs: list[str] = []
        fitting: list[_Read] = []
        for sheet in self._book.sheets:
            try:
                fitting.append(self._read(sheet, {}))
            except DataError as error:
                wrongs.append(str(error))
        if not fitting:
            raise DataError(f"{self._place}: {wrongs[0] if wrongs else 'has no sheet'}")
        if len(fitting) > 1:
            several = ", ".join(repr(sheet.title) for sheet in fitting)
            says = "all have the columns; leave only one in the file, or declare sheets"
            raise DataError(f"{self._place}: the sheets {several} {says}")
        return fitting[0]

    def _declared(self) -> list[_Read]:
        """All sheets of the declared names; each must have the mapping's columns."""
        pattern, found = self._mapping.file.sheets, []
        for sheet in self._book.sheets:
            said = re.search(pattern, sheet.title)
            try:
                found += [] if said is None else [self._read(sheet, said.groupdict())]
            except DataError as error:
                raise DataError(f"{self._place}: sheet {sheet.title!r}: {error}") from error
        if not found:
            titles = ", ".join(repr(sheet.title) for sheet in self._book.sheets)
            raise DataError(f"{self._place}: no sheet is named like {pattern}; it has {titles}")
        return found

    def _read(self, sheet: Sheet, said: Mapping[str, str | None]) -> _Read:
        file = self._mapping.file
        rows = sheet.rows()
        above = [" ".join(filter(None, map(_text, row))) for row in islice(rows, file.skip_lines)]
        said = {**said, **cells_of_title(above, file.title)}
        filled = (row for row in rows if any(cell is not None for cell in row))
        header = list(file.columns) or joined_headings(
            [[_heading(cell) for cell in row] for row in islice(filled, file.heading_rows)]
        )
        inside = replace(self._mapping, columns=tuple(one for one in self._mapping.columns if one not in said))
        places = zip(inside.columns, find_columns(inside, header), strict=True)
        wanted = {column: place for column, place in places if place is not None}
        groups = [wanted[column] for column in file.fill_down if column in wanted]
        return _Read(sheet.title, header, wanted, said, _filled_down(filled, groups) if groups else filled)

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        rows: list[Sequence[Any]] = []
        while self._sheets and not rows:
            sheet = self._sheets[0]
            rows = list(islice(sheet.rows, self._batch_rows))
            if not rows:
                self._sheets.pop(0)
        if not rows:
            return None
        numbers = np.arange(self._row + 1, self._row + 1 + len(rows))
        self._row += len(rows)
        cells = {
            column: _column([row[place] if place < len(row) else None for row in rows])
            for column, place in sheet.wanted.items()
        }
        cells |= {column: pa.repeat(pa.scalar(text, pa.string()), len(rows)) for column, text in sheet.said.items()}
        return Chunk(with_absent(pa.table(cells), self._mapping.columns), numbers)

    def position(self) -> dict[str, int]:
        """Number of rows before the next one."""
        return {"row": self._row}

    def progress(self) -> tuple[int, int]:
        """Rows read; how many there are is not known before the end."""
        return self._row, 0

    def close(self) -> None:
        """Close the workbook; may be called twice."""
        self._book.close()


def _heading(cell: object) -> str:
    """A cell of the header; a day as 2024-04-01, whatever the workbook shows."""
    instant = _instant(cell)
    if instant is not None and instant.time() == time():
        return instant.date().isoformat()
    return as_text(cell) or ""


def _filled_down(rows: Iterator[Sequence[Any]], groups: Sequence[int]) -> Iterator[Sequence[Any]]:
    """Rows with the cells of groups, which stand in the first row of each only. Args: groups: places, outer first."""
    last: dict[int, Any] = dict.fromkeys(groups)
    for row in rows:
        cells = [*row, *[None] * (max(groups) + 1 - len(row))]
        for depth, place in enumerate(groups):
            if str(as_text(cells[place]) or "").strip():
                last |= {place: cells[place], **dict.fromkeys(groups[depth + 1 :])}
            cells[place] = last[place]
        yield cells


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
