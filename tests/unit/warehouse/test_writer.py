from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import warehouse.key
from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import CLOCK_AT
from warehouse.batch import (
    CASE_SCHEMA,
    CELL_SCHEMA,
    GAUGE_SCHEMA,
    Batch,
    BatchListener,
    CaseReader,
    Change,
    CommitResult,
    SilentListener,
)
from warehouse.errors import InternalError, StorageBrokenError
from warehouse.event import EVENT_SCHEMA, REJECTED_SCHEMA
from warehouse.position import forget

SILENT = SilentListener()


def opened(event_id: str, case_id: str = "C1", *, digest: int = 1, minutes: int = 0, **fields: Any) -> dict[str, Any]:
    at = CLOCK_AT + timedelta(minutes=minutes)
    return event(event_id, fields.pop("source", "ksmart"), "case.opened", at, case_id=case_id, digest=digest, **fields)


def refusals(*ids: str) -> pa.Table:
    rows = [
        {"rejected_id": one, "source": "ksmart", "received_at": CLOCK_AT, "reason": "missing", "field": "area",
         "detail": "empty", "raw": "{}", "origin": "f.csv row 1"}
        for one in ids
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=REJECTED_SCHEMA)


def case_row(case_id: str, **fields: Any) -> dict[str, Any]:
    plain = dict.fromkeys(CASE_SCHEMA.names)
    given = {"case_id": case_id, "source": "ksmart", "status": "open", "due_stated": False, "paused_s": 0}
    return plain | given | {"reopened": 0, "last_event_at": CLOCK_AT} | fields


class Counting:
    """A listener that keeps one case row per case, with the number of its events in paused_s, and one gauge."""

    def __init__(self) -> None:
        self.applied: list[Change] = []
        self.saw: list[pa.Table] = []

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        ids = events["case_id"].combine_chunks()
        before = reader.cases(ids)
        self.saw.append(reader.events_of_cases(ids))
        counts = {one["case_id"]: one["paused_s"] for one in before.to_pylist()}
        for one in ids.to_pylist():
            counts[one] = counts.get(one, 0) + 1
        after = pa.Table.from_pylist([case_row(one, paused_s=n) for one, n in counts.items()], schema=CASE_SCHEMA)
        asset = pa.table({"metric": ["beds"], "asset": ["H1"]})
        last = {"metric": "beds", "asset": "H1", "area": "T", "read_at": CLOCK_AT, "event_id": "e", "value": 1.0}
        cell = dict.fromkeys(CELL_SCHEMA.names, 1) | {"span_kind": "d", "span_start": CLOCK_AT.date()}
        cell |= {"subject": "file", "area": "T"}
        plain = Change.nothing(events)
        return Change(
            events, before, after, reader.gauges(asset), pa.Table.from_pylist([last], schema=GAUGE_SCHEMA),
            pa.Table.from_pylist([cell], schema=CELL_SCHEMA), plain.cell_days, plain.cell_bins, plain.cell_metrics,
            plain.cell_metric_days,
        )  # fmt: skip

    def apply(self, change: Change) -> None:
        self.applied.append(change)


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path) as built:
        yield built


def commit(store: Store, *events: dict[str, Any], listener: BatchListener = SILENT, **how: Any) -> CommitResult:
    return store.writer.commit(batch(table(events), **how), listener)


def test_what_is_committed_stands_in_the_tables(store: Store) -> None:
    told = [opened("a", area="T-a", amount=5, rating=3, value=0.5), opened("b", minutes=5)]
    result = commit(store, *told, position='{"row": 2}', rejected=refusals("r1", "r2"))
    assert result == CommitResult(received=4, accepted=2, rejected=2, duplicates=0, events=2)
    with store.database.cursor() as cursor:
        stored = cursor.sql(
            "select * exclude (event_key, case_key, asset_key, ref_key) from event order by event_id"
        ).to_arrow_table()
    assert stored.cast(EVENT_SCHEMA) == table(told)
    assert store.count("rejected") == 2
    (position,) = store.ask("source_positions")
    assert position["position"] == '{"row": 2}'
    (count,) = store.ask("source_counts")
    assert count == {
        "source": "ksmart", "received": 4, "accepted": 2, "rejected": 2, "duplicates": 0, "events": 2,
        "last_event_at": CLOCK_AT + timedelta(minutes=5), "last_heard_at": CLOCK_AT,
    }  # fmt: skip


def test_the_same_batch_again_accepts_nothing(store: Store, tmp_path: Path) -> None:
    same = batch(table([opened("a"), opened("b", "C2")]), rejected=refusals("r1"))
    store.writer.commit(same, SILENT)
    again = store.writer.commit(same, SILENT)
    assert again == CommitResult(received=3, accepted=0, rejected=0, duplicates=3, events=0)
    assert (store.count("event"), store.count("rejected")) == (2, 1)
    (count,) = store.ask("source_counts")
    assert (count["received"], count["accepted"], count["rejected"], count["duplicates"]) == (6, 2, 1, 3)


def test_what_was_known_is_known_after_opening_again(tmp_path: Path) -> None:
    for accepted in (1, 0):
        with open_store(tmp_path) as store:
            assert commit(store, opened("a")).accepted == accepted


def test_an_event_id_belongs_to_its_source(store: Store) -> None:
    assert commit(store, opened("a"), opened("a", source="edesk")).events == 2
    assert commit(store, opened("a", source="relis")).events == 1


def test_other_contents_under_a_known_id_are_a_conflict(store: Store) -> None:
    commit(store, opened("a", digest=1))
    result = commit(store, opened("a", digest=2), opened("b"))
    assert result == CommitResult(received=2, accepted=1, rejected=1, duplicates=0, events=1)
    (refused,) = store.ask("rejected_list")
    assert (refused["reason"], refused["field"], refused["source"]) == ("conflict", "event_id", "ksmart")
    assert json.loads(refused["raw"])["event_id"] == "a"
    assert commit(store, opened("a", digest=2)) == CommitResult(1, 0, 0, 1, 0)  # refused before
    assert commit(store, opened("a", digest=3)) == CommitResult(1, 0, 1, 0, 0)


def test_a_conflict_refuses_its_whole_row_and_no_other(store: Store) -> None:
    commit(store, opened("a", digest=1))
    # row 0: conflict and a new event; row 1 tells that event again and counts
    result = commit(store, opened("a", digest=2), opened("n"), opened("n"), opened("m"), rows=[0, 0, 1, 2])
    assert result == CommitResult(received=3, accepted=2, rejected=1, duplicates=0, events=2)


def test_within_a_batch_the_first_row_counts(store: Store) -> None:
    events = [opened("a", digest=1), opened("a", digest=1), opened("a", digest=2), opened("b"), opened("b")]
    result = commit(store, *events, rows=[0, 1, 2, 2, 3])
    # row 2 is in conflict as a whole, so row 3 is the first to tell of b
    assert result == CommitResult(received=4, accepted=2, rejected=1, duplicates=1, events=2)


def test_a_row_is_new_while_any_of_its_events_is(store: Store) -> None:
    commit(store, opened("a"))
    assert commit(store, opened("a"), opened("b"), rows=[0, 0]) == CommitResult(1, 1, 0, 0, 1)
    assert commit(store, opened("a"), opened("b"), rows=[0, 0]) == CommitResult(1, 0, 0, 1, 0)


def test_rows_are_judged_in_their_order_however_they_lie(store: Store) -> None:
    result = commit(store, opened("a", digest=2), opened("a", digest=1), rows=[5, 1])
    assert result == CommitResult(2, 1, 1, 0, 1)
    with store.database.cursor() as cursor:
        assert cursor.execute("select digest from event").fetchall() == [(1,)]


def test_refused_rows_that_are_alike_are_kept_once(store: Store) -> None:
    assert commit(store, rejected=refusals("r", "r", "s")) == CommitResult(3, 0, 2, 1, 0)


def test_events_that_share_a_key_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text decides, not its 64-bit hash."""
    import numpy as np

    def same(texts: pa.Array) -> Any:
        return np.full(len(texts), 7, dtype=np.uint64)

    for module in ("warehouse.key", "warehouse.transaction", "warehouse.writer", "warehouse.reader"):
        monkeypatch.setattr(f"{module}.text_keys", same)
    listener = Counting()
    with open_store(tmp_path) as store:
        assert store.writer.commit(batch(table([opened("a"), opened("b", "C2", digest=2)])), listener).events == 2
        assert store.writer.commit(batch(table([opened("c", "C2", digest=3)])), listener).events == 1
        assert store.writer.commit(batch(table([opened("c", "C2", digest=3)])), listener).duplicates == 1
        assert store.writer.commit(batch(table([opened("a", digest=9)])), listener).rejected == 1
        with store.database.cursor() as cursor:
            assert cursor.execute('select case_id, paused_s from "case" order by 1').fetchall() == [
                ("C1", 1),
                ("C2", 2),
            ]
        assert [one["event_id"] for one in store.ask("case_events", case_id="C2")] == ["b", "c"]
    assert warehouse.key.text_keys is same


def test_the_listener_sees_the_new_events_and_its_rows_replace_the_old(store: Store) -> None:
    listener = Counting()
    for number in range(3):
        store.writer.commit(batch(table([opened(f"e{number}"), opened(f"f{number}", f"D{number}")])), listener)
    assert [seen.num_rows for seen in listener.saw] == [2, 3, 4]
    assert store.ask("case", case_id="C1")[0]["paused_s"] == 3
    assert store.count("case") == 4
    assert store.count("gauge") == 1
    assert store.count("cell") == 3
    assert [change.cases_before.num_rows for change in listener.applied] == [0, 1, 1]


def test_reads_inside_the_transaction(store: Store) -> None:
    class Asking(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            self.originals = reader.events_by_id(pa.table({"source": events["source"], "ref": events["ref"]}))
            self.corrections = reader.corrections_of(events)
            keys = pa.table({"metric": ["beds", "beds"], "asset": ["H1", "T-a"]})
            self.readings = reader.events_of_assets(keys)
            self.empty = [
                reader.cases(pa.array([], pa.string())), reader.events_of_cases(pa.array([None], pa.string())),
                reader.gauges(keys.slice(0, 0)), reader.events_of_assets(keys.slice(0, 0)),
            ]  # fmt: skip
            return super().prepare(events, reader)

    listener = Asking()
    late = event("late", "ksmart", "case.moved", CLOCK_AT, case_id="C1", digest=1)
    told = [
        opened("a"),
        event("x", "ksmart", "event.corrected", CLOCK_AT, ref="a", digest=2),
        event("y", "ksmart", "event.retracted", CLOCK_AT, ref="late", digest=3),
        event("z", "edesk", "event.retracted", CLOCK_AT, ref="late", digest=4),
        event("m", "ksmart", "reading.taken", CLOCK_AT, metric="beds", asset="H1", area="T-a", value=1.0, digest=5),
        event("n", "ksmart", "reading.taken", CLOCK_AT, metric="beds", area="T-a", value=2.0, digest=6),
        event("o", "ksmart", "reading.taken", CLOCK_AT, metric="power", asset="H1", value=2.0, digest=7),
    ]
    store.writer.commit(batch(table(told)), listener)
    assert listener.originals["event_id"].to_pylist() == ["a"]
    assert listener.corrections["event_id"].to_pylist() == ["x"]
    assert sorted(listener.readings["event_id"].to_pylist()) == ["m", "n"]
    store.writer.commit(batch(table([late])), listener)
    assert listener.corrections["event_id"].to_pylist() == ["y"]
    assert listener.corrections.schema.equals(EVENT_SCHEMA)
    assert [one.num_rows for one in listener.empty] == [0, 0, 0, 0]


def test_nothing_is_written_when_the_listener_fails(store: Store) -> None:
    class Failing(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            raise KeyError("bug")

    told = batch(table([opened("a")]), rejected=refusals("r"), position="1")
    with pytest.raises(KeyError):
        store.writer.commit(told, Failing())
    assert [store.count(name) for name in ("event", "rejected", "source_ledger")] == [0, 0, 0]
    assert store.writer.commit(told, SILENT).accepted == 1


@pytest.mark.parametrize("rows", [1, 130_000], ids=["few", "more than a row group"])
def test_events_keep_their_numbers_when_a_commit_is_rolled_back(store: Store, rows: int) -> None:
    class Failing(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            raise KeyError("bug")

    class Asking(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            self.found = reader.events_of_cases(pa.array(["C1"]))["event_id"].to_pylist()
            return super().prepare(events, reader)

    commit(store, event("a", "ksmart", "case.moved", CLOCK_AT, case_id="C1"))
    one = table([event("lost", "ksmart", "case.moved", CLOCK_AT, case_id="C2")])
    ids = pa.array([f"lost{number}" for number in range(rows)])
    lost = pa.concat_tables([one] * rows).combine_chunks().set_column(0, one.schema.field(0), ids)
    with pytest.raises(KeyError):
        store.writer.commit(batch(lost), Failing())
    asking = Asking()
    commit(store, event("b", "ksmart", "case.moved", CLOCK_AT, case_id="C1"), listener=asking)
    commit(store, event("c", "ksmart", "case.moved", CLOCK_AT, case_id="C3"), listener=asking)
    assert sorted(asking.found) == ["a", "b"]


def test_other_rows_under_the_numbers_of_events_end_the_writer(store: Store) -> None:
    for name in ("a", "b"):
        commit(store, event(name, "ksmart", "case.moved", CLOCK_AT, case_id="C1"))
    store.writer.known.events._rest.late[1] += 1

    class Asking(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            reader.events_of_cases(events["case_id"].combine_chunks())
            return super().prepare(events, reader)

    with pytest.raises(StorageBrokenError, match="other rows stand under the numbers"):
        commit(store, event("c", "ksmart", "case.moved", CLOCK_AT, case_id="C1"), listener=Asking())
    assert store.writer.broken is not None


def test_rows_to_be_replaced_must_be_those_that_are_stored(store: Store) -> None:
    class Wrong(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            ghost = pa.Table.from_pylist([case_row("ghost")], schema=CASE_SCHEMA)
            return dataclasses.replace(Change.nothing(events), cases_before=ghost)

    with pytest.raises(InternalError, match="1 cases were to be replaced, 0"):
        commit(store, opened("a"), listener=Wrong())
    assert store.count("event") == 0


def test_last_readings_to_be_replaced_must_be_those_that_are_stored(store: Store) -> None:
    row = {"metric": "beds", "asset": "H1", "area": "T-a", "read_at": CLOCK_AT, "event_id": "a", "value": 1.0}
    ghost = pa.Table.from_pylist([row], schema=GAUGE_SCHEMA)

    class Wrong(SilentListener):
        def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
            return dataclasses.replace(Change.nothing(events), gauges_before=ghost)

    with pytest.raises(InternalError, match="1 last readings were to be replaced, 0"):
        commit(store, opened("a"), listener=Wrong())
    assert store.count("event") == 0


def test_a_board_that_fails_after_the_commit_ends_the_writer(store: Store) -> None:
    class Late(SilentListener):
        def apply(self, change: Change) -> None:
            raise KeyError("bug")

    with pytest.raises(StorageBrokenError, match="no longer equals"):
        commit(store, opened("a"), listener=Late())
    assert store.count("event") == 1
    with pytest.raises(StorageBrokenError):
        commit(store, opened("b"))
    assert store.writer.broken is not None


def test_a_fatal_error_of_duckdb_ends_the_writer(store: Store) -> None:
    def fatal(connection: duckdb.DuckDBPyConnection) -> None:
        raise duckdb.FatalException("No space left on device")

    with pytest.raises(StorageBrokenError, match="No space left"):
        store.writer.run(fatal)
    with pytest.raises(StorageBrokenError, match="nothing more can be written"):
        store.writer.run(lambda connection: None)


def test_a_task_that_fails_is_rolled_back_and_its_exception_travels(store: Store) -> None:
    def half(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("insert into setting values ('a', 'b')")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.writer.run(half)
    with pytest.raises(InternalError):
        store.writer.run(lambda connection: connection.execute("select nowhere"))
    assert store.count("setting") == 0
    assert store.writer.run(lambda connection: 7) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"received": 5},
        {"events": EVENT_SCHEMA.empty_table()},
        {"rejected": refusals("r").drop_columns(["raw"])},
    ],
)
def test_a_batch_that_does_not_add_up_is_our_own_bug(store: Store, wrong: dict[str, Any]) -> None:
    plain = {"source": "s", "events": batch(table([opened("a")])).events, "rejected": refusals(), "received": 1}
    with pytest.raises(InternalError, match="source s"):
        store.writer.commit(Batch(**(plain | wrong)), SILENT)


def test_an_empty_batch_moves_the_position_and_says_that_the_source_was_heard(store: Store) -> None:
    commit(store, position="1")
    store.clock.advance(timedelta(minutes=3))
    assert commit(store, position="2") == CommitResult(0, 0, 0, 0, 0)
    assert store.ask("source_positions")[0]["position"] == "2"
    assert store.ask("source_counts")[0]["last_heard_at"] == CLOCK_AT + timedelta(minutes=3)
    assert store.ask("source_counts")[0]["last_event_at"] is None
    commit(store)
    assert store.ask("source_positions")[0]["position"] == "2"


def test_a_batch_from_several_parts_moves_the_position_of_each_and_says_where_a_contradiction_came_from(
    store: Store,
) -> None:
    commit(store, opened("a"), position="1")
    told = batch(table([opened("b"), opened("a", digest=2)]))
    parts = {"t/0": '{"offset": 7}', "t/1": '{"offset": 3}'}
    store.writer.commit(dataclasses.replace(told, positions=parts, origin=["t/0:6", "t/1:2"].__getitem__), SILENT)
    stored = {row["partition"]: row["position"] for row in store.ask("source_positions")}
    assert stored == {"": "1", **parts}
    assert [row["origin"] for row in store.ask("rejected_list")] == ["t/1:2"]


def test_forgotten_positions_are_those_that_were_named(store: Store) -> None:
    for source in ("a", "b"):
        told = dataclasses.replace(batch(table([]), source=source), positions={"t/0": "{}", "t/1": "{}"})
        store.writer.commit(told, SILENT)
    assert forget(store.writer, "a", "t/7") == []
    assert forget(store.writer, "a", "t/1") == ["t/1"]
    assert sorted(forget(store.writer, "b")) == ["t/0", "t/1"]
    assert [(row["source"], row["partition"]) for row in store.ask("source_positions")] == [("a", "t/0")]


def test_after_closing_nothing_is_taken(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.writer.close()
        with pytest.raises(StorageBrokenError, match="closed"):
            commit(store, opened("a"))
