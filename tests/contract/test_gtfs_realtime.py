"""A feed that the specification's own library writes becomes the readings that the page on events promises."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as gtfs
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import decode
from ingest.mapping import load_mapping
from ingest.rule import Mapping
from ingest.sources.gtfs_realtime import feed_rows
from ingest.sources.json_rows import line_splitter
from ingest.sources.poll_settings import FeedRule, read_poll
from tests.helpers.polling import Reply, polling, serving
from tests.helpers.rows import NOW, PSEUDONYMS
from tests.helpers.store import open_store
from warehouse.batch import Batch, SilentListener
from warehouse.errors import SourceGoneError
from warehouse.reference import load_reference

ROOT = Path(__file__).resolve().parents[2]
AT = int(NOW.timestamp())
RULE = FeedRule("route_id", re.compile("^([A-Z]+)-"), ("TVC", "VKB"), 300, 600, timezone="Asia/Kolkata")
#: The feed is of 11:30 there.
SCHEDULED, CANCELLED, DUPLICATED, DELETED = (
    gtfs.TripDescriptor.ScheduleRelationship.Value(name) for name in ("SCHEDULED", "CANCELED", "DUPLICATED", "DELETED")
)


def feed(*entities: dict[str, Any], at: int = AT) -> Any:
    message = gtfs.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = at
    for number, one in enumerate(entities):
        entity = message.entity.add(id=str(number))
        told = entity.vehicle if "vehicle" in one else entity.trip_update
        told.trip.trip_id, told.trip.route_id = one.get("trip", ""), one.get("route", "")
        told.trip.start_date, told.trip.start_time = one.get("date", "20261101"), one.get("time", "08:30:00")
        told.vehicle.id = one.get("vehicle", "")
        told.trip.schedule_relationship = one.get("is", SCHEDULED)
        if "again" in one:
            told.trip_properties.trip_id, told.trip_properties.start_date = one["again"], "20261101"
        if "seen_at" in one:
            told.timestamp = one["seen_at"]
        if "delay" in one:
            told.delay = one["delay"]
        for delay in one.get("delays", ()):
            told.stop_time_update.add(stop_id="s").arrival.delay = delay
        for instant in one.get("instants", ()):
            told.stop_time_update.add(stop_id="s").arrival.time = instant
    return message


def rows(*entities: dict[str, Any]) -> list[dict[str, Any]]:
    return feed_rows(feed(*entities).SerializeToString(), RULE)


def live(*entities: dict[str, Any]) -> dict[Any, Any]:
    return {one["group"]: one["vehicles"] for one in rows(*entities) if one["row"] == "group"}


def trips(*entities: dict[str, Any]) -> dict[Any, tuple[Any, ...]]:
    found = [one for one in rows(*entities) if one["row"] == "trip"]
    told = ("group", "delay_s", "run", "late", "cancelled")
    return {one["trip"]: tuple(one[name] for name in told) for one in found}


def test_vehicles_are_counted_once_per_group_while_their_position_is_fresh() -> None:
    assert live(
        {"vehicle": "KL15A1", "route": "TVC-1"},
        {"vehicle": "KL15A1", "route": "TVC-1"},
        {"vehicle": "KL15A2", "route": "TVC-2", "seen_at": AT - 600},
        {"vehicle": "KL15A3", "route": "TVC-2", "seen_at": AT - 601},
        {"vehicle": "KL15A4", "route": "12"},
    ) == {"TVC": 2, "VKB": 0, "": 1}


def test_a_trip_is_late_by_what_its_last_stop_says() -> None:
    assert trips(
        {"trip": "a", "route": "TVC-1", "delays": [900, 300]},
        {"trip": "b", "route": "TVC-1", "delays": [0, 301]},
        {"trip": "c", "route": "VKB-1", "delay": 400},
        {"trip": "d", "route": "VKB-1", "is": CANCELLED},
        {"trip": "e", "route": "VKB-1", "vehicle": "KL15A1"},
        {"trip": "b", "route": "TVC-1", "vehicle": "KL15A2"},
    ) == {
        "20261101/a/08:30:00": ("TVC", 300, 1, 0, 0),
        "20261101/b/08:30:00": ("TVC", 301, 1, 1, 0),
        "20261101/c/08:30:00": ("VKB", 400, 1, 1, 0),
        "20261101/d/08:30:00": ("VKB", "", 0, 0, 1),
        "20261101/e/08:30:00": ("VKB", "", 1, "", 0),
    }


def test_a_trip_that_only_states_absolute_times_is_neither_late_nor_on_time() -> None:
    assert trips({"trip": "a", "route": "TVC-1", "instants": [AT + 1200]}) == {
        "20261101/a/08:30:00": ("TVC", "", 1, "", 0)
    }


@pytest.mark.parametrize(
    ("date", "time", "run"),
    [
        ("20261101", "11:30:00", 1),
        ("20261101", "11:30:01", ""),
        ("20261031", "35:30:00", 1),
        ("20261031", "35:30:01", ""),
        ("20261101", "", 1),
    ],
)
def test_a_trip_runs_from_its_start_on(date: str, time: str, run: object) -> None:
    (told,) = trips({"trip": "a", "route": "TVC-1", "date": date, "time": time, "delay": 400}).values()
    assert told == ("TVC", 400, run, run, 0)


def test_trips_of_a_later_day_wait_until_it_begins() -> None:
    assert not trips({"trip": "a", "route": "TVC-1", "date": "20261102", "is": CANCELLED})


def test_a_trip_without_the_time_of_its_start_is_one_trip_with_the_vehicle_on_it() -> None:
    assert trips(
        {"trip": "a", "route": "TVC-1", "delay": 0},
        {"trip": "a", "route": "TVC-1", "time": "", "vehicle": "KL15A1"},
        {"trip": "b", "route": "TVC-1", "time": "", "vehicle": "KL15A2"},
    ) == {"20261101/a/08:30:00": ("TVC", 0, 1, 0, 0), "20261101/b": ("TVC", "", 1, "", 0)}


def test_a_trip_that_is_taken_out_is_neither_run_nor_cancelled_and_one_that_runs_once_more_is_another() -> None:
    assert trips(
        {"trip": "a", "route": "TVC-1", "is": DELETED},
        {"trip": "b", "route": "TVC-1", "delay": 0},
        {"trip": "b", "route": "TVC-1", "delay": 400, "is": DUPLICATED, "again": "b2"},
    ) == {
        "20261101/a/08:30:00": ("TVC", "", 0, 0, 0),
        "20261101/b/08:30:00": ("TVC", 0, 1, 0, 0),
        "20261101/b2": ("TVC", 400, 1, 1, 0),
    }


told_by = [{}, {"delay": 0}, {"delay": 300}, {"delay": 301}, {"vehicle": "KL15A1"}]
states = st.builds(
    lambda trip, told, relation: {"trip": trip, "is": relation, **told},
    st.sampled_from("ab"), st.sampled_from(told_by), st.sampled_from([SCHEDULED, CANCELLED, DELETED]),
)  # fmt: skip


@given(st.lists(st.lists(states, max_size=3), max_size=6))
def test_whatever_feeds_say_one_after_the_other_no_trip_is_late_or_cancelled_that_also_runs_otherwise(
    snapshots: list[list[dict[str, Any]]],
) -> None:
    held: dict[str, dict[str, Any]] = {}
    for minutes, entities in enumerate(snapshots, 178):  # trips start in the third minute of the first feed
        message = feed(*entities, at=AT - 180 * 60 + minutes * 60)
        for row in feed_rows(message.SerializeToString(), RULE):
            if row["row"] == "trip":
                held.setdefault(str(row["trip"]), {}).update(
                    {name: row[name] for name in ("run", "late", "cancelled") if row[name] != ""}
                )
                said = held[str(row["trip"])]
                assert said.get("late", 0) <= said.get("run", 0) <= 1 - said["cancelled"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "not a feed"),
        (feed(at=0).SerializeToString(), "of when it is"),
        (feed().SerializePartialToString()[:-3], "not a feed"),
    ],
)
def test_what_is_no_whole_feed_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(SourceGoneError, match=said):
        feed_rows(body, RULE)


def test_differences_are_refused() -> None:
    message = feed()
    message.header.incrementality = gtfs.FeedHeader.DIFFERENTIAL
    with pytest.raises(SourceGoneError, match="differences"):
        feed_rows(message.SerializeToString(), RULE)


def buses() -> tuple[Mapping, FeedRule]:
    """The example of the page."""
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    (text,) = [one for one in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[source.buses]" in one]
    table = tomllib.loads(text)["source"]["buses"]
    made = load_mapping("buses", table, load_reference(ROOT / "warehouse" / "states" / "kerala"), PSEUDONYMS)
    rule = read_poll("buses", table, made, ROOT).feed
    assert rule is not None
    return made, rule


def counted(folder: Path, *feeds: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Sums of what holds after some feeds, a quarter of an hour apart."""
    made, rule = buses()
    with open_store(folder) as store:
        for turn, entities in enumerate(feeds):
            message = feed(*entities, at=AT + turn * 900)
            lines = [json.dumps(one).encode() for one in feed_rows(message.SerializeToString(), rule)]
            chunk = line_splitter(made, "jsonl")(lines, 1, "feed")
            told = decode(chunk.table, made, NOW + timedelta(seconds=turn * 900), str)
            batch = Batch("buses", told.events, told.rejected, told.rows, restating=made.restating)
            result = store.writer.commit(batch, SilentListener())
            assert result.rejected == 0
        with store.database.cursor() as cursor:
            return dict(
                cursor.execute(
                    """
                    select split_part(first.event_id, '/', -1), sum(coalesce(last.value, first.value))
                    from event first left join (
                        select ref, arg_max(value, occurred_at) as value from event where kind = 'event.corrected'
                        group by ref
                    ) last on last.ref = first.event_id
                    where first.kind = 'reading.taken' and first.metric <> 'buses_live' group by all
                    """
                ).fetchall()
            )


A = {"trip": "a", "route": "TVC-1"}


@pytest.mark.parametrize(
    ("feeds", "sums"),
    [
        ([[A | {"delay": 400}], [A | {"delay": 400}]], {"run": 1, "late": 1, "cancelled": 0}),
        ([[A | {"delay": 400}], [A | {"delay": 0}]], {"run": 1, "late": 0, "cancelled": 0}),
        ([[A | {"delay": 0}], [A | {"delay": 400}], []], {"run": 1, "late": 1, "cancelled": 0}),
        ([[A | {"delay": 400}], [A | {"vehicle": "KL15A1"}]], {"run": 1, "late": 1, "cancelled": 0}),
        ([[A | {"delay": 400}], [A | {"is": CANCELLED}]], {"run": 0, "late": 0, "cancelled": 1}),
        ([[A | {"delay": 400}], [A | {"is": DELETED}]], {"run": 0, "late": 0, "cancelled": 0}),
        ([[A | {"is": CANCELLED}], [A | {"delay": 0}]], {"run": 1, "late": 0, "cancelled": 0}),
        ([[A | {"time": "11:40:00", "delay": 400}]], {"cancelled": 0}),
        (
            [[A | {"time": "11:40:00", "delay": 400}], [A | {"time": "11:40:00", "is": CANCELLED}]],
            {"run": 0, "late": 0, "cancelled": 1},
        ),
        (
            [[A | {"time": "11:40:00", "delay": 400}], [A | {"time": "11:40:00", "delay": 300}]],
            {"run": 1, "late": 0, "cancelled": 0},
        ),
        ([[A | {"time": "", "delay": 400}], [A | {"time": "", "delay": 0}]], {"run": 1, "late": 0, "cancelled": 0}),
        ([[A | {"instants": [AT]}]], {"run": 1, "cancelled": 0}),
        ([[A | {"instants": [AT]}], [A | {"delay": 301}]], {"run": 1, "late": 1, "cancelled": 0}),
    ],
)
def test_what_the_last_feed_says_of_a_trip_holds(
    tmp_path: Path, feeds: list[list[dict[str, Any]]], sums: dict[str, float]
) -> None:
    assert counted(tmp_path, *feeds) == sums


def test_the_example_of_the_page_counts_every_trip_once() -> None:
    made, rule = buses()
    message = feed(
        {"trip": "a", "route": "TVC-1", "delay": 400},
        {"trip": "b", "route": "VKB-1", "delay": 0},
        {"trip": "c", "route": "VKB-1", "is": CANCELLED},
        {"trip": "a", "route": "TVC-1", "vehicle": "KL15A1"},
    )
    lines = [json.dumps(one).encode() for one in feed_rows(message.SerializeToString(), rule)]
    chunk = line_splitter(made, "jsonl")(lines, 1, "feed")
    told = decode(chunk.table, made, NOW, str).events.to_pylist()
    central, vikas_bhavan = "depot-thiruvananthapuram-central", "depot-vikas-bhavan"
    assert sorted((one["metric"], one["asset"], one["value"]) for one in told) == [
        ("bus_trips_cancelled", central, 0.0),
        ("bus_trips_cancelled", vikas_bhavan, 0.0),
        ("bus_trips_cancelled", vikas_bhavan, 1.0),
        ("bus_trips_late", central, 1.0),
        ("bus_trips_late", vikas_bhavan, 0.0),
        ("bus_trips_late", vikas_bhavan, 0.0),
        ("bus_trips_run", central, 1.0),
        ("bus_trips_run", vikas_bhavan, 0.0),
        ("bus_trips_run", vikas_bhavan, 1.0),
        ("buses_live", central, 1.0),
        ("buses_live", vikas_bhavan, 0.0),
    ]
    assert len({one["event_id"] for one in told}) == len(told)


BUSES = """
[[event]]
kind = "reading.taken"
when = {column = "row", equals = "group"}
at = {column = "timestamp", formats = ["epoch_s"]}
metric = {const = "beds"}
asset = {column = "group", map = {TVC = "dam-idukki"}}
value = "vehicles"
"""


def test_a_feed_is_polled_and_the_same_one_counts_once(tmp_path: Path) -> None:
    at = [AT]
    text = 'interval_s = 10\n[feed]\ngroups = ["TVC"]\ngroup_pattern = "^([A-Z]+)-"'

    def answer(_: object) -> Reply:
        message = feed({"vehicle": "KL15A1", "route": "TVC-1"}, at=at[0])
        return Reply(message.SerializeToString(), headers={"Content-Type": "application/x-protobuf"})

    with serving(answer) as api, polling(tmp_path, api.url, f"{text}", BUSES) as polled:
        polled.until(lambda: len(api.asked) == 3, step_s=1)
        at[0] += 30
        polled.until(lambda: polled.store.count("event") == 2, step_s=1)
        (counts,) = polled.store.ask("source_counts")
        assert counts["rejected"] == 0
        assert counts["duplicates"] >= 1
