"""Reads of the batch listener inside the running write transaction.

Who may import it: warehouse/writer.py. Events and cases are fetched by their numbers, which the indexes in
memory know; the texts are compared at the end, because two texts may share a key. Last readings are in memory whole.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import CASE_SCHEMA
from warehouse.errors import StorageBrokenError
from warehouse.event import CHANGE_KINDS, EVENT_SCHEMA
from warehouse.event_index import EventIndex
from warehouse.key import asset_keys, event_keys, text_keys
from warehouse.known import Known
from warehouse.postings import Rows
from warehouse.statements import Statements

_CASES: Final = """
    select rowid, * exclude (case_key, number) from "case" where number in (select number from given)"""
_EVENTS: Final = """
    select rowid, * exclude (case_key, asset_key, ref_key) from event where rowid in (select "row" from given)"""
_NO_EVENTS: Final = EVENT_SCHEMA.empty_table()


class TransactionReader:
    """The CaseReader of one transaction (see warehouse/batch.py)."""

    def __init__(
        self,
        statements: Statements,
        known: Known,
        index: EventIndex,
        written: pa.Table = _NO_EVENTS,
    ) -> None:
        """Before a change is prepared.

        Args:
            statements: of the write connection, inside a transaction.
            known: what was stored before it.
            index: of all stored events, those written in this transaction included.
            written: events written in this transaction. Shape: EVENT_SCHEMA.
        """
        self._statements, self._known, self._index, self._written = statements, known, index, written
        self._places: list[pa.Table] = []

    def cases(self, case_ids: pa.Array) -> pa.Table:
        """Stored case rows. Shape: CASE_SCHEMA, any order."""
        ids = pc.drop_null(pc.unique(case_ids))
        numbers = self._known.cases.numbers(text_keys(ids))
        if len(numbers) == 0:
            return CASE_SCHEMA.empty_table()
        found = self._statements.rows(_CASES, pa.table({"number": numbers}))
        found = found.filter(pc.is_in(found["case_id"], value_set=ids))
        self._places.append(found.select(["case_id", "rowid"]))
        return found.drop_columns(["rowid"]).cast(CASE_SCHEMA)

    def case_places(self, case_ids: pa.Array | pa.ChunkedArray) -> pa.Table:
        """Where cases stand that `cases` gave out; one without a place was not given out.

        Args:
            case_ids: each once.

        Shape: rowid int64, good until the end of the transaction.
        """
        if not self._places:
            return pa.table({"rowid": pa.array([], type=pa.int64())})
        given = pa.concat_tables(self._places)
        at = pc.index_in(case_ids, value_set=given["case_id"].combine_chunks())
        return given.select(["rowid"]).take(pc.drop_null(at))

    def events_of_cases(self, case_ids: pa.Array) -> pa.Table:
        """All stored events of these cases. Shape: EVENT_SCHEMA, any order."""
        ids = pc.drop_null(pc.unique(case_ids))
        found = self._events(self._index.rows_about("case_key", text_keys(ids)))
        return found.filter(pc.is_in(found["case_id"], value_set=ids))

    def events_by_id(self, source_refs: pa.Table) -> pa.Table:
        """Originals that corrections talk of; columns source, ref. Shape: EVENT_SCHEMA, any order."""
        names = pa.table({"source": source_refs["source"], "event_id": source_refs["ref"]})
        return self.events_of_names(names.filter(pc.is_valid(names["event_id"])))

    def events_of_names(self, names: pa.Table) -> pa.Table:
        """Stored events by their names; columns source, event_id. Shape: EVENT_SCHEMA, any order."""
        found = self._events(self._index.rows(event_keys(names["source"], names["event_id"])))
        return _among(found, names.select(["source", "event_id"]))

    def corrections_of(self, events: pa.Table) -> pa.Table:
        """Stored corrections of these events; columns source, event_id. Shape: EVENT_SCHEMA, any order."""
        found = self._events(self._index.rows_about("ref_key", event_keys(events["source"], events["event_id"])))
        said = found.filter(pc.is_in(found["kind"], value_set=pa.array(CHANGE_KINDS)))
        names = events.select(["source", "event_id"]).rename_columns(["source", "ref"])
        return _among(said, names)

    def gauges(self, metric_assets: pa.Table) -> pa.Table:
        """Stored last readings; columns metric, asset. Shape: GAUGE_SCHEMA, any order."""
        return self._known.readings.of(metric_assets)

    def events_of_assets(self, metric_assets: pa.Table) -> pa.Table:
        """All stored readings and expectations of assets, or areas where no asset is named. Shape: EVENT_SCHEMA."""
        keys = asset_keys(metric_assets["metric"], metric_assets["asset"])
        found = self._events(self._index.rows_about("asset_key", keys.drop_null().to_numpy()))
        named = found.append_column("of", pc.coalesce(found["asset"], found["area"]))
        return _among(named, metric_assets.select(["metric", "asset"]).rename_columns(["metric", "of"]))

    def _events(self, rows: Rows) -> pa.Table:
        """Events by their numbers, each once and in order. Shape: EVENT_SCHEMA."""
        earlier = len(self._index) - self._written.num_rows
        stored, written = rows[rows < earlier], rows[rows >= earlier] - earlier
        found = self._written.take(pa.array(written))
        if not len(stored):
            return found
        read = self._statements.rows(_EVENTS, pa.table({"row": stored.astype(np.int64)}))
        if not self._index.is_at(read["rowid"].to_numpy(), read["event_key"].to_numpy(), len(stored)):
            raise StorageBrokenError("event: other rows stand under the numbers of some events")
        return pa.concat_tables([read.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA), found])


def _among(events: pa.Table, wanted: pa.Table) -> pa.Table:
    """Events that agree with a row of `wanted` in all of its columns. Shape: EVENT_SCHEMA."""
    if not events.num_rows:
        return EVENT_SCHEMA.empty_table()
    found = events.join(wanted, wanted.column_names, join_type="left semi")
    return found.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA)  # a join forgets which columns are never null
