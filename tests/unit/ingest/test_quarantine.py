"""Rows in quarantine get a second try when their mapping was mended."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest import quarantine
from ingest.cloudevent import cloudevent_mapping, decode_payload
from ingest.quarantine import Replayed, replay
from ingest.rule import Mapping
from ingest.sources.files import FileSource
from tests.helpers.rows import CASES, NOW, PSEUDONYMS, READINGS, VOCABULARY, file_source, mapping, write
from tests.helpers.store import Store, open_store
from warehouse.batch import Batch, SilentListener
from warehouse.clock import SettableClock
from warehouse.quarantine import Discarded, discard, waiting
from warehouse.writer import MOMENTS

ROWS = """id,opened,closed,due,result
1,2026-04-01,2026-04-02,,fine
2,01/04/2026,,,
3,,,,
4,2026-04-01
5,2026-04-05,,,
"""
MENDED = CASES.replace("{ok =", '{fine = "approved", ok =')


def load(store: Store, folder: Path, made: Mapping) -> None:
    source = file_source(write(folder, "a.csv", ROWS), made)
    batch = source.next_batch()
    assert batch is not None
    store.writer.commit(batch, SilentListener())
    source.close()


def again(store: Store, made: Mapping) -> list[Replayed]:
    return list(replay(store.writer, store.reader, SilentListener(), lambda _: made, SettableClock(NOW)))


def counts(store: Store) -> tuple[int, int, int, int]:
    row = store.ask("source_counts")[0]
    assert row["received"] == row["accepted"] + row["rejected"] + row["duplicates"]
    return row["received"], row["accepted"], row["rejected"], row["duplicates"]


def test_rows_that_a_mended_mapping_takes_leave_quarantine(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        assert counts(store) == (5, 1, 4, 0)
        assert again(store, mapping(MENDED)) == [Replayed("test", tried=3, accepted=1, refused=2, final=1, events=2)]
        assert counts(store) == (5, 2, 3, 0)
        assert {row["reason"] for row in store.ask("rejected_list")} == {"bad_time", "no_event", "bad_row"}
        assert again(store, mapping('formats = ["iso", "%d/%m/%Y"]\n' + MENDED))[0].accepted == 1
        assert counts(store) == (5, 3, 2, 0)


def test_a_second_replay_changes_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        again(store, mapping(MENDED))
        before = counts(store), store.count("event"), store.count("rejected")
        assert again(store, mapping(MENDED))[0].accepted == 0
        assert (counts(store), store.count("event"), store.count("rejected")) == before


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_replay_that_ends_at_any_moment_leaves_rows_counted_once(tmp_path: Path, moment: str) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))

    def end(reached: str) -> None:
        if reached == moment:
            raise RuntimeError(moment)

    with open_store(tmp_path, end) as store, suppress(RuntimeError):
        again(store, mapping(MENDED))
    with open_store(tmp_path) as store:
        done = store.count("event") > 1
        assert (done, counts(store)) in {(False, (5, 1, 4, 0)), (True, (5, 2, 3, 0))}
        again(store, mapping(MENDED))
        assert (counts(store), store.count("event"), store.count("rejected")) == ((5, 2, 3, 0), 3, 3)


def test_a_replay_is_not_heard_from_the_source(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        heard = store.ask("source_counts")[0]["last_heard_at"]
        store.clock.advance(timedelta(hours=3))
        assert again(store, mapping(MENDED))[0].accepted == 1
        assert store.ask("source_counts")[0]["last_heard_at"] == heard


def test_a_replay_in_parts_does_what_one_at_once_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_AT_ONCE", 1)
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        assert [part.num_rows for part in waiting(store.writer, "test", 3)] == [3, 1]
        assert again(store, mapping(MENDED)) == [Replayed("test", tried=3, accepted=1, refused=2, final=1, events=2)]
        assert counts(store) == (5, 2, 3, 0)


def test_rows_are_discarded_by_reason_and_age_and_counted_no_more(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        heard = store.ask("source_counts")[0]["last_heard_at"]
        received = store.ask("rejected_list")[0]["received_at"]
        assert discard(store.writer, "other") == Discarded(0, 0)
        assert discard(store.writer, "test", before=received) == Discarded(0, 0)
        assert discard(store.writer, "test", "bad_time") == Discarded(1, 0)
        assert counts(store) == (4, 1, 3, 0)
        assert discard(store.writer, "test", before=received + timedelta(seconds=1)) == Discarded(3, 0)
        assert (counts(store), store.count("rejected")) == ((1, 1, 0, 0), 0)
        assert store.ask("source_counts")[0]["last_heard_at"] == heard
        load(store, tmp_path, mapping(CASES))
        assert counts(store) == (6, 1, 4, 1), "the same rows come anew"


def test_without_a_mended_mapping_everything_stays(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        assert again(store, mapping(CASES)) == [Replayed("test", tried=3, accepted=0, refused=3, final=1, events=0)]
        assert counts(store) == (5, 1, 4, 0)


def test_the_file_loaded_again_after_a_replay_gives_duplicates_only(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        again(store, mapping(MENDED))
        load(store, tmp_path, mapping(MENDED))
        assert counts(store) == (10, 2, 3, 5)


def test_a_row_that_contradicts_what_came_meanwhile_stays(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        load(store, tmp_path, mapping(CASES))
        other = ROWS.replace("1,2026-04-01,2026-04-02,,fine", "1,2026-04-09,,,")
        source = file_source(write(tmp_path, "b.csv", other), mapping(CASES))
        batch = source.next_batch()
        assert batch is not None
        store.writer.commit(batch, SilentListener())
        source.close()
        assert again(store, mapping(MENDED))[0].accepted == 0
        reasons = [row["reason"] for row in store.ask("rejected_list")]
        assert "conflict" in reasons
        counts(store)


def test_pushed_events_are_checked_as_strictly_as_before(tmp_path: Path) -> None:
    def event(**data: object) -> dict[str, object]:
        return {
            "specversion": "1.0",
            "id": str(data["case_id"]),
            "source": "test",
            "type": "cm.case.opened",
            "time": "2026-04-01T00:00:00Z",
            "data": {"service": "birth", "area": "KL", **data},
        }

    sent = [event(case_id="a", area="KL-new"), event(case_id="b", amount="12"), {**event(case_id="c"), "source": "x"}]
    made = cloudevent_mapping("test", VOCABULARY, PSEUDONYMS)
    places = {**VOCABULARY.places, "KL-new": VOCABULARY.places["KL"]}
    from dataclasses import replace as changed

    known = cloudevent_mapping("test", changed(VOCABULARY, places=places), PSEUDONYMS)
    with open_store(tmp_path) as store:
        decoded = decode_payload(json.dumps(sent).encode(), made, NOW, "push")
        store.writer.commit(Batch("test", decoded.events, decoded.rejected, decoded.rows), SilentListener())
        assert again(store, known) == [Replayed("test", tried=2, accepted=1, refused=1, final=1, events=1)]
        assert {row["reason"] for row in store.ask("rejected_list")} == {"bad_number", "unknown_source"}


def test_a_replayed_row_counts_as_stated_when_it_came(tmp_path: Path) -> None:
    """Refused as too high in the morning, 60 at noon, replayed with a wider range in the evening: 60 holds."""
    narrow = "restates = true\n" + READINGS.replace('value = "value"', 'value = {column = "value", max = 70}')
    morning, noon = "2026-04-01,a,80\n2026-04-01,b,90\n", "2026-04-01,a,60\n"
    with open_store(tmp_path) as store:
        for hours, content in enumerate((morning, noon)):
            clock = SettableClock(NOW + timedelta(hours=hours))
            path = write(tmp_path, f"{hours}.csv", f"at,asset,value\n{content}")
            source = FileSource(path, mapping(narrow), clock)
            batch = source.next_batch()
            assert batch is not None
            store.writer.commit(batch, SilentListener())
            source.close()
        assert counts(store) == (3, 1, 2, 0)
        clock = SettableClock(NOW + timedelta(hours=9))
        made = mapping("restates = true\n" + READINGS)
        (done,) = replay(store.writer, store.reader, SilentListener(), lambda _: made, clock)
        assert (done.accepted, done.refused, done.events) == (2, 0, 1)
        found = store.ask("gauges_as_of", on=NOW + timedelta(days=1))
        assert {row["asset"]: row["value"] for row in found} == {"a": 60, "b": 90}


SUSPECT = READINGS + 'refuse = "event"' + READINGS.replace('"beds"', '"level_m"').replace('"value"', '"level"')
FIGURES = """at,asset,value,level
2026-04-01,H,5,1
2026-04-02,H,101,2
2026-04-03,H,102,3
2026-04-04,H,103,
"""


def take_figures(store: Store, folder: Path, made: Mapping, content: str = FIGURES) -> None:
    source = file_source(write(folder, "figures.csv", content), made)
    batch = source.next_batch()
    assert batch is not None
    store.writer.commit(batch, SilentListener())
    source.close()


def test_a_row_of_which_one_figure_is_refused_counts_as_accepted_once(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        take_figures(store, tmp_path, mapping(SUSPECT))
        assert counts(store) == (4, 3, 1, 0)
        assert (store.count("event"), store.count("rejected")) == (4, 3)
        take_figures(store, tmp_path, mapping(SUSPECT))
        assert counts(store) == (8, 3, 1, 4)
        assert (store.count("event"), store.count("rejected")) == (4, 3)


def test_a_figure_that_a_mended_mapping_takes_leaves_quarantine_and_its_row_stays_counted_once(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        take_figures(store, tmp_path, mapping(SUSPECT))
        assert again(store, mapping(SUSPECT)) == [Replayed("test", tried=3, accepted=0, refused=3, final=0, events=0)]
        assert counts(store) == (4, 3, 1, 0)
        mended = SUSPECT.replace('value = "value"', 'value = {column = "value", map = {"102" = 10, "103" = 10}}')
        assert again(store, mapping(mended)) == [Replayed("test", tried=3, accepted=2, refused=1, final=0, events=2)]
        assert counts(store) == (4, 4, 0, 0), "one row had nothing else, the other was counted before"
        assert (store.count("event"), store.count("rejected")) == (6, 1)
        assert again(store, mapping(mended))[0].accepted == 0
        take_figures(store, tmp_path, mapping(mended))
        assert counts(store) == (8, 4, 0, 4)


def test_a_row_that_is_mended_in_part_leaves_its_bad_figure_behind(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        take_figures(store, tmp_path, mapping(SUSPECT), "at,asset,value,level\n2026-04-01,H,101,deep\n")
        assert counts(store) == (1, 0, 1, 0)
        mended = SUSPECT.replace('value = "level"', 'value = {column = "level", map = {deep = 9}}')
        assert again(store, mapping(mended)) == [Replayed("test", tried=1, accepted=1, refused=0, final=0, events=1)]
        assert counts(store) == (1, 1, 0, 0)
        (left,) = store.ask("rejected_list")
        assert (left["reason"], left["raw"]) == ("out_of_range", '{"at":"2026-04-01","asset":"H","value":"101"}')
        nobody = mended.replace('refuse = "event"', 'refuse = "event"\nname = "renamed"')
        assert again(store, mapping(nobody))[0].refused == 1, "its entry has another name now"


def test_a_number_of_twenty_digits_keeps_them_through_quarantine(tmp_path: Path) -> None:
    numbers = [20240401000000000001, 20240401000000000002]
    lines = "".join(json.dumps({"id": number, "opened": "2026-04-01", "due": [1]}) + "\n" for number in numbers)
    with open_store(tmp_path) as store:
        source = file_source(write(tmp_path, "a.jsonl", lines), mapping(CASES))
        batch = source.next_batch()
        assert batch is not None
        store.writer.commit(batch, SilentListener())
        source.close()
        assert counts(store) == (2, 0, 2, 0)
        assert again(store, mapping(CASES.replace('due_at = "due"', "")))[0].accepted == 2
        with store.database.cursor() as cursor:
            stored = cursor.execute("select case_id from event order by 1").fetchall()
        assert [case_id for (case_id,) in stored] == [f"t:{number}" for number in numbers]


def test_a_whole_number_among_fractions_has_the_same_name_when_it_is_tried_again(tmp_path: Path) -> None:
    days = pa.array(["2026-04-01", "01/04/2026", None])
    columns = {**dict.fromkeys(("closed", "due", "result"), pa.nulls(3, pa.string())), "opened": days}
    pq.write_table(pa.table({"id": [230412345678.0, 230412345679.0, None], **columns}), tmp_path / "a.parquet")
    with open_store(tmp_path) as store:
        source = file_source(tmp_path / "a.parquet", mapping(CASES))
        batch = source.next_batch()
        assert batch is not None
        store.writer.commit(batch, SilentListener())
        source.close()
        assert again(store, mapping('formats = ["iso", "%d/%m/%Y"]\n' + CASES))[0].accepted == 1
        with store.database.cursor() as cursor:
            stored = cursor.execute("select case_id from event order by 1").fetchall()
        assert [case_id for (case_id,) in stored] == ["t:230412345678", "t:230412345679"]
