"""Effective events: originals as their corrections and retractions leave them.

Rules (for readers in docs/clock.md):

- event.corrected and event.retracted speak of the event of the same source whose event_id is their `ref`.
- A retracted event drops out for good.
- Of several corrections the latest (occurred_at, event_id) holds; those of its payload fields that are not null replace
  the original's. Kind, id, instant, case, metric and asset stay the original's: an event about the wrong case is
  retracted and sent again.
- Corrections and retractions are not corrected or retracted themselves. One that comes before its original waits.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.columns import Bools, Int64s, equals, flat
from warehouse.event import CHANGE_KINDS

#: Fields that a correction may replace.
PAYLOAD: Final = (
    "service", "area", "office", "post", "step", "outcome", "channel", "due_at", "amount", "rating", "value",
)  # fmt: skip
_CORRECTED, _RETRACTED = CHANGE_KINDS
_NAME: Final = ("source", "event_id")


def effective(events: pa.Table, corrections: pa.Table) -> pa.Table:
    """What counts of some original events.

    Args:
        events: originals; kinds event.corrected and event.retracted among them are left out. Shape: columns of
            EVENT_SCHEMA, at least source, event_id and kind.
        corrections: everything said of them, in any order, perhaps of other events too. Shape: EVENT_SCHEMA.

    Returns:
        The originals that were not retracted, with corrected payloads, in the same order and columns.
    """
    if not corrections.num_rows:
        return events if not is_change(events).any() else events.filter(pa.array(~is_change(events)))
    retracted, correction = _said_of(events, corrections)
    keep = ~retracted & ~is_change(events)
    if (correction >= 0).any():
        events = _corrected(events, corrections, correction)
    return events if keep.all() else events.filter(pa.array(keep))


def is_change(events: pa.Table) -> Bools:
    """Which events are corrections and retractions."""
    found: Bools = pc.is_in(flat(events["kind"]), value_set=pa.array(CHANGE_KINDS)).to_numpy(zero_copy_only=False)
    return found


def names(events: pa.Table, column: str = "event_id") -> pa.Array:
    """One text per event that is unique over all sources.

    Args:
        events: with columns source and `column`.
        column: event_id for the events themselves, ref for those they speak of.
    """
    return pc.binary_join_element_wise(flat(events["source"]), flat(events[column]), "\x1f")


def _said_of(events: pa.Table, corrections: pa.Table) -> tuple[Bools, Int64s]:
    """Per event: whether it is retracted, and the row of the correction that holds (-1 = none)."""
    about = names(corrections, "ref")
    spoken_of = pc.unique(about)
    # few events are spoken of: names are made only for those that may be
    maybe = np.flatnonzero(pc.is_in(flat(events["event_id"]), value_set=pc.unique(flat(corrections["ref"]))))
    place = pc.index_in(names(events.select(_NAME).take(pa.array(maybe))), value_set=spoken_of)
    meant = place.is_valid().to_numpy(zero_copy_only=False)
    target = pc.index_in(about, value_set=spoken_of).to_numpy()
    is_retraction = equals(corrections["kind"], _RETRACTED)
    gone = np.zeros(len(spoken_of), dtype=np.bool_)
    gone[target[is_retraction]] = True
    latest = np.full(len(spoken_of), -1, dtype=np.int64)
    rows = pc.sort_indices(corrections, [("occurred_at", "ascending"), ("event_id", "ascending")]).to_numpy()
    rows = rows[~is_retraction[rows]]
    latest[target[rows]] = rows
    retracted, correction = np.zeros(len(events), dtype=np.bool_), np.full(len(events), -1, dtype=np.int64)
    found = place.drop_null().to_numpy()
    retracted[maybe[meant]], correction[maybe[meant]] = gone[found], latest[found]
    return retracted, correction


def _corrected(events: pa.Table, corrections: pa.Table, correction: Int64s) -> pa.Table:
    index = pa.array(correction, mask=correction < 0)
    for name in (name for name in PAYLOAD if name in events.column_names):
        said = flat(corrections[name]).take(index)
        if said.null_count == len(said):
            continue
        replaced = pc.coalesce(said, flat(events[name]))
        events = events.set_column(events.column_names.index(name), events.schema.field(name), replaced)
    return events
