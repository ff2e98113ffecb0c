"""Gauges: the last reading of every asset, by (occurred_at, event_id).

A reading without an asset is one of its area: the area's code stands in for the asset. An older reading that comes late
changes nothing here; one that is corrected or retracted makes its asset's last reading be looked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.axes import Axes
from indicators.columns import Int32s, codes, equals, flat, instants, ordered, present, taken
from indicators.correction import effective
from warehouse.batch import GAUGE_SCHEMA, CaseReader

_KEY: Final = ("metric", "asset")
_CANDIDATE_SCHEMA: Final = GAUGE_SCHEMA.append(pa.field("source", pa.string()))


@dataclass(frozen=True, slots=True)
class GaugeChange:
    """Gauges to be removed and those that replace them. Shape of each: GAUGE_SCHEMA."""

    before: pa.Table
    after: pa.Table


def asset_of(events: pa.Table) -> pa.Array:
    """The asset of readings, or their area's code in its place."""
    return pc.coalesce(flat(events["asset"]), flat(events["area"]))


def area_of(events: pa.Table, axes: Axes) -> Int32s:
    """Where readings and expectations count: their own area, or else that of their asset; -1 = nowhere."""
    own = codes(events["area"], axes.areas, "an area")
    if (own >= 0).all():
        return own
    asset = pc.index_in(flat(events["asset"]), value_set=axes.assets).fill_null(-1).to_numpy(zero_copy_only=False)
    of_asset = np.where(asset >= 0, axes.asset_area[asset], -1) if len(axes.asset_area) else own
    return np.where(own >= 0, own, of_asset).astype(np.int32)


def change_gauges(
    fresh: pa.Table, reconsidered: pa.Table, corrections: pa.Table, reader: CaseReader, axes: Axes
) -> GaugeChange:
    """What new events do to the last readings.

    Args:
        fresh: new originals of any kind. Shape: EVENT_SCHEMA.
        reconsidered: stored originals that a new correction or retraction is about. Shape: EVENT_SCHEMA.
        corrections: everything said of `fresh`. Shape: EVENT_SCHEMA.
        reader: the warehouse.
        axes: assets and areas.
    """
    fresh, again = _readings(fresh), _readings(reconsidered)
    if not fresh.num_rows and not again.num_rows:
        return GaugeChange(GAUGE_SCHEMA.empty_table(), GAUGE_SCHEMA.empty_table())
    touched = pa.concat_tables([_keys(fresh), _keys(again)])
    before = reader.gauges(touched).select(GAUGE_SCHEMA.names)
    candidates = _as_gauges(effective(fresh, corrections), axes)
    slow = _names(pa.concat_tables([_keys(again), _ties(candidates, before)]))
    if len(slow):
        stored = _readings(reader.events_of_assets(_distinct(touched, slow)))
        candidates = candidates.filter(pc.invert(pc.is_in(_names(candidates), value_set=slow)))
        searched = _as_gauges(effective(stored, reader.corrections_of(stored)), axes)
        searched = searched.filter(pc.is_in(_names(searched), value_set=slow))
        held = before.filter(pc.invert(pc.is_in(_names(before), value_set=slow)))
        return GaugeChange(before, _last(pa.concat_tables([candidates, searched, _with_source(held)])))
    return GaugeChange(before, _last(pa.concat_tables([candidates, _with_source(before)])))


def _readings(events: pa.Table) -> pa.Table:
    """Readings under the key by which their last one is kept, which corrections do not change."""
    found = events.filter(pa.array(equals(events["kind"], "reading.taken")))
    asset = asset_of(found)
    found = found.set_column(found.column_names.index("asset"), "asset", asset)
    return found.filter(pc.and_(asset.is_valid(), flat(found["metric"]).is_valid()))


def _keys(events: pa.Table) -> pa.Table:
    return pa.table([flat(events[name]) for name in _KEY], names=list(_KEY))


def _names(table: pa.Table) -> pa.Array:
    return pc.binary_join_element_wise(flat(table["metric"]), flat(table["asset"]), "\x1f")


def _distinct(keys: pa.Table, names: pa.Array) -> pa.Table:
    return keys.filter(pc.is_in(_names(keys), value_set=names)).group_by(list(_KEY)).aggregate([])


def _ties(candidates: pa.Table, before: pa.Table) -> pa.Table:
    """Keys with a new reading at the very instant of the stored one: the source decides, and it is not stored."""
    place = pc.index_in(_names(candidates), value_set=_names(before))
    stored = flat(before["read_at"]).take(place)
    return _keys(candidates.filter(pc.equal(flat(candidates["read_at"]), stored).fill_null(False)))


def _as_gauges(events: pa.Table, axes: Axes) -> pa.Table:
    """Effective readings as rows of GAUGE_SCHEMA with their source."""
    area = area_of(events, axes)
    counts = (area >= 0) & present(events["value"])
    kept = events.filter(pa.array(counts))
    place = taken(axes.areas, area[counts].astype(np.int64))
    columns = [kept["metric"], kept["asset"], place, kept["occurred_at"]]
    columns += [kept["event_id"], kept["value"], kept["source"]]
    return pa.table(columns, schema=_CANDIDATE_SCHEMA)


def _with_source(gauges: pa.Table) -> pa.Table:
    source = pa.array([""] * len(gauges), pa.string())
    return pa.table([*gauges.columns, source], schema=_CANDIDATE_SCHEMA)


def _last(candidates: pa.Table) -> pa.Table:
    """The last candidate of every key. Shape: GAUGE_SCHEMA."""
    key = _names(candidates).dictionary_encode().indices.to_numpy()
    order = ordered((key, instants(candidates["read_at"])), candidates.select(["event_id", "source"]))
    ends = order[np.flatnonzero(np.diff(key[order], append=-1))]
    return candidates.take(pa.array(ends)).select(GAUGE_SCHEMA.names).cast(GAUGE_SCHEMA)
