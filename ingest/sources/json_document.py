"""A file that is one JSON document: a list of rows, an object with one, or a single row, however it is laid out.

Who may import it: ingest.sources.
Invariants: at most the limit is held in memory; a file of JSON lines is never taken for a document.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from ingest.chunk import refused_row
from ingest.cloudevent import NOT_JSON
from ingest.reason import Reason
from ingest.refusal import unreadable
from ingest.sources.blocks import ROW_BYTES, Bytes
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ingest.chunk import Chunk
    from ingest.sources.json_rows import SplitLines

#: A document is read as a whole; larger tables are written as JSON lines.
DOCUMENT_BYTES: Final = 64 << 20
_LIST: Final[msgspec.json.Decoder[list[msgspec.Raw]]] = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: Final = msgspec.json.Decoder(msgspec.Raw)


def document_lines(body: bytes) -> list[bytes]:
    """The elements of a list, or the document itself.

    Raises:
        DataError: it is not JSON.
    """
    try:
        if body.lstrip()[:1] == b"[":
            return [bytes(raw) for raw in _LIST.decode(body)]
        _ANY.decode(body)
    except NOT_JSON as error:
        raise DataError(f"is not JSON: {error}") from error
    return [body]


def read_document(path: Path, encoding: str, most: int = DOCUMENT_BYTES) -> list[bytes] | None:
    """The rows of a file that is one document.

    Args:
        path: the file, plain or packed.
        encoding: of its text.
        most: bytes that a document may have, unpacked.

    Returns:
        Its lines as `document_lines` gives them; None when the file holds JSON lines.

    Raises:
        DataError: it is a document that is too large or broken.
        SourceGoneError: it cannot be opened.
    """
    source = Bytes(path, encoding)
    try:
        parts = [source.read()]
        while parts[-1] and not _shows_two_lines(b"".join(parts)):
            parts.append(source.read())
        if not _may_be_document(b"".join(parts)):
            return None
        size = sum(map(len, parts))
        while parts[-1] and size <= most:
            parts.append(source.read())
            size += len(parts[-1])
    finally:
        source.close()
    body = b"".join(parts)
    if body.lstrip()[:1] == b"{" and body.find(b"\n", 0, -1) > ROW_BYTES:
        return None  # a row that is too large, and others behind it
    if size > most:
        says = f"is one JSON document of more than {most >> 20} MiB; write one object per line instead"
        raise DataError(f"{path.name} {says}")
    try:
        return document_lines(body)
    except DataError as error:
        raise DataError(f"{path.name} {error}") from error


def _first_lines(head: bytes) -> list[bytes]:
    return [line for line in head.split(b"\n") if line.strip()][:3]


def _shows_two_lines(head: bytes) -> bool:
    return len(head) > ROW_BYTES or len(_first_lines(head)) > 2


def _may_be_document(head: bytes) -> bool:
    """Whether the first line ends inside a value, and the next one is no row by itself; or a list fills the only line.

    Args:
        head: the first two lines and more, or all of a shorter file; of a line of over a megabyte only the beginning.
    """
    lines = _first_lines(head)
    if not lines or lines[0].lstrip()[:1] not in {b"{", b"["}:
        return False
    if len(lines) == 1 and len(head) > ROW_BYTES:
        return True
    whole = _is_whole(lines[0])
    if whole is not False:
        return whole is True and len(lines) == 1 and lines[0].lstrip()[:1] == b"["
    is_row = len(lines) > 1 and lines[1].lstrip()[:1] == b"{" and _is_whole(lines[1]) is True
    return not is_row or lines[0].rstrip().endswith(b"[")


def _is_whole(line: bytes) -> bool | None:
    """Whether a line is a whole JSON value (true) or the beginning of one (false); None = it is neither."""
    text = line.decode("utf-8", "replace").strip()
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return False if error.pos >= len(text) else None
    except RecursionError:
        return None
    return True


class DocumentReader:
    """Rows of one document."""

    columns: tuple[str, ...] = ()

    def __init__(
        self, place: str, lines: Sequence[bytes], split: SplitLines, position: Mapping[str, int], batch_rows: int
    ) -> None:
        """Take a document.

        Args:
            place: name of the file.
            lines: as `read_document` gives them.
            split: takes lines, the number of the first row and the name of the file, and makes rows of them.
            position: where to go on; empty = at the beginning.
            batch_rows: most lines of a chunk.
        """
        self._place, self._lines, self._split, self._batch_rows = place, lines, split, batch_rows
        self._line, self._row = position.get("line", 0), position.get("row", 0)

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        few = self._lines[self._line : self._line + self._batch_rows]
        if not few:
            return None
        large = (
            next((at for at, line in enumerate(few) if len(line) > ROW_BYTES), None) if len(self._lines) > 1 else None
        )
        if large == 0:
            self._line, self._row = self._line + 1, self._row + 1
            says = "is larger than 1 MiB"
            refused = refused_row(Reason.TOO_LARGE, says, unreadable(few[0]), self._place, self._row)
            return replace(self._split([], self._row, self._place), refused=(refused,))
        few = few[:large]
        chunk = self._split(few, self._row + 1, self._place)
        self._line += len(few)
        self._row += len(chunk.numbers) + len(chunk.refused)
        return chunk

    def position(self) -> dict[str, int]:
        """Number of elements of the list and of rows before the next one."""
        return {"line": self._line, "row": self._row}

    def progress(self) -> tuple[int, int]:
        """Elements read, and how many there are."""
        return self._line, len(self._lines)

    def close(self) -> None:
        """Let go of the document; may be called twice."""
        self._lines = ()
