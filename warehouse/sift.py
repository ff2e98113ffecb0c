"""Sorts the rows of a batch into new, known, and in conflict with what is known.

Rules: an event is known by (source, event_id). Known with the same digest is a duplicate, known with another digest is
a conflict. A row is taken or refused whole: one conflict refuses it, and then none of its events counts. Rows are
judged in their order, so that a refused row never makes a later one a duplicate.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import Batch, RowFates
from warehouse.event import EVENT_COLUMNS, REJECTED_SCHEMA
from warehouse.event_index import EventIndex
from warehouse.key import Keys, event_keys
from warehouse.personal import lettered, masked

CONFLICT: Final = "conflict"
Marks = npt.NDArray[np.bool_]
#: Given events (columns source, event_id, event_key), the digests that are stored for them by (source, event_id).
StoredDigests = Callable[[pa.Table], dict[tuple[str, str], int]]


@dataclass(frozen=True, slots=True)
class _Marks:
    known: Marks  # the event is a duplicate
    conflict: Marks  # the event is known with other contents


@dataclass(frozen=True, slots=True)
class Sifted:
    """What of a batch is new.

    Attributes:
        events: new events in the batch's order. Shape: EVENT_SCHEMA.
        keys: event keys of `events`.
        conflicts: one refused row each. Shape: REJECTED_SCHEMA.
        fates: what became of every row.
    """

    events: pa.Table
    keys: Keys
    conflicts: pa.Table
    fates: RowFates


def sift(batch: Batch, index: EventIndex, stored_digests: StoredDigests, now: datetime) -> Sifted:
    """Judge every row of a batch that gave events.

    Args:
        batch: rows decoded and checked.
        index: what the warehouse holds.
        stored_digests: asks the warehouse itself; called only for events under suspicion of a conflict.
        now: stamped on refused rows.
    """
    events = batch.events.combine_chunks()
    keys = event_keys(events["source"], events["event_id"])
    rows = _numbers(events["row"])
    marks = _against_stored(events, keys, index, stored_digests)
    repeated = _repeated(keys)
    if repeated.any():
        _against_each_other(events, repeated, marks)
    new = ~marks.known
    refused = np.unique(rows[marks.conflict])
    if len(refused):
        new &= ~np.isin(rows, refused)
    conflicts = _refusals(batch, events, marks.conflict, now)
    return Sifted(
        events=events.select(EVENT_COLUMNS) if new.all() else events.select(EVENT_COLUMNS).filter(pa.array(new)),
        keys=keys[new],
        conflicts=conflicts,
        fates=RowFates(
            accepted=np.unique(rows[new]).astype(np.int32),
            conflicts=dict(zip(refused.tolist(), conflicts["detail"].to_pylist(), strict=True)),
        ),
    )


def count_distinct_sorted(numbers: npt.NDArray[np.integer[Any]]) -> int:
    """How many different numbers there are in a sorted array."""
    return int(np.count_nonzero(numbers[1:] != numbers[:-1])) + 1 if len(numbers) else 0


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    return column.to_numpy()


def _against_stored(events: pa.Table, keys: Keys, index: EventIndex, stored_digests: StoredDigests) -> _Marks:
    digests = _numbers(events["digest"])
    found, same = index.find(keys, digests)
    marks = _Marks(known=same, conflict=np.zeros(len(keys), dtype=np.bool_))
    suspects = np.flatnonzero(found & ~same)
    if not len(suspects):
        return marks
    asked = events.select(["source", "event_id"]).take(pa.array(suspects))
    truth = stored_digests(asked.append_column("event_key", pa.array(keys[suspects])))
    for at, event in zip(suspects.tolist(), asked.to_pylist(), strict=True):
        digest = truth.get((event["source"], event["event_id"]))
        marks.known[at] = digest == int(digests[at])
        marks.conflict[at] = digest is not None and not marks.known[at]
    return marks


def _repeated(keys: Keys) -> Marks:
    order = np.argsort(keys)
    alike = keys[order][1:] == keys[order][:-1]
    repeated = np.zeros(len(keys), dtype=np.bool_)
    repeated[order[1:][alike]] = True
    repeated[order[:-1][alike]] = True
    return repeated


def _against_each_other(events: pa.Table, repeated: Marks, marks: _Marks) -> None:
    """Judge, in row order, the events whose key occurs more than once in the batch."""
    places = np.flatnonzero(repeated)
    asked = events.select(["source", "event_id", "digest", "row"]).take(pa.array(places)).to_pylist()
    rows = _numbers(events["row"])
    refused = set(rows[marks.conflict].tolist())
    taken: dict[tuple[str, str], int] = {}
    told = zip(places.tolist(), asked, strict=True)
    for row, group in itertools.groupby(told, key=lambda one: int(one[1]["row"])):
        own: dict[tuple[str, str], int] = {}
        for place, event in group:
            name, digest = (event["source"], event["event_id"]), event["digest"]
            first = own.get(name, taken.get(name))
            if first is None:
                own[name] = digest
            elif first == digest:
                marks.known[place] = True
            else:
                marks.conflict[place] = True
                refused.add(row)
        if row not in refused:
            taken |= own


def _refusals(batch: Batch, events: pa.Table, conflict: Marks, now: datetime) -> pa.Table:
    """One refused row per row in conflict, told by its first conflicting event."""
    places = np.flatnonzero(conflict)
    if not len(places):
        return REJECTED_SCHEMA.empty_table()
    rows = _numbers(events["row"])
    _, first = np.unique(rows[places], return_index=True)
    told = events.take(pa.array(places[first]))
    texts = pa.table(
        {
            name: column.cast(pa.string()) if not pa.types.is_string(column.type) else column
            for name, column in zip(told.column_names, told.columns, strict=True)
        }
    ).to_pylist()
    refused = [
        {
            "rejected_id": lettered(
                hashlib.sha256(
                    f"{CONFLICT}\0{text['source']}\0{text['event_id']}\0{text['digest']}".encode()
                ).hexdigest()
            ),
            "source": batch.source,
            "received_at": now,
            "reason": CONFLICT,
            "field": "event_id",
            "detail": f"event {text['event_id']} is already known with other contents; "
            "to change it send an event.corrected",
            "raw": masked(json.dumps(_shown(text), ensure_ascii=False)),  # an amount may look like a number of a person
            "origin": masked(_origin(batch, text["row"])),
        }
        for text in texts
    ]
    return pa.Table.from_pylist(refused, schema=REJECTED_SCHEMA)


def _shown(text: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in text.items() if value is not None and name not in {"row", "digest"}}


def _origin(batch: Batch, row: str) -> str:
    return batch.origin(int(row)) if callable(batch.origin) else f"{batch.origin} row {row}".strip()


def without_known(rejected: pa.Table, known_ids: pa.Array) -> pa.Table:
    """Refused rows that are not in quarantine yet, each once.

    Args:
        rejected: Shape: REJECTED_SCHEMA.
        known_ids: rejected_id of those that are.
    """
    if rejected.num_rows == 0:
        return rejected
    ids = rejected["rejected_id"].combine_chunks()
    first = pc.index_in(ids, value_set=pc.unique(ids))
    is_first = np.zeros(len(ids), dtype=np.bool_)
    is_first[np.unique(first.to_numpy(), return_index=True)[1]] = True
    return rejected.filter(pc.and_(pa.array(is_first), pc.invert(pc.is_in(ids, value_set=known_ids))))
