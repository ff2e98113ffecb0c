"""Second try for refused rows, after their mapping or the reference data were mended.

Who may import it: run.py.
Invariants: a row is decoded as it would be if it came today; it leaves quarantine in the commit of its events;
rows of which no text was kept stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from ingest.chunk import Chunk
from ingest.cloudevent import DATA_FIELDS, ENVELOPE, split_events
from ingest.decode import decode
from ingest.reason import Reason
from ingest.refusal import skipped_mark
from ingest.sources.json_rows import as_text
from warehouse.batch import Batch, empty_rejected
from warehouse.event import SKIPPED
from warehouse.principal import Principal
from warehouse.quarantine import waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from ingest.rule import Mapping
    from warehouse.batch import BatchListener
    from warehouse.clock import Clock
    from warehouse.reader import Reader
    from warehouse.writer import Writer

#: No new mapping helps these: their columns were not kept, they were damaged, or they contradict what is stored.
FINAL: Final = frozenset(
    {
        Reason.BAD_ROW,
        Reason.NOT_JSON,
        Reason.TOO_LARGE,
        Reason.BAD_ENCODING,
        Reason.CONFLICT,
        Reason.UNKNOWN_SOURCE,
    }
)
_AT_ONCE: Final = 20_000
_MARK_LETTERS: Final = len(skipped_mark(""))
_READER: Final = Principal.state_reader("replay")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the quarantine of one source.

    Attributes:
        source: its name.
        tried: rows decoded again.
        accepted: rows that left quarantine.
        refused: rows that stay, because they are refused again.
        final: rows that cannot be tried again.
        events: new events written.
    """

    source: str
    tried: int
    accepted: int
    refused: int
    final: int
    events: int


def replay(  # noqa: PLR0917 – run.py hands over what it wired
    writer: Writer,
    reader: Reader,
    listener: BatchListener,
    mapping_of: Callable[[str], Mapping],
    clock: Clock,
    source: str | None = None,
) -> Iterator[Replayed]:
    """Decode the rows in quarantine again, source by source.

    Args:
        writer: commits.
        reader: says which sources have rows in quarantine.
        listener: told of every batch.
        mapping_of: the present mapping of a source.
        clock: says when rows are received.
        source: only this one; None = all.

    Yields:
        One result per source that has rows in quarantine, after its commit.

    Raises:
        ConfigError: a source has no mapping that can be used.
        StorageError: as Writer.commit.
    """
    for name in reader.query("rejected_summary", _READER, source=source)["source"].unique().to_pylist():
        mapping = mapping_of(name)
        total = Replayed(name, 0, 0, 0, 0, 0)
        for some in waiting(writer, name, _AT_ONCE):
            rows = some.to_pylist()
            whole = [row for row in rows if not row["rejected_id"].startswith(SKIPPED)]
            total = _sum(total, _replay_rows(writer, listener, mapping, clock, whole))
            for alone, own in _by_entry(mapping, rows):
                total = _sum(total, _replay_rows(writer, listener, alone, clock, own))
        yield total


def _by_entry(mapping: Mapping, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[Mapping, list[dict[str, Any]]]]:
    """Events that were refused alone, each with the mapping of the only entry that they are tried with again."""
    by_mark: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["rejected_id"].startswith(SKIPPED):
            by_mark.setdefault(row["rejected_id"][:_MARK_LETTERS], []).append(row)
    for entry in mapping.entries:
        own = by_mark.pop(skipped_mark(entry.name), None)
        if own is not None:
            yield replace(mapping, entries=(replace(entry, alone=False),)), own
    left = [row for own in by_mark.values() for row in own]
    if left:
        # nobody knows any more what they were
        yield replace(mapping, entries=()), left


def _sum(one: Replayed, other: Replayed) -> Replayed:
    return Replayed(
        one.source,
        one.tried + other.tried,
        one.accepted + other.accepted,
        one.refused + other.refused,
        one.final + other.final,
        one.events + other.events,
    )


def _replay_rows(
    writer: Writer, listener: BatchListener, mapping: Mapping, clock: Clock, rows: Sequence[dict[str, Any]]
) -> Replayed:
    if not rows:
        return Replayed(mapping.name, 0, 0, 0, 0, 0)
    again = [row for row in rows if row["reason"] not in FINAL and row["field"] != "specversion"]
    chunk = _chunk(again, mapping)
    decoded = decode(chunk.table, mapping, clock.now(), str, chunk.refused)
    good = np.unique(decoded.events["row"].to_numpy())
    if not len(good):
        return Replayed(mapping.name, len(again), 0, len(again), len(rows) - len(again), 0)
    events, restating = decoded.events, mapping.restating
    if restating is not None and not restating.as_stated:
        # what came last holds, and these rows did not come now
        came_at = [again[int(chunk.numbers[row])]["received_at"] for row in events["row"].to_pylist()]
        events, restating = _received(events, came_at), replace(restating, as_stated=True)
    batch = Batch(
        mapping.name,
        events,
        empty_rejected(),
        len(good),
        origin="quarantine",
        restating=restating,
        skipped=decoded.skipped,
        released=tuple(again[int(chunk.numbers[row])]["rejected_id"] for row in good.tolist()),
    )
    result = writer.commit(batch, listener)
    accepted = len(good) - result.rejected  # a row in conflict went back to quarantine under its own reason
    return Replayed(mapping.name, len(again), accepted, len(again) - accepted, len(rows) - len(again), result.events)


def _received(events: pa.Table, instants: list[datetime]) -> pa.Table:
    """The same events, received at these instants."""
    place, field = events.column_names.index("received_at"), events.schema.field("received_at")
    return events.set_column(place, field, pa.array(instants, field.type))


def _chunk(rows: Sequence[dict[str, Any]], mapping: Mapping) -> Chunk:
    """The rows as they were; `numbers` are their places in the list."""
    cells = [json.loads(row["raw"]) for row in rows]
    if mapping.file.format == "cloudevents":
        return split_events(mapping.name, [_event(one) for one in cells], 0, "quarantine")
    columns = {name: pa.array([as_text(one.get(name)) for one in cells], pa.string()) for name in mapping.columns}
    return Chunk(pa.table(columns), np.arange(len(rows)))


def _event(cells: dict[str, Any]) -> bytes:
    envelope = {name: cells[name] for name in ENVELOPE if name in cells}
    data = {name: cells[name] for name in DATA_FIELDS if name in cells}
    return json.dumps({"specversion": "1.0", **envelope, "data": data}).encode()
