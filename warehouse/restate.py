"""Figures that a source states anew: a known event with other contents becomes a correction of it.

Registers, returns and daily tables are published again and again, and what they say of the same place and month may
differ each time. For a source that restates (`restates = true` in its mapping) the events of a batch are rewritten
before they are sifted:

- An event that nobody knows stays as it is: it is the first statement.
- One that says what holds already is named like the statement that holds, so that sifting finds a repetition.
- One that says something else becomes an event.corrected of the first statement, of the instant of its statement.
- One that was stated before what holds, and after the first, becomes a correction too, which the later one outlives;
  what was known in between comes out right. One stated before the first changes nothing: it is named like the first
  statement, a repetition too.
- What a correction cannot change – kind, instant (or period, see Restating.months), case, metric, asset – or what the
  source states twice for the same instant in different words, stays as it is and is found to be in conflict.

Who may import it: warehouse/writer.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import Batch, Restating
from warehouse.event import CHANGE_KINDS, EVENT_SCHEMA
from warehouse.event_index import EventIndex
from warehouse.key import event_keys

_CORRECTED: Final = "event.corrected"
_MICROSECOND: Final = timedelta(microseconds=1)
#: What stays the first statement's.
_FIXED: Final = ("kind", "occurred_at", "case_id", "metric", "asset")
_LOOKED_AT: Final = ("event_id", "digest", "received_at", *_FIXED)
#: Given names (columns source, event_id): the events of those names and what was said of them. Shape: EVENT_SCHEMA.
Told = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What holds of an event.

    Attributes:
        event_id: of the statement: the first one or a correction.
        digest: of its contents.
        at: when it was stated.
    """

    event_id: str
    digest: int
    at: datetime


@dataclass(slots=True)
class _Known:
    """The first statement of an event and the one that holds."""

    first: dict[str, Any]
    holds: _Statement


def restate(batch: Batch, restating: Restating, index: EventIndex, told: Told) -> Batch:
    """Rewrite the events of a batch, in the order of its rows.

    Args:
        batch: of a source that restates.
        restating: how it does.
        index: what the warehouse holds.
        told: asks the warehouse.

    Returns:
        The batch with events that sifting can judge.
    """
    events = batch.events.combine_chunks()
    keys = event_keys(events["source"], events["event_id"])
    stored = index.find(keys, events["digest"].to_numpy())[0]
    _, place, count = np.unique(keys, return_inverse=True, return_counts=True)
    places = np.flatnonzero(stored | (count[place] > 1))
    if not len(places):
        return batch
    names = events.select(["source", "event_id"]).filter(pa.array(stored))
    known = _known(told(names.group_by(["source", "event_id"]).aggregate([]))) if stored.any() else {}
    rewriting = _Rewriting(restating, known)
    looked_at = events.select(_LOOKED_AT).take(pa.array(places)).to_pylist()
    for at, event in zip(places.tolist(), looked_at, strict=True):
        rewriting.take(at, event)
    return dataclasses.replace(batch, events=rewriting.applied(events))


def _known(told: pa.Table) -> dict[str, _Known]:
    """What is known of stored events, by their ids; all are of one source."""
    is_said = pc.is_in(told["kind"], value_set=pa.array(CHANGE_KINDS))
    found = {
        row["event_id"]: _Known(row, _Statement(row["event_id"], row["digest"], row["received_at"]))
        for row in told.filter(pc.invert(is_said)).select(_LOOKED_AT).to_pylist()
    }
    for row in _last_said(told.filter(pc.equal(told["kind"], _CORRECTED))):
        if row["ref"] in found:
            found[row["ref"]].holds = _Statement(row["event_id"], row["digest"], row["occurred_at"])
    return found


def _last_said(corrections: pa.Table) -> list[dict[str, Any]]:
    """Of every event that is spoken of, the correction that holds: the last by instant, then by id."""
    ordered = corrections.select(["ref", "occurred_at", "event_id", "digest"]).sort_by(
        [("ref", "ascending"), ("occurred_at", "ascending"), ("event_id", "ascending")]
    )
    about = ordered["ref"].combine_chunks().dictionary_encode().indices.to_numpy()
    last = np.flatnonzero(np.append(about[1:] != about[:-1], np.ones(min(1, len(about)), dtype=np.bool_)))
    return ordered.take(pa.array(last)).to_pylist()


class _Rewriting:
    """Decides, event by event, and applies all decisions at once."""

    def __init__(self, restating: Restating, known: dict[str, _Known]) -> None:
        self._restating, self._known = restating, known
        self._zone = ZoneInfo(restating.timezone)
        self._corrections: dict[int, tuple[str, datetime, str]] = {}
        self._outdated: dict[int, int] = {}

    def take(self, place: int, event: dict[str, Any]) -> None:
        """Decide on the event at a place of the batch."""
        first_id = event["event_id"]
        known = self._known.get(first_id)
        if known is None:
            self._known[first_id] = _Known(event, _Statement(first_id, event["digest"], event["received_at"]))
            return
        holds = known.holds
        at = event["received_at"]
        if event["digest"] == holds.digest and not (self._restating.as_stated and at < holds.at):
            if holds.event_id != first_id:
                self._corrections[place] = (holds.event_id, holds.at, first_id)
            return
        if self._contradicts(event, known.first):
            return
        if not self._restating.as_stated:
            at = max(at, holds.at + _MICROSECOND)
        if at < known.first["received_at"]:
            self._outdated[place] = known.first["digest"]
        elif at not in {holds.at, known.first["received_at"]}:
            said = _Statement(f"{first_id}@{at.isoformat()}", event["digest"], at)
            self._corrections[place] = (said.event_id, at, first_id)
            known.holds = max(holds, said, key=lambda one: one.at)

    def _contradicts(self, event: dict[str, Any], first: dict[str, Any]) -> bool:
        """Whether an event says what a correction cannot change."""
        other = [name for name in _FIXED if event[name] != first[name]]
        return bool(other) and not (
            other == ["occurred_at"] and self._months_apart(event, first) < self._restating.months
        )

    def _months_apart(self, *events: dict[str, Any]) -> int:
        days = [event["occurred_at"].astimezone(self._zone) for event in events]
        one, other = (day.year * 12 + day.month for day in days)
        return abs(one - other)

    def applied(self, events: pa.Table) -> pa.Table:
        """The events as decided. Args: events: Shape: BATCH_SCHEMA."""
        events = _replaced(events, "digest", self._outdated)
        said = self._corrections
        days = {place: at.astimezone(self._zone).date() for place, (_, at, _) in said.items()}
        new: dict[str, dict[int, Any]] = {
            "event_id": {place: event_id for place, (event_id, _, _) in said.items()},
            "kind": dict.fromkeys(said, _CORRECTED),
            "occurred_at": {place: at for place, (_, at, _) in said.items()},
            "day": days,
            "ref": {place: ref for place, (_, _, ref) in said.items()},
            **{name: dict.fromkeys(said) for name in ("case_id", "metric", "asset")},
        }
        for name, values in new.items():
            events = _replaced(events, name, values)
        return events


def _replaced(events: pa.Table, name: str, values: dict[int, Any]) -> pa.Table:
    """The same with other values at some places of a column."""
    if not values:
        return events
    field = events.schema.field(name)
    mask = np.zeros(events.num_rows, dtype=np.bool_)
    mask[list(values)] = True
    given = pa.array([values[place] for place in sorted(values)], EVENT_SCHEMA.field(name).type)
    column = pc.replace_with_mask(events[name].combine_chunks(), pa.array(mask), given)
    return events.set_column(events.column_names.index(name), field, column)
