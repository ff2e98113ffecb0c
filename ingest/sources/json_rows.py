"""JSON lines: one object per line; keys inside objects are columns such as `a.b.c`.

Who may import it: ingest.sources, ingest.quarantine.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa

from ingest.chunk import Chunk, broken_row, refused_row
from ingest.cloudevent import NOT_JSON, split_events
from ingest.reason import Reason
from ingest.refusal import Refused, raw_json
from ingest.sources.blocks import Blocks, Bytes
from ingest.sources.row_path import row_path
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Mapping as Dict
    from pathlib import Path

    from ingest.rule import Format, Mapping
    from ingest.sources.row_path import Step

    SplitLines: TypeAlias = Callable[[Sequence[bytes], int, str], Chunk]


#: Keeps all digits of whole numbers, however long: application numbers have twenty.
_LINE: Final = msgspec.json.Decoder()


class JsonLinesReader:
    """Rows of a file of JSON lines, plain or packed."""

    def __init__(
        self, path: Path, encoding: str, split: SplitLines, position: Dict[str, int], block_bytes: int
    ) -> None:
        """Open a file.

        Args:
            path: the file.
            encoding: of its text.
            split: takes lines, the number of the first row and the name of the file, and makes rows of them.
            position: where to go on; empty = at the beginning.
            block_bytes: how much is read at once.
        """
        self._place = path.name
        self._split = split
        self._bytes = Bytes(path, encoding)
        self._blocks = Blocks(self._bytes, b"", block_bytes)
        self._row = position.get("row", 0)
        try:
            self._blocks.skip_to(position.get("offset", 0))
        except DataError:
            self.close()
            raise

    @property
    def columns(self) -> tuple[str, ...]:
        """None: every row says its own."""
        return ()

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        block = self._blocks.next()
        if block is None:
            return None
        if block.oversized is not None:
            self._row += 1
            refused = refused_row(Reason.TOO_LARGE, "is larger than 1 MiB", block.oversized, self._place, self._row)
            return replace(self._split([], self._row, self._place), refused=(refused,))
        lines = [line for line in block.data.split(b"\n") if line.strip()]
        chunk = self._split(lines, self._row + 1, self._place)
        self._row += len(chunk.numbers) + len(chunk.refused)
        return chunk

    def position(self) -> dict[str, int]:
        """Byte of the unpacked text and number of rows before it."""
        return {"offset": self._blocks.offset, "row": self._row}

    def progress(self) -> tuple[int, int]:
        """Bytes read of the file and its size."""
        return self._bytes.taken(), self._bytes.total

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._bytes.close()


def line_splitter(mapping: Mapping, form: Format) -> SplitLines:
    """What makes rows of the lines of a source: of CloudEvents, or of any other JSON objects."""
    if form == "cloudevents":
        return partial(split_events, mapping.name)
    file = mapping.file
    return partial(split_objects, mapping.columns, file.headings, row_path(file.rows), keys=file.row_keys)


def split_objects(  # noqa: PLR0917 – the first three say how to read, the others what
    columns: Sequence[str],
    headings: Dict[str, Sequence[str]],
    way: Sequence[Step],
    lines: Sequence[bytes],
    first: int,
    place: str,
    keys: str = "",
) -> Chunk:
    """Make rows of JSON objects.

    Args:
        columns: keys to take; one with dots is looked for inside objects. A key that a row does not have is empty.
        headings: other keys of a column, of which a row has one.
        way: to the list of rows inside each object, whose own keys then count for all of its rows; empty = every
            object is one row.
        lines: one object each.
        first: number of the first row.
        place: name of the file.
        keys: way to the keys of rows that are lists; empty = rows are objects.
    """
    paths = [(column, tuple(column.split("."))) for column in columns]
    rows: list[list[str | None]] = []
    kept: list[int] = []
    refused: list[Refused] = []
    number = first
    for line in lines:
        for fields in _objects(line, way, keys):
            row = _row(fields, paths, headings, f"{place}:{number}") if isinstance(fields, dict) else fields
            if isinstance(row, tuple):
                refused.append(broken_row(*row, place, number, Reason.NOT_JSON))
            elif isinstance(row, Refused):
                refused.append(row)
            else:
                rows.append(row)
                kept.append(number)
            number += 1
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(paths)
    table = pa.table({name: pa.array(column, pa.string()) for name, column in zip(columns, cells, strict=True)})
    return Chunk(table, np.array(kept, np.int64), tuple(refused))


def _objects(line: bytes, way: Sequence[Step], keys: str) -> Iterable[dict[str, object] | tuple[bytes, str]]:
    """The rows of a line; of what is none its text and what is wrong with it."""
    try:
        fields = _LINE.decode(line)
    except NOT_JSON as error:
        return ((line, f"is not JSON: {error}"),)
    if not isinstance(fields, dict):
        return ((line, "is JSON, but not an object"),)
    if not way:
        return (fields,)
    rows, says = find(fields, way[0].key, way[0].path), f"{way[0].key} is not a list of objects"
    if keys and isinstance(rows, list):
        rows, says = with_keys(fields, rows, keys), f"{keys} is not a list of texts that differ"
    if not isinstance(rows, list) or not (keys or all(isinstance(row, dict) for row in rows)):
        return ((line, says),)
    misfit = f"does not have as many values as {keys} has keys"
    counted = {id(row) for row in _counted(rows, way[0])}
    return (
        inner
        for row in rows
        if not isinstance(row, dict) or id(row) in counted
        for inner in (
            _inside({**fields, **row}, way[1:]) if isinstance(row, dict) else ((msgspec.json.encode(row), misfit),)
        )
    )


def with_keys(fields: dict[str, object], rows: list[object], keys: str) -> list[object] | None:
    """Rows that are lists as objects; one that does not have a value for each key stays as it is.

    Args:
        fields: the object in which they are.
        rows: the lists.
        keys: way to their keys, such as `columns` or, where these are objects, `fields/id`.

    Returns:
        None where the keys are not a list of texts that differ.
    """
    way, _, key = keys.partition("/")
    found = find(fields, way, tuple(way.split(".")))
    listed = found if isinstance(found, list) else []
    named = [find(one, key, tuple(key.split("."))) if key and isinstance(one, dict) else one for one in listed]
    names = [one for one in named if isinstance(one, str)]
    if not names or len(set(names)) < len(listed):
        return None
    return [
        dict(zip(names, row, strict=True)) if isinstance(row, list) and len(row) == len(names) else row for row in rows
    ]


def _inside(row: dict[str, object], way: Sequence[Step]) -> Iterable[dict[str, object]]:
    """The rows further inside; a row without the list, or in whose list nothing counts, stays one as it is."""
    if not way:
        yield row
        return
    found = find(row, way[0].key, way[0].path)
    counted = _counted(found, way[0]) if isinstance(found, list) else []
    for one in counted or ({},):
        yield from _inside({**row, **one}, way[1:])


def _counted(elements: Iterable[object], step: Step) -> list[dict[str, object]]:
    """The elements of a list that count."""
    taken = [one for one in elements if isinstance(one, dict) and _counts(one, step)]
    return taken if taken or step.otherwise is None else _counted(elements, step.otherwise)


def _counts(element: dict[str, object], step: Step) -> bool:
    """Whether an element of a list counts; a list or an object in the column that says so is no text of it."""
    if not step.column:
        return True
    cell = find(element, step.column, tuple(step.column.split(".")))
    return not isinstance(cell, dict | list) and as_text(cell) in step.values


def _row(
    fields: dict[str, object],
    paths: Sequence[tuple[str, tuple[str, ...]]],
    headings: Dict[str, Sequence[str]],
    origin: str,
) -> list[str | None] | Refused:
    cells = {name: find(fields, name, path) for name, path in paths}
    for name, others in headings.items():
        found = {name: cells[name], **{other: find(fields, other, tuple(other.split("."))) for other in others}}
        filled = {heading: cell for heading, cell in found.items() if cell is not None and cell != ""}
        if len(filled) > 1:
            says = f"{' and '.join(map(repr, filled))} are both there, and both are {name}"
            return Refused(Reason.BAD_VALUE, name, says, raw_json({**cells, name: None}), origin)
        cells[name] = next(iter(filled.values()), None)
    for name, cell in cells.items():
        if isinstance(cell, dict | list):
            plain = {name: cell for name, cell in cells.items() if not isinstance(cell, dict | list)}
            return Refused(
                Reason.BAD_VALUE, name, f"{name} is a list or an object, not a value", raw_json(plain), origin
            )
    return [as_text(cell) for cell in cells.values()]


def find(fields: dict[str, object], name: str, path: tuple[str, ...]) -> object:
    """The value of a key, or of a key inside objects when the name has dots; None when it is not there.

    Args:
        fields: the object.
        name: of the key.
        path: the same, taken apart at its dots.
    """
    if name in fields:
        return fields[name]
    value: object = fields
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def as_text(cell: object) -> str | None:
    """A JSON value as a cell of text; null is empty."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
