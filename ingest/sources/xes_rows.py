"""XES event logs: one row per event; attributes of the trace are columns such as `case:concept:name`.

Who may import it: ingest.sources.
Source: IEEE 1849-2016; lists and containers inside attributes are passed over, as are extensions and globals.
Invariants: one trace is held in memory at a time; document type declarations, with which a small file can unfold into
a large one, are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from ingest.chunk import Chunk
from ingest.sources.blocks import Bytes
from warehouse.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingest.rule import Mapping as SourceMapping

_VALUES: Final = frozenset({"string", "date", "int", "float", "boolean", "id"})
_TRACE: Final = 2
_EVENT: Final = 3


class XesReader:
    """Rows of an XES file, plain or packed. An attribute that an event does not have is empty there."""

    def __init__(self, path: Path, mapping: SourceMapping, position: Mapping[str, int], batch_rows: int) -> None:
        self._place = path.name
        self._columns = mapping.columns
        self._batch_rows = batch_rows
        self._bytes = Bytes(path, "utf-8")
        self._log = _Log(frozenset(self._columns))
        self._skip = position.get("row", 0)
        self._row = self._skip

    @property
    def columns(self) -> tuple[str, ...]:
        """None: every event says its own attributes."""
        return ()

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        rows = self._log.rows
        while self._skip + self._batch_rows > len(rows) and not self._log.ended:
            self._read()
            dropped = min(self._skip, len(rows))
            del rows[:dropped]
            self._skip -= dropped
        if self._log.ended and self._skip > len(rows):
            raise DataError(f"{self._place} is shorter than the position to go on from")
        few = rows[self._skip : self._skip + self._batch_rows]
        del rows[: self._skip + self._batch_rows]
        self._skip = 0
        if not few:
            return None
        table = pa.table({name: pa.array([row.get(name) for row in few], pa.string()) for name in self._columns})
        numbers = np.arange(self._row + 1, self._row + 1 + len(few))
        self._row += len(few)
        return Chunk(table, numbers)

    def _read(self) -> None:
        data = self._bytes.read()
        try:
            self._log.feed(data)
        except expat.ExpatError as error:
            raise DataError(f"{self._place} is not an XES file: {error}") from error
        if self._log.refused:
            raise DataError(f"{self._place} is not an XES file: {self._log.refused}")
        if not data and not self._log.seen:
            raise DataError(f"{self._place} is not an XES file: it has no <log>")

    def position(self) -> dict[str, int]:
        """Number of rows before the next one."""
        return {"row": self._row}

    def progress(self) -> tuple[int, int]:
        """Bytes read of the file and its size."""
        return self._bytes.taken(), self._bytes.total

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._bytes.close()


class _Log:
    """Takes the events out of XML as it comes."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.rows: list[dict[str, str]] = []
        self.ended = False
        self.seen = False
        self.refused = ""
        self._wanted = wanted
        self._path: list[str] = []
        self._trace: dict[str, str] = {}
        self._events: list[dict[str, str]] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, data: bytes) -> None:
        """Take more bytes; none = the end of the file."""
        self.ended = not data
        self._parser.Parse(data, self.ended)

    def _doctype(self, *_: object) -> None:
        self.refused = "it declares a document type"

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self._path.append(name)
        depth = len(self._path)
        if depth == 1:
            self.seen = name == "log"
        elif depth == _TRACE and name == "trace":
            self._trace, self._events = {}, []
        elif depth == _EVENT and name == "event" and self._path[1] == "trace":
            self._events.append({})
        elif name in _VALUES and self._path[1:2] == ["trace"]:
            self._value(depth, attributes)

    def _value(self, depth: int, attributes: dict[str, str]) -> None:
        key, value = attributes.get("key", ""), attributes.get("value")
        if value is None:
            return
        if depth == _EVENT and f"case:{key}" in self._wanted:
            self._trace[f"case:{key}"] = value
        elif depth == _EVENT + 1 and self._path[2] == "event" and key in self._wanted:
            self._events[-1][key] = value

    def _close(self, _: str) -> None:
        if len(self._path) == _TRACE and self._path[1] == "trace":
            self.rows.extend({**self._trace, **event} for event in self._events)
        self._path.pop()
