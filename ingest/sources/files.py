"""A file as a source: CSV, JSON, CloudEvents, Parquet, Excel or XES, plain, packed with gzip or in a zip archive.

Who may import it: run.py.
Invariants: read in order and never more than a block in memory; the position after a batch is exactly the next row.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from ingest.chunk import Chunk
from ingest.decode import decode
from ingest.sources.archive_rows import ArchiveReader
from ingest.sources.blocks import BLOCK_BYTES
from ingest.sources.csv_rows import CsvReader
from ingest.sources.filled_rows import FilledReader
from ingest.sources.json_document import DocumentReader, read_document
from ingest.sources.json_rows import JsonLinesReader, line_splitter
from ingest.sources.named_rows import NamedReader, cells_of_name, cells_of_title
from ingest.sources.parquet_rows import ParquetReader
from ingest.sources.xes_rows import XesReader
from ingest.stated import Stated
from warehouse.batch import Batch
from warehouse.errors import DataError, SourceRefusedError
from warehouse.personal import masked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from ingest.chunk import RowReader
    from ingest.decode import Decoded
    from ingest.rule import Format
    from ingest.rule import Mapping as SourceMapping
    from warehouse.clock import Clock

#: What a file is by the ending of its name, when the mapping does not say.
ENDINGS: Final[Mapping[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsb": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".html": "xlsx",
    ".htm": "xlsx",
    ".xes": "xes",
}


class FileSource:
    """The rows of one file, decoded by a mapping."""

    def __init__(
        self,
        path: Path,
        mapping: SourceMapping,
        clock: Clock,
        *,
        position: str | None = None,
        batch_rows: int = 50_000,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        """Open a file.

        Args:
            path: the file.
            mapping: how its rows become events.
            clock: says when rows were received.
            position: where to go on, as `position()` gave it; None = at the beginning.
            batch_rows: most rows of a batch.
            block_bytes: how much of a text file is read at once.

        Raises:
            DataError: the file is not what it claims to be, or lacks a column of the mapping.
            SourceGoneError: it cannot be opened.
            SourceRefusedError: the position is not one of this kind of file.
        """
        self._path = path
        self._mapping = mapping
        self._clock = clock
        self._batch_rows = batch_rows
        self._at = _parse(position)
        self._within = self._at.pop("within", 0)
        self._stated: Stated | None = None
        if mapping.restating is not None and not mapping.restating.as_stated:
            self._stated = Stated()
            if position is not None:
                # what the rows before said is not kept anywhere
                with closing(FileSource(path, mapping, clock, batch_rows=batch_rows, block_bytes=block_bytes)) as again:
                    while again.position() != self.position() and again.next_batch() is not None:
                        pass
                    self._stated = again._stated
        self._reader = _open(path, mapping, self._at, batch_rows, block_bytes)
        self._chunk: Chunk | None = None
        self._done = False
        self._columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the source in config."""
        return self._mapping.name

    @property
    def done(self) -> bool:
        """True when the file was read to its end."""
        return self._done

    def next_batch(self) -> Batch | None:
        """The next rows; None at the end.

        Raises:
            DataError: the file cannot be read to its end; batches given before stay good.
        """
        chunk = self._chunk
        while chunk is None and not self._done:
            self._at = self._reader.position()
            read = self._reader.next()
            self._done = read is None
            if read is not None and (len(read.numbers) or read.refused):
                chunk = read
        if chunk is None:
            return None
        # what could not be split went out with the first rows of its chunk
        refused = () if self._within else chunk.refused
        few = Chunk(chunk.table.slice(self._within, self._batch_rows), chunk.numbers[self._within :], refused)
        self._within += self._batch_rows
        if self._within < len(chunk.numbers):
            self._chunk = chunk
        else:
            self._chunk, self._within = None, 0
            self._at = self._reader.position()
        return self._batch(few)

    def _batch(self, chunk: Chunk) -> Batch:
        decoded = decode_chunk(chunk, self._mapping, self._clock, self._path.name, self._stated)
        before, self._columns = self._columns, self._reader.columns
        return Batch(
            source=self.name,
            events=decoded.events,
            rejected=decoded.rejected,
            received=decoded.rows,
            position=self.position(),
            partition=masked(self._path.name),
            origin=self._path.name,
            restating=self._mapping.restating,
            personal=decoded.personal,
            skipped=decoded.skipped,
            columns=() if self._columns == before else tuple(masked(column) for column in self._columns),
        )

    def position(self) -> str:
        """JSON of the next row: where its chunk begins and how many rows of the chunk come before it."""
        return json.dumps({**self._at, "within": self._within}, sort_keys=True)

    def progress(self) -> tuple[int, int]:
        """How much was read, and of how much, in the same unit."""
        return self._reader.progress()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._reader.close()


def decode_chunk(
    chunk: Chunk, mapping: SourceMapping, clock: Clock, place: str, stated: Stated | None = None
) -> Decoded:
    """Decode some rows; `row` of their events is their number in the file.

    Args:
        chunk: rows as the reader gave them.
        mapping: how they become events.
        clock: says when they were received.
        place: name of the file.
        stated: what the rows before these said; see decode.
    """
    numbers = chunk.numbers
    decoded = decode(
        chunk.table, mapping, clock.now(), lambda row: f"{place}:{numbers[row]}", chunk.refused, stated=stated
    )
    rows = pa.array(numbers[decoded.events["row"].to_numpy()].astype("int32"))
    events = decoded.events.set_column(decoded.events.num_columns - 1, decoded.events.schema.field("row"), rows)
    return replace(decoded, events=events)


def file_format(path: Path, mapping: SourceMapping) -> Format:
    """What a file is: what the mapping says, or else what its name says.

    Raises:
        DataError: neither says it.
    """
    if mapping.file.format is not None:
        return mapping.file.format
    name = path.name.lower().removesuffix(".gz")
    for ending, form in ENDINGS.items():
        if name.endswith(ending):
            return form
    raise DataError(f"{path.name} does not end in {', '.join(ENDINGS)}; set format in source.{mapping.name}")


def _open(
    path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int, block_bytes: int
) -> RowReader:
    if path.name.lower().endswith(".zip"):
        return ArchiveReader(
            path, position, lambda member, place: _open_plain(member, mapping, place, batch_rows, block_bytes)
        )
    return _open_plain(path, mapping, position, batch_rows, block_bytes)


def _open_plain(
    path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int, block_bytes: int
) -> RowReader:
    if not mapping.file.name:
        return _open_rows(path, mapping, position, batch_rows, block_bytes)
    cells = cells_of_name(path.name, mapping.file.name)
    return NamedReader(_open_rows(path, _without(mapping, cells), position, batch_rows, block_bytes), cells)


def _without(mapping: SourceMapping, columns: Collection[str]) -> SourceMapping:
    """The mapping of a file that does not have some columns, because they stand elsewhere."""
    return replace(mapping, columns=tuple(column for column in mapping.columns if column not in columns))


def _open_rows(
    path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int, block_bytes: int
) -> RowReader:
    form = file_format(path, mapping)
    file = mapping.file
    if form != "xlsx" and file.sheets:
        raise DataError(f"{path.name} is no workbook; sheets of source.{mapping.name} needs one")
    rows_of_text = {"heading_rows": file.heading_rows > 1, "title_rows": file.title, "fill_down": file.fill_down}
    for key in (key for key, declared in rows_of_text.items() if declared and form not in {"xlsx", "csv"}):
        raise DataError(f"{path.name} has no header; {key} of source.{mapping.name} needs CSV or a workbook")
    if form == "csv":
        return _open_csv(path, mapping, position, block_bytes)
    if form == "parquet":
        return ParquetReader(path, mapping, position, batch_rows)
    if form == "xlsx":
        from ingest.sources.workbook_rows import WorkbookReader  # noqa: PLC0415 – takes time that no other command has to wait for

        return WorkbookReader(path, mapping, position, batch_rows)
    if form == "xes":
        return XesReader(path, mapping, position, batch_rows)
    split = line_splitter(mapping, form)
    lines = read_document(path, mapping.file.encoding)
    if lines is not None:
        return DocumentReader(path.name, lines, split, position, batch_rows)
    return JsonLinesReader(path, mapping.file.encoding, split, position, block_bytes)


def _open_csv(path: Path, mapping: SourceMapping, position: Mapping[str, int], block_bytes: int) -> RowReader:
    title = mapping.file.title
    inside = _without(mapping, re.compile(title).groupindex)
    reader = CsvReader(path, inside, position, block_bytes)
    try:
        said = cells_of_title(reader.above, title)
    except DataError as error:
        reader.close()
        raise DataError(f"{path.name}: {error}") from error
    rows: RowReader = reader
    groups = [column for column in mapping.file.fill_down if column not in said]
    if groups:
        rows = filled = FilledReader(reader, groups)
        if before := position.get("row"):
            with closing(CsvReader(path, inside, {}, block_bytes)) as again:
                filled.read_before(again, before)
    return NamedReader(rows, said) if said else rows


def _parse(position: str | None) -> dict[str, int]:
    if position is None:
        return {}
    try:
        read = json.loads(position)
    except ValueError as error:
        raise SourceRefusedError(f"{position!r} is not a position in a file") from error
    if not isinstance(read, dict) or not all(isinstance(number, int) and number >= 0 for number in read.values()):
        raise SourceRefusedError(f"{position!r} is not a position in a file")
    return read
