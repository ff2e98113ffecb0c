"""Reads of the batch listener inside the running write transaction.

Who may import it: warehouse/writer.py. Look-ups go in two steps – scan eight bytes a row for candidates, then read only
those rows – and compare the texts at the end, because two texts may share a key.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batch import CASE_SCHEMA, GAUGE_SCHEMA
from warehouse.event import CHANGE_KINDS, EVENT_SCHEMA
from warehouse.key import event_keys, text_keys
from warehouse.statements import Statements

_CASES: Final = """
    select rowid, * exclude (case_key) from "case"
    where rowid in (select rowid from "case" where case_key in (select key from given))"""
_EVENTS_OF_CASES: Final = """
    select * exclude (event_key, case_key) from event
    where rowid in (select rowid from event where case_key in (select key from given))"""
_EVENTS_BY_KEY: Final = """
    select * exclude (event_key, case_key) from event
    where rowid in (select rowid from event where event_key in (select key from given))"""
_CORRECTION_IDS: Final = """
    select source, event_id from correction where (source, ref) in (select (source, event_id) from given)"""
_GAUGES: Final = """
    select metric, asset, area, read_at, event_id, "value" from gauge
    where (metric, asset) in (select (metric, asset) from given)"""
_EVENTS_OF_ASSETS: Final = """
    select * exclude (event_key, case_key) from event
    where rowid in (
        select e.rowid from event e
        semi join given w on e.metric = w.metric and coalesce(e.asset, e.area) = w.asset)"""


def events_of_names(statements: Statements, names: pa.Table) -> pa.Table:
    """Stored events by their names.

    Args:
        statements: of the write connection.
        names: columns source and event_id; repeats are allowed.

    Returns:
        Shape: EVENT_SCHEMA.
    """
    if names.num_rows == 0:
        return EVENT_SCHEMA.empty_table()
    keys = pa.table({"key": event_keys(names["source"], names["event_id"])})
    found = statements.rows(_EVENTS_BY_KEY, keys).cast(EVENT_SCHEMA)
    named = found.join(names.select(["source", "event_id"]), ["source", "event_id"], join_type="left semi")
    return named.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA)  # a join forgets which columns are never null


class TransactionReader:
    """The CaseReader of one transaction (see warehouse/batch.py)."""

    def __init__(self, statements: Statements) -> None:
        """Args: statements: of the write connection, inside a transaction."""
        self._statements = statements
        self._places: list[pa.Table] = []

    def cases(self, case_ids: pa.Array) -> pa.Table:
        """Stored case rows. Shape: CASE_SCHEMA, any order."""
        found = self._by_case(_CASES, case_ids)
        if found is None:
            return CASE_SCHEMA.empty_table()
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
        found = self._by_case(_EVENTS_OF_CASES, case_ids)
        return EVENT_SCHEMA.empty_table() if found is None else found.cast(EVENT_SCHEMA)

    def _by_case(self, statement: str, case_ids: pa.Array) -> pa.Table | None:
        ids = pc.drop_null(pc.unique(case_ids))
        if len(ids) == 0:
            return None
        found = self._statements.rows(statement, pa.table({"key": text_keys(ids)}))
        return found.filter(pc.is_in(found["case_id"], value_set=ids))

    def events_by_id(self, source_refs: pa.Table) -> pa.Table:
        """Originals that corrections talk of; columns source, ref. Shape: EVENT_SCHEMA, any order."""
        names = pa.table({"source": source_refs["source"], "event_id": source_refs["ref"]})
        return events_of_names(self._statements, names.filter(pc.is_valid(names["event_id"])))

    def corrections_of(self, events: pa.Table) -> pa.Table:
        """Stored corrections of these events; columns source, event_id. Shape: EVENT_SCHEMA, any order."""
        if events.num_rows == 0:
            return EVENT_SCHEMA.empty_table()
        names = self._statements.rows(_CORRECTION_IDS, events.select(["source", "event_id"]))
        found = events_of_names(self._statements, names)
        return found.filter(pc.is_in(found["kind"], value_set=pa.array(CHANGE_KINDS)))

    def gauges(self, metric_assets: pa.Table) -> pa.Table:
        """Stored last readings; columns metric, asset. Shape: GAUGE_SCHEMA, any order."""
        if metric_assets.num_rows == 0:
            return GAUGE_SCHEMA.empty_table()
        return self._statements.rows(_GAUGES, metric_assets.select(["metric", "asset"])).cast(GAUGE_SCHEMA)

    def events_of_assets(self, metric_assets: pa.Table) -> pa.Table:
        """All stored readings and expectations of assets, or areas where no asset is named. Shape: EVENT_SCHEMA."""
        if metric_assets.num_rows == 0:
            return EVENT_SCHEMA.empty_table()
        return self._statements.rows(_EVENTS_OF_ASSETS, metric_assets.select(["metric", "asset"])).cast(EVENT_SCHEMA)
