"""A warehouse in memory for tests of the board: what the writer does, on plain Arrow tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import (
    CASE_SCHEMA,
    CELL_BIN_SCHEMA,
    CELL_DAY_SCHEMA,
    CELL_METRIC_DAY_SCHEMA,
    CELL_METRIC_SCHEMA,
    CELL_SCHEMA,
    GAUGE_SCHEMA,
    BatchListener,
)
from warehouse.event import CHANGE_KINDS, EVENT_SCHEMA

CELLS = {
    "cells": CELL_SCHEMA,
    "cell_days": CELL_DAY_SCHEMA,
    "cell_bins": CELL_BIN_SCHEMA,
    "cell_metrics": CELL_METRIC_SCHEMA,
    "cell_metric_days": CELL_METRIC_DAY_SCHEMA,
}


def joined(table: pa.Table, *columns: str) -> pa.Array:
    parts = [pc.fill_null(table[name].combine_chunks(), "\x00") for name in columns]
    return pc.binary_join_element_wise(*parts, "\x1f")


@dataclass
class MemoryWarehouse:
    """Tables of one warehouse; implements CaseReader."""

    event: pa.Table = field(default_factory=EVENT_SCHEMA.empty_table)
    case: pa.Table = field(default_factory=CASE_SCHEMA.empty_table)
    gauge: pa.Table = field(default_factory=GAUGE_SCHEMA.empty_table)
    cell: dict[str, pa.Table] = field(default_factory=lambda: {name: s.empty_table() for name, s in CELLS.items()})

    def commit(self, events: pa.Table, listener: BatchListener) -> None:
        """Write new events (those known by name are dropped) and what follows from them."""
        known = pc.is_in(joined(events, "source", "event_id"), value_set=joined(self.event, "source", "event_id"))
        events = events.filter(pc.invert(known))
        if not events.num_rows:
            return
        self.event = pa.concat_tables([self.event, events])
        change = listener.prepare(events, self)
        for name, schema in CELLS.items():
            assert getattr(change, name).schema.equals(schema), name
            self.cell[name] = pa.concat_tables([self.cell[name], getattr(change, name)])
        self.case = self._replaced(self.case, change.cases_before, change.cases, ("case_id",))
        self.gauge = self._replaced(self.gauge, change.gauges_before, change.gauges, ("metric", "asset"))
        listener.apply(change)

    def _replaced(self, table: pa.Table, before: pa.Table, after: pa.Table, key: tuple[str, ...]) -> pa.Table:
        gone = pc.is_in(joined(table, *key), value_set=joined(before, *key))
        assert pc.sum(gone).as_py() in (None, before.num_rows), "rows to be replaced are not those that are stored"
        assert after.schema.equals(table.schema)
        left = pa.concat_tables([table.filter(pc.invert(gone)), after])
        assert len(pc.unique(joined(left, *key))) == left.num_rows, "a row came twice"
        return left

    def cases(self, case_ids: pa.Array) -> pa.Table:
        return self.case.filter(pc.is_in(self.case["case_id"], value_set=case_ids))

    def events_of_cases(self, case_ids: pa.Array) -> pa.Table:
        return self.event.filter(pc.is_in(self.event["case_id"], value_set=case_ids, skip_nulls=True))

    def events_by_id(self, source_refs: pa.Table) -> pa.Table:
        wanted = joined(source_refs, "source", "ref")
        return self.event.filter(pc.is_in(joined(self.event, "source", "event_id"), value_set=wanted))

    def corrections_of(self, events: pa.Table) -> pa.Table:
        changes = self.event.filter(pc.is_in(self.event["kind"], value_set=pa.array(CHANGE_KINDS)))
        return changes.filter(
            pc.is_in(joined(changes, "source", "ref"), value_set=joined(events, "source", "event_id"))
        )

    def gauges(self, metric_assets: pa.Table) -> pa.Table:
        wanted = joined(metric_assets, "metric", "asset")
        return self.gauge.filter(pc.is_in(joined(self.gauge, "metric", "asset"), value_set=wanted))

    def events_of_assets(self, metric_assets: pa.Table) -> pa.Table:
        wanted = joined(metric_assets, "metric", "asset")
        return self.event.filter(pc.is_in(joined(self.event, "metric", "asset"), value_set=wanted))
