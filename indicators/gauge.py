"""Gauges: the last reading of every asset, by (occurred_at, event_id).

A reading of a place has the place itself as its asset (the door of ingest fills that in). An older reading that comes
late changes nothing here; one that is corrected or retracted makes its asset's last reading be looked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.axes import Axes
from indicators.columns import Int32s, Int64s, codes, equals, flat, instants, ordered, present
from indicators.correction import effective
from warehouse.batch import GAUGE_SCHEMA, CaseReader

_KEY: Final = ("metric", "asset")
_CANDIDATE_SCHEMA: Final = GAUGE_SCHEMA.append(pa.field("source", pa.string()))


@dataclass(frozen=True, slots=True)
class GaugeChange:
    """Gauges to be removed and those that replace them. Shape of each: GAUGE_SCHEMA."""

    before: pa.Table
    after: pa.Table


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
        fresh: new originals, reading.taken only. Shape: EVENT_SCHEMA.
        reconsidered: the same, stored before, that a new correction or retraction is about. Shape: EVENT_SCHEMA.
        corrections: everything said of `fresh`. Shape: EVENT_SCHEMA.
        reader: the warehouse.
        axes: assets and areas.
    """
    fresh, again = _keyed(fresh), _keyed(reconsidered)
    if not fresh.num_rows and not again.num_rows:
        return GaugeChange(GAUGE_SCHEMA.empty_table(), GAUGE_SCHEMA.empty_table())
    touched = _keys(pa.concat_tables([_keys(fresh), _keys(again)])).group_by(list(_KEY)).aggregate([])
    before = reader.gauges(touched).select(GAUGE_SCHEMA.names)
    candidates = pa.concat_tables([_as_gauges(effective(fresh, corrections), axes), _with_source(before)])
    keys = _Keys(touched, axes)
    is_slow = np.zeros(touched.num_rows, dtype=np.bool_)
    is_slow[keys.of(again)] = True
    is_slow[_ties(keys.of(candidates), candidates)] = True
    if is_slow.any():
        slow = touched.filter(pa.array(is_slow))
        stored = reader.events_of_assets(slow)
        stored = stored.filter(pa.array(equals(stored["kind"], "reading.taken")))
        searched = _as_gauges(effective(stored, reader.corrections_of(stored)), axes)
        candidates = candidates.filter(pa.array(~is_slow[keys.of(candidates)]))
        candidates = pa.concat_tables([candidates, searched])
    return GaugeChange(before, _last(keys.of(candidates), candidates))


def _keyed(readings: pa.Table) -> pa.Table:
    """Readings that have a key, which corrections do not change."""
    known = pc.and_(flat(readings["asset"]).is_valid(), flat(readings["metric"]).is_valid())
    return readings if pc.all(known).as_py() else readings.filter(known)


def _keys(table: pa.Table) -> pa.Table:
    return pa.table([flat(table[name]) for name in _KEY], names=list(_KEY))


class _Keys:
    """Numbers for the distinct keys of a batch."""

    def __init__(self, touched: pa.Table, axes: Axes) -> None:
        self._metrics = axes.metrics
        self._assets = pc.unique(flat(touched["asset"]))
        known = self._numbers(touched)
        self._order = np.argsort(known)
        self._sorted = known[self._order]

    def of(self, table: pa.Table) -> Int64s:
        """Row of `touched` that has the key of each row of a table."""
        return self._order[np.searchsorted(self._sorted, self._numbers(table))]

    def _numbers(self, table: pa.Table) -> Int64s:
        metric = codes(table["metric"], self._metrics, "a metric").astype(np.int64)
        return metric * len(self._assets) + codes(table["asset"], self._assets, "an asset")


def _ties(key: Int64s, candidates: pa.Table) -> Int64s:
    """Keys of which two candidates are of the same instant: the source may decide, and gauges do not keep it."""
    at = instants(candidates["read_at"])
    order = np.lexsort((at, key))
    same = (np.diff(key[order]) == 0) & (np.diff(at[order]) == 0)
    return key[order][1:][same]


def _as_gauges(events: pa.Table, axes: Axes) -> pa.Table:
    """Effective readings as rows of GAUGE_SCHEMA with their source."""
    area = area_of(events, axes)
    counts = (area >= 0) & present(events["value"])
    if not counts.all():
        events, area = events.filter(pa.array(counts)), area[counts]
    columns = [flat(events["metric"]), flat(events["asset"]), axes.areas.take(pa.array(area))]
    columns += [flat(events[name]) for name in ("occurred_at", "event_id", "value", "source")]
    return pa.table(columns, schema=_CANDIDATE_SCHEMA)


def _with_source(gauges: pa.Table) -> pa.Table:
    source = pa.array([""] * len(gauges), pa.string())
    return pa.table([*gauges.columns, source], schema=_CANDIDATE_SCHEMA)


def _last(key: Int64s, candidates: pa.Table) -> pa.Table:
    """The last candidate of every key. Shape: GAUGE_SCHEMA."""
    order = ordered((key, instants(candidates["read_at"])), candidates.select(["event_id", "source"]))
    ends = order[np.flatnonzero(np.diff(key[order], append=-1))]
    return candidates.take(pa.array(ends)).select(GAUGE_SCHEMA.names).cast(GAUGE_SCHEMA)
