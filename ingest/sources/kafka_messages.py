"""Messages of Kafka → rows: JSON of the source's own, CloudEvents as JSON, or CloudEvents in headers.

Who may import it: ingest.sources.
Invariants: a message is a row, taken or refused, unless the mapping says that it holds a list of rows; where a row came
from is `topic/partition:offset`, with `:row` after it in such a list.
Source: CloudEvents 1.0.2, Kafka protocol binding.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from ingest.chunk import broken_row
from ingest.cloudevent import join_event
from ingest.decode import decode
from ingest.reason import Reason
from ingest.sources.blocks import ROW_BYTES
from ingest.sources.json_rows import line_splitter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ingest.chunk import Chunk, Numbers
    from ingest.decode import Decoded
    from ingest.refusal import Refused
    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.json_rows import SplitLines
    from ingest.sources.kafka_log import Place

_ATTRIBUTE: Final = "ce_"
_VERSION: Final = "specversion"


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the rows of a table came from.

    Attributes:
        places: of the table's pieces, in order.
        ends: row after the last one of each piece.
        numbers: of every row in its place: an offset, or the number of a row within a message.
    """

    places: Sequence[str]
    ends: Sequence[int]
    numbers: Numbers

    def __call__(self, row: int) -> str:
        """`topic/partition:offset` of a row, `topic/partition:offset:row` where messages hold several."""
        return f"{self.places[bisect_right(self.ends, row)]}:{self.numbers[row]}"


def decode_messages(
    messages: Mapping[Place, Sequence[Any]], mapping: SourceMapping, now: datetime
) -> tuple[Decoded, Origins]:
    """Turn messages into events.

    Args:
        messages: by partition, in the order of their offsets.
        mapping: of the source.
        now: the present instant.

    Returns:
        What became of them, and where `row` of the events came from.
    """
    split = line_splitter(mapping, mapping.file.format or "jsonl")
    pieces = [("", split([], 0, ""))]
    for place, records in messages.items():
        pieces += _pieces(str(place), records, mapping, split)
    chunks = [chunk for _, chunk in pieces]
    table = pa.concat_tables([chunk.table for chunk in chunks]).combine_chunks()
    ends = np.cumsum([len(chunk.numbers) for chunk in chunks]).tolist()
    origins = Origins([place for place, _ in pieces], ends, np.concatenate([chunk.numbers for chunk in chunks]))
    refused = tuple(row for chunk in chunks for row in chunk.refused)
    return decode(table, mapping, now, origins, refused), origins


def _pieces(
    place: str, records: Sequence[Any], mapping: SourceMapping, split: SplitLines
) -> Iterator[tuple[str, Chunk]]:
    """Split messages that stand next to each other in one go, so that the number of a row is its offset."""
    nothing = split([], 0, place)
    lines: list[bytes] = []
    first = 0
    for record in records:
        line = _line(record)
        known_bad = None if line is not None and len(line) <= ROW_BYTES else _refusal(line, place, record.offset)
        if lines and (known_bad is not None or mapping.file.rows or record.offset != first + len(lines)):
            yield _split(split, lines, first, place, mapping)
            lines = []
        if known_bad is not None:
            yield place, replace(nothing, refused=(known_bad,))
        elif line is not None:
            first = first if lines else record.offset
            lines.append(line)
    if lines:
        yield _split(split, lines, first, place, mapping)


def _split(split: SplitLines, lines: list[bytes], first: int, place: str, mapping: SourceMapping) -> tuple[str, Chunk]:
    if mapping.file.rows:
        place, first = f"{place}:{first}", 1
    return place, split(lines, first, place)


def _line(record: Any) -> bytes | None:
    """The JSON of a message; None = it has none."""
    if not record.headers:
        return record.value or None
    attributes = {
        name.removeprefix(_ATTRIBUTE): value.decode("utf-8", "replace")
        for name, value in record.headers
        if name.startswith(_ATTRIBUTE) and value is not None
    }
    if _VERSION in attributes:
        return join_event(attributes, record.value)
    return record.value or None


def _refusal(line: bytes | None, place: str, offset: int) -> Refused:
    if line is None:
        return broken_row(b"", "has no value, and nothing is taken back by that", place, offset, Reason.NOT_JSON)
    return broken_row(line, "is larger than 1 MiB", place, offset, Reason.TOO_LARGE)
