"""A text file as blocks of whole lines, in UTF-8, unpacked, with a position to go on from.

Who may import it: ingest.sources.
Invariants: memory is bounded by the block size whatever the file holds; the blocks from a position are those that a
reader which was not interrupted would give next.
"""

from __future__ import annotations

import codecs
import gzip
from dataclasses import dataclass
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Final, cast

import numpy as np

from ingest.refusal import raw_json
from ingest.sources.damage import reading
from ingest.sources.encoding import HEAD_BYTES, text_encoding
from warehouse.errors import CMError, DataError, SourceGoneError
from warehouse.personal import lettered

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_BYTES: Final = 8 << 20
#: A row may not be larger; one that is becomes a refused row of which only size and hash are kept.
ROW_BYTES: Final = 1 << 20
_READ_BYTES: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines.

    Attributes:
        data: the lines.
        doubtful: a quote does not seem to close: lines must be taken one by one.
        oversized: instead of data, what is kept of a row larger than a row may be.
    """

    data: bytes
    doubtful: bool = False
    oversized: str | None = None


class Bytes:
    """The bytes of a file, unpacked and turned into UTF-8, with what is left to read.

    Bytes that are no text in the declared encoding come through as invalid UTF-8, to be found in their cell.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.path = path
        try:
            self._file: IO[bytes] = path.open("rb")
            self.total = path.stat().st_size
            packed = self._file.read(2) == _GZIP
            self._file.seek(0)
        except OSError as error:
            raise SourceGoneError(f"{path} cannot be opened: {error}") from error
        self._stream: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=self._file)) if packed else self._file
        try:
            with reading(path.name, "cannot be read to its end"):
                self._head: bytes | None = self._stream.read(HEAD_BYTES)
        except CMError:
            self.close()
            raise
        try:
            encoding = text_encoding(self._head, encoding)
        except DataError as error:
            self.close()
            raise DataError(f"{path.name} {error}") from error
        plain = codecs.lookup(encoding).name in {"utf-8", "ascii"}
        self._decoder = None if plain else codecs.getincrementaldecoder(encoding)("surrogateescape")
        self._start = True

    def read(self) -> bytes:
        """The next bytes; empty at the end.

        Raises:
            DataError: the packed file is damaged or ends too early.
            SourceGoneError: the disk cannot be read now.
        """
        with reading(self.path.name, "cannot be read to its end"):
            data, self._head = self._head or self._stream.read(_READ_BYTES), None
            if self._decoder is not None:
                text = self._decoder.decode(data, final=not data)
                encoded = text.encode("utf-8", "surrogateescape")
                data = encoded if encoded or not data else self.read()
        if self._start and data:
            self._start = False
            data = data.removeprefix(codecs.BOM_UTF8)
        return data

    def taken(self) -> int:
        """Bytes of the file read so far, packed as it is; `total` is its size."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._stream.close()
        self._file.close()


class Blocks:
    """Blocks of whole lines of a file."""

    def __init__(self, source: Bytes, quote: bytes = b"", size: int = BLOCK_BYTES) -> None:
        self._source = source
        self._quote = quote
        self._size = size
        self._buffer = b""
        self._ended = False
        #: Where the next block begins, in bytes of the unpacked UTF-8 text.
        self.offset = 0

    def skip_to(self, offset: int) -> None:
        """Go on at a position.

        Raises:
            DataError: the file is shorter than that.
        """
        while self.offset < offset:
            if not self._buffer and not self._fill(1):
                raise DataError(f"{self._source.path.name} is shorter than the position {offset} to go on from")
            step = min(offset - self.offset, len(self._buffer))
            self._buffer = self._buffer[step:]
            self.offset += step

    def line(self) -> bytes | None:
        """The next single line without its end; None at the end of the file."""
        line = self.peek()
        return None if line is None else self._take(len(line)).rstrip(b"\r\n")

    def peek(self) -> bytes | None:
        """The next single line with its end, which stays to be read; None at the end of the file."""
        while b"\n" not in self._buffer and len(self._buffer) < ROW_BYTES and self._fill(len(self._buffer) + 1):
            pass
        return self._buffer[: self._buffer.find(b"\n") + 1 or len(self._buffer)] or None

    def next(self) -> Block | None:
        """The next block; None at the end of the file."""
        more = self._fill(self._size)
        if not self._buffer:
            return None
        if not more:
            return self._last()
        cut = self._safe_cut()
        if cut and len(self._buffer) - cut <= ROW_BYTES:
            return Block(self._take(cut))
        cut = self._buffer.rfind(b"\n") + 1
        return Block(self._take(cut), doubtful=True) if cut else self._oversized()

    def _last(self) -> Block:
        if len(self._buffer) > ROW_BYTES and b"\n" not in self._buffer:
            return self._oversized()
        odd = bool(self._quote) and self._buffer.count(self._quote) % 2 == 1
        return Block(self._take(len(self._buffer)), doubtful=odd)

    def _fill(self, size: int) -> bool:
        """Have at least `size` bytes in the buffer; false when the file ended before."""
        parts = [self._buffer]
        length = len(self._buffer)
        while length < size and not self._ended:
            data = self._source.read()
            self._ended = not data
            parts.append(data)
            length += len(data)
        self._buffer = b"".join(parts) if len(parts) > 1 else self._buffer
        return length >= size

    def _safe_cut(self) -> int:
        """End of the last line before which as many quotes open as close; 0 = there is none."""
        if not self._quote or self._quote not in self._buffer:
            return self._buffer.rfind(b"\n") + 1
        letters = np.frombuffer(self._buffer, np.uint8)
        ends = np.flatnonzero(letters == ord("\n"))
        quotes = np.flatnonzero(letters == self._quote[0])
        outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
        return int(outside[-1]) + 1 if len(outside) else 0

    def _take(self, length: int) -> bytes:
        data, self._buffer = self._buffer[:length], self._buffer[length:]
        self.offset += length
        return data

    def _oversized(self) -> Block:
        """Pass over a row that is too large without ever holding all of it."""
        known = blake2b(digest_size=16)
        length = 0
        while True:
            end = self._buffer.find(b"\n") + 1
            part = self._take(end or len(self._buffer))
            known.update(part)
            length += len(part)
            if end or not self._fill(1):
                return Block(b"", oversized=raw_json({"bytes": length, "hash": lettered(known.hexdigest())}))
