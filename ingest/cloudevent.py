"""CloudEvents 1.0 in JSON: how native sources send events. One event, a batch (array), or one event per line.

Who may import it: ingest, and run.py for events pushed through the engine's door.
Invariants: the envelope's `type` is `cm.<kind>`; `data` holds fields of the event shape under their own names and
everything else in it is dropped before anything is kept.
Source: CloudEvents 1.0.2, JSON event format and JSON batch format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
from msgspec.structs import astuple

from ingest.chunk import Chunk, broken_row
from ingest.decode import Decoded, decode
from ingest.kind import FIELDS, RANGES
from ingest.reason import Reason
from ingest.refusal import Refused, quoted, raw_json, unreadable
from ingest.rule import EntryRule, FieldRule, FileNotation, Mapping, Template, TimeNotation
from warehouse.event import EVENT_SCHEMA, KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.vocabulary import Vocabulary
    from warehouse.pseudonym import Pseudonyms

TYPE_PREFIX: Final = "cm."
ENVELOPE: Final = ("id", "source", "type", "time")
#: Fields that `data` may hold; when an event was received is for us to say.
DATA_FIELDS: Final = tuple(field for field in FIELDS if field != "received_at")
#: Most bytes of one event.
LARGEST: Final = 64 << 10
_TIME: Final = TimeNotation(formats=("rfc3339",))
_PATH: Final = re.compile(r"at `\$\.(?:data\.)?(\w+)`")
_MISSING: Final = re.compile(r"missing required field `(\w+)`")


Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


# nothing in these can lead back to them, and looking for that took the collector as long as reading them
class EventData(msgspec.Struct, frozen=True, gc=False):
    """The fields of an event; names, types and units as in warehouse/event.py, each in its column."""

    case_id: str | None = None
    service: str | None = None
    area: str | None = None
    office: str | None = None
    post: str | None = None
    step: str | None = None
    outcome: str | None = None
    channel: str | None = None
    due_at: str | None = None
    amount: Whole | None = None
    rating: Whole | None = None
    metric: str | None = None
    asset: str | None = None
    value: float | None = None
    ref: str | None = None


class CloudEvent(msgspec.Struct, frozen=True, gc=False):
    """The envelope; attributes that are not listed are allowed and ignored."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: EventData = msgspec.field(default_factory=EventData)


_DATA: Final = EventData.__struct_fields__
_DECODER: Final = msgspec.json.Decoder(CloudEvent)
_BATCH: Final = msgspec.json.Decoder(list[msgspec.Raw])
_LOOSE: Final = msgspec.json.Decoder(dict[str, object])
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)
#: What the decoders raise for text that is not JSON, is not UTF-8, or is nested too deep.
NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def cloudevent_mapping(
    name: str, vocabulary: Vocabulary, pseudonyms: Pseudonyms, file: FileNotation | None = None
) -> Mapping:
    """The mapping of every source that sends CloudEvents.

    Args:
        name: of the source.
        vocabulary: codes of the state.
        pseudonyms: of the installation.
        file: how files are written; None = one event per line.
    """
    kinds = {f"{TYPE_PREFIX}{kind}": kind for kind in KINDS}
    entry = EntryRule(
        name="1",
        kind=FieldRule(f"source.{name}.type", columns=("type",), names=kinds),
        at=FieldRule(f"source.{name}.time", columns=("time",), time=_TIME),
        when=(),
        event_id=Template.parse("{id}"),
        once=False,
        required=True,
        fields={field: _rule(name, field) for field in DATA_FIELDS},
    )
    columns = (*ENVELOPE, *DATA_FIELDS)
    return Mapping(name, file or FileNotation("cloudevents"), (entry,), columns, vocabulary, pseudonyms)


def _rule(name: str, field: str) -> FieldRule:
    return FieldRule(f"source.{name}.data.{field}", columns=(field,), time=_TIME, within=RANGES.get(field))


def decode_payload(payload: bytes, mapping: Mapping, now: datetime, place: str) -> Decoded:
    """Decode what was pushed to the engine: one event, an array of events, or one event per line.

    Args:
        payload: JSON in UTF-8.
        mapping: of the source, from cloudevent_mapping.
        now: the present instant.
        place: where it came from, for quarantine.
    """
    lines = split_payload(payload)
    chunk = split_events(mapping.name, lines, 1, place)
    return decode(chunk.table, mapping, now, lambda row: f"{place}:{chunk.numbers[row]}", chunk.refused)


def split_payload(payload: bytes) -> list[bytes]:
    """Take a payload apart into single events; an array that is not JSON comes back as one broken event."""
    if payload.lstrip()[:1] != b"[":
        lines = [line for line in payload.split(b"\n") if line.strip()]
        return lines if len(lines) == 1 or all(line.lstrip()[:1] == b"{" for line in lines) else _one_object(payload)
    try:
        return [bytes(raw) for raw in _BATCH.decode(payload)]
    except NOT_JSON:
        return [payload]


def _one_object(payload: bytes) -> list[bytes]:
    """One event that was written over several lines; else each line for itself."""
    try:
        _LOOSE.decode(payload)
    except NOT_JSON:
        return [line for line in payload.split(b"\n") if line.strip()]
    return [payload]


def join_event(attributes: dict[str, str], data: bytes | None) -> bytes:
    """An event whose envelope came apart from its data (binary mode), as one JSON object.

    Args:
        attributes: of the envelope.
        data: JSON; None or empty = the event has no data. What is not JSON comes back as it is, to be refused.
    """
    try:
        return msgspec.json.encode({**attributes, "data": _RAW.decode(data)} if data else attributes)
    except NOT_JSON:
        return data or b""


def split_events(source: str, lines: Sequence[bytes], first: int, place: str) -> Chunk:
    """Make rows of CloudEvents.

    Args:
        source: name of the source; events that say another one are refused.
        lines: one event each.
        first: number of the first line.
        place: where they came from.
    """
    events: list[CloudEvent] = []
    kept: list[int] = []
    refused: list[Refused] = []
    for number, line in enumerate(lines, first):
        event = _read(line, source, place, number)
        if isinstance(event, Refused):
            refused.append(event)
        else:
            events.append(event)
            kept.append(number)
    return Chunk(_table(events), np.array(kept, np.int64), tuple(refused))


def _read(line: bytes, source: str, place: str, number: int) -> CloudEvent | Refused:
    if len(line) > LARGEST:
        return broken_row(line, f"is larger than {LARGEST >> 10} KiB", place, number, Reason.TOO_LARGE)
    try:
        event = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        return _invalid(line, str(error), place, number)
    except NOT_JSON as error:
        return broken_row(line, f"is not JSON: {error}", place, number, Reason.NOT_JSON)
    if event.specversion != "1.0":
        return _refused(line, Reason.BAD_VALUE, "specversion", "specversion must be 1.0", f"{place}:{number}")
    if event.source != source:
        detail = f"source {quoted(event.source)} is not {source!r}, for which it was sent"
        return _refused(line, Reason.UNKNOWN_SOURCE, "source", detail, f"{place}:{number}")
    return event


def _invalid(line: bytes, message: str, place: str, number: int) -> Refused:
    """An event whose JSON is right and whose types are not."""
    missing = _MISSING.search(message)
    if missing:
        return _refused(line, Reason.MISSING, missing[1], f"{missing[1]} is missing", f"{place}:{number}")
    path = _PATH.search(message)
    if path is None:
        return broken_row(line, "is JSON, but not an object", place, number, Reason.NOT_JSON)
    reason = Reason.BAD_NUMBER if path[1] in {"amount", "rating", "value"} else Reason.BAD_VALUE
    return _refused(line, reason, path[1], f"{path[1]}: {message.partition(' - at ')[0].lower()}", f"{place}:{number}")


def _refused(line: bytes, reason: Reason, field: str, detail: str, origin: str) -> Refused:
    """Refuse an event and keep those of its fields that may be kept."""
    try:
        event = _LOOSE.decode(line)
    except NOT_JSON as error:
        return Refused(Reason.NOT_JSON, None, f"is not JSON: {error}", unreadable(line), origin)
    data = event.get("data")
    cells = {**event, **data} if isinstance(data, dict) else event
    kept = {name: cells[name] for name in (*ENVELOPE, *DATA_FIELDS) if _is_plain(cells.get(name))}
    return Refused(reason, field, detail, raw_json(kept), origin)


def _is_plain(cell: object) -> bool:
    return isinstance(cell, str | float | int)


def _table(events: Sequence[CloudEvent]) -> pa.Table:
    """Shape: one row per event, envelope and data fields side by side, times as text."""
    columns = {name: pa.array([getattr(event, name) for event in events], pa.string()) for name in ENVELOPE}
    data = zip(*map(astuple, (event.data for event in events)), strict=True) if events else [()] * len(_DATA)
    for name, cells in zip(_DATA, data, strict=True):
        columns[name] = pa.array(cells, _column_type(EVENT_SCHEMA.field(name).type))
    return pa.table(columns)


def _column_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.string()
    return pa.int64() if pa.types.is_integer(kind) else kind
