"""CSV files: fast block by block, and line by line where a block is broken.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingest.chunk import Chunk, broken_row, refused_row, text_table, with_absent
from ingest.heading import find_columns, joined_headings
from ingest.reason import Reason
from ingest.sources.blocks import Blocks, Bytes
from warehouse.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader as CsvLines
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ingest.refusal import Refused
    from ingest.rule import Mapping as SourceMapping

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
#: A quoted value may run over this many lines; one that does not close by then makes its first line a broken row.
_MOST_LINES: Final = 100
_END: Final = "\0end of lines\0"
#: Looked for when none is declared.
_DELIMITERS: Final = (",", ";", "\t", "|")


class CsvReader:
    """Rows of a CSV file, plain or packed. A header that lacks a column of the mapping refuses the whole file.

    Attributes:
        above: the lines before the header.
    """

    above: Sequence[str]

    def __init__(self, path: Path, mapping: SourceMapping, position: Mapping[str, int], block_bytes: int) -> None:
        self._place = path.name
        self._mapping = mapping
        self._bytes = Bytes(path, mapping.file.encoding)
        self._blocks = Blocks(self._bytes, mapping.file.quote.encode(), block_bytes)
        self._row = position.get("row", 0)
        self._delimiter = mapping.file.delimiter
        try:
            self._header, places = self._read_header()
            self._blocks.skip_to(position.get("offset", 0))
        except DataError:
            self.close()
            raise
        there = {column: place for column, place in zip(mapping.columns, places, strict=True) if place is not None}
        self._there, self._wanted = tuple(there), tuple(there.values())

    def _read_header(self) -> tuple[list[str], tuple[int | None, ...]]:
        """Names of the columns, and where each of the mapping's is among them."""
        lines = [self._blocks.line() or b"" for _ in range(self._mapping.file.skip_lines)]
        self.above = [line.decode("utf-8", "replace") for line in lines]
        declared = self._mapping.file.columns
        count = self._mapping.file.heading_rows
        first = [self._first_row()] if declared else [self._heading_row(row, count) for row in range(count)]
        if not self._delimiter:
            self._delimiter = self._found_delimiter(first)
        header = [name.strip() for name in declared] or joined_headings([self._named(row) for row in first])
        try:
            return header, find_columns(self._mapping, header)
        except DataError as error:
            raise DataError(f"{self._place}: {error}") from error

    def _first_row(self) -> str:
        """The first row, which stays to be read; empty when there is none."""
        first = self._blocks.peek()
        while first is not None and not first.strip():
            self._blocks.line()
            first = self._blocks.peek()
        return (first or b"").decode("utf-8", "replace")

    def _heading_row(self, before: int, of: int) -> str:
        """A row with the names of columns; a quoted name may run over several lines. Args: before: how many were."""
        if not self._first_row() and before:
            raise DataError(f"{self._place} ends before its header does; it has {before} of {of} rows")
        if not self._first_row():
            raise DataError(f"{self._place} is empty; a CSV file begins with the names of its columns")
        quote, lines = self._mapping.file.quote.encode(), [self._blocks.line() or b""]
        while quote and b"".join(lines).count(quote) % 2 and len(lines) < _MOST_LINES:
            line = self._blocks.line()
            if line is None:
                break
            lines.append(line)
        return b"\n".join(lines).decode("utf-8", "replace")

    def _found_delimiter(self, first: Sequence[str]) -> str:
        """The delimiter by which the first rows have the mapping's columns, or as many values as columns are declared.

        Raises:
            DataError: there are several.
        """
        columns = self._mapping.file.columns
        rows = {mark: joined_headings([self._cells(row, mark) for row in first]) for mark in _DELIMITERS}
        fitting = [
            mark for mark, cells in rows.items() if (len(cells) == len(columns) if columns else self._fits(cells))
        ]
        if len(fitting) > 1 and len({tuple(rows[mark]) for mark in fitting}) > 1:
            several = ", ".join(map(repr, fitting))
            raise DataError(f"{self._place} can be read with the delimiters {several}; declare which one it has")
        return fitting[0] if fitting else max(_DELIMITERS, key=lambda mark: len(rows[mark]))

    def _fits(self, cells: list[str]) -> bool:
        """Whether these headings have the mapping's columns."""
        try:
            find_columns(self._mapping, [cell.strip() for cell in cells])
        except DataError:
            return False
        return True

    def _cells(self, text: str, delimiter: str) -> list[str]:
        """A single row; empty when it cannot be read."""
        try:
            return next(self._reader([text], delimiter), [])
        except csv.Error:
            return []

    def _named(self, first: str) -> list[str]:
        try:
            return next(self._reader([first]))
        except csv.Error as error:
            raise DataError(f"{self._place}: the row with the names of the columns cannot be read: {error}") from error

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the header."""
        return tuple(self._header)

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        block = self._blocks.next()
        if block is None:
            return None
        if block.oversized is not None:
            self._row += 1
            refused = refused_row(Reason.TOO_LARGE, "is larger than 1 MiB", block.oversized, self._place, self._row)
            return Chunk(self._empty(), np.zeros(0, np.int64), (refused,))
        chunk = None if block.doubtful else self._fast(block.data)
        return self._slow(block.data) if chunk is None else chunk

    def _fast(self, data: bytes) -> Chunk | None:
        """All rows at once; None when the block has a broken row."""
        names = [str(place) for place in range(len(self._header))]
        wanted = [names[place] for place in self._wanted]
        file = self._mapping.file
        if not data.strip(b"\r\n"):
            return Chunk(self._empty(), np.zeros(0, np.int64))
        try:
            table = arrow_csv.read_csv(
                io.BytesIO(data),
                arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
                arrow_csv.ParseOptions(
                    delimiter=self._delimiter, quote_char=file.quote or False, newlines_in_values=bool(file.quote)
                ),
                arrow_csv.ConvertOptions(
                    include_columns=wanted, column_types=dict.fromkeys(wanted, pa.binary()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        cells = [column.combine_chunks() for column in table.columns]
        return self._chunk(cells, np.arange(self._row + 1, self._row + 1 + table.num_rows), [], table.num_rows)

    def _slow(self, data: bytes) -> Chunk:
        """Line by line: only lines that cannot be taken are refused."""
        lines = _LINE_END.split(data)
        rows: list[list[str]] = []
        numbers: list[int] = []
        refused: list[Refused] = []
        count = 0
        for cells, line in self._records(lines):
            count += 1
            if cells is None or len(cells) != len(self._header):
                refused.append(broken_row(line, self._fault(cells), self._place, self._row + count))
                continue
            rows.append(cells)
            numbers.append(self._row + count)
        columns = [
            pa.array([cells[place].encode("utf-8", "surrogateescape") for cells in rows], pa.binary())
            for place in self._wanted
        ]
        return self._chunk(columns, np.array(numbers, np.int64), refused, count)

    def _fault(self, cells: list[str] | None) -> str:
        if cells is None:
            return "has a quote that does not close"
        return f"has {len(cells)} values, the header has {len(self._header)} columns"

    def _records(self, lines: list[bytes]) -> Iterator[tuple[list[str] | None, bytes]]:
        """Records with the line that each begins on; None instead of cells where a quote does not close."""
        start = 0
        while start < len(lines):
            few = lines[start : start + _MOST_LINES]
            start += yield from self._window(few, last=start + _MOST_LINES >= len(lines))

    def _window(self, lines: list[bytes], *, last: bool) -> Generator[tuple[list[str] | None, bytes], None, int]:
        """Records of some lines up to the first broken one; returns how many lines they took."""
        text = (line.decode("utf-8", "surrogateescape") + "\n" for line in lines)
        reader = self._reader(chain(text, [_END]))
        begin = 0
        while begin < len(lines):
            try:
                cells = next(reader)
            except csv.Error:
                cells = [_END]
            end = min(reader.line_num, len(lines))
            unclosed = bool(cells) and _END in cells[-1]
            if unclosed and begin and not last:
                return begin  # it may close further on: look again from this line
            if unclosed or (end - begin > 1 and len(cells) != len(self._header)):
                yield None, lines[begin]
                return begin + 1
            if cells:
                yield cells, lines[begin]
            begin = end
        return begin

    def _reader(self, lines: Iterable[str], delimiter: str = "") -> CsvLines:
        mark, quote = delimiter or self._delimiter, self._mapping.file.quote
        if not quote:
            return csv.reader(lines, delimiter=mark, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=mark, quotechar=quote)

    def _chunk(self, cells: list[pa.Array], numbers: NDArray[np.int64], refused: list[Refused], count: int) -> Chunk:
        self._row += count
        table, numbers, undecoded = text_table(self._there, cells, numbers, self._place)
        return Chunk(with_absent(table, self._mapping.columns), numbers, (*refused, *undecoded))

    def _empty(self) -> pa.Table:
        return pa.table({column: pa.array([], pa.string()) for column in self._mapping.columns})

    def position(self) -> dict[str, int]:
        """Byte of the unpacked text and number of rows before it."""
        return {"offset": self._blocks.offset, "row": self._row}

    def progress(self) -> tuple[int, int]:
        """Bytes read of the file and its size."""
        return self._bytes.taken(), self._bytes.total

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._bytes.close()
