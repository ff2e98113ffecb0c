"""A feed that the specification's own library writes becomes the readings that the page on events promises."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as gtfs

from ingest.decode import decode
from ingest.mapping import load_mapping
from ingest.sources.gtfs_realtime import feed_rows
from ingest.sources.json_rows import line_splitter
from ingest.sources.poll_settings import FeedRule, read_poll
from tests.helpers.polling import Reply, polling, serving
from tests.helpers.rows import NOW, PSEUDONYMS
from warehouse.errors import SourceGoneError
from warehouse.reference import load_reference

ROOT = Path(__file__).resolve().parents[2]
AT = int(NOW.timestamp())
RULE = FeedRule("route_id", re.compile("^([A-Z]+)-"), ("TVC", "VKB"), late_after_s=300, live_within_s=600)


def feed(*entities: dict[str, Any], at: int = AT) -> Any:
    message = gtfs.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = at
    for number, one in enumerate(entities):
        entity = message.entity.add(id=str(number))
        told = entity.trip_update if "delays" in one or "delay" in one or one.get("cancelled") else entity.vehicle
        told.trip.trip_id, told.trip.route_id = one.get("trip", ""), one.get("route", "")
        told.trip.start_date, told.trip.start_time = one.get("date", "20261101"), one.get("time", "08:30:00")
        told.vehicle.id = one.get("vehicle", "")
        if one.get("cancelled"):
            told.trip.schedule_relationship = gtfs.TripDescriptor.CANCELED
        if "seen_at" in one:
            told.timestamp = one["seen_at"]
        if "delay" in one:
            told.delay = one["delay"]
        for delay in one.get("delays", ()):
            told.stop_time_update.add(stop_id="s").arrival.delay = delay
    return message


def rows(*entities: dict[str, Any]) -> list[dict[str, Any]]:
    return feed_rows(feed(*entities).SerializeToString(), RULE)


def live(*entities: dict[str, Any]) -> dict[Any, Any]:
    return {one["group"]: one["vehicles"] for one in rows(*entities) if one["row"] == "group"}


def trips(*entities: dict[str, Any]) -> dict[Any, tuple[Any, ...]]:
    found = [one for one in rows(*entities) if one["row"] == "trip"]
    return {one["trip_id"]: (one["group"], one["delay_s"], one["late"], one["cancelled"]) for one in found}


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
        {"trip": "d", "route": "VKB-1", "cancelled": True},
        {"trip": "e", "route": "VKB-1", "vehicle": "KL15A1"},
        {"trip": "b", "route": "TVC-1", "vehicle": "KL15A2"},
    ) == {
        "a": ("TVC", 300, 0, 0),
        "b": ("TVC", 301, 1, 0),
        "c": ("VKB", 400, 1, 0),
        "d": ("VKB", "", 0, 1),
        "e": ("VKB", "", 0, 0),
    }


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


def test_the_example_of_the_page_counts_every_trip_once() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    (text,) = [one for one in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[source.buses]" in one]
    table = tomllib.loads(text)["source"]["buses"]
    made = load_mapping("buses", table, load_reference(ROOT / "warehouse" / "states" / "kerala"), PSEUDONYMS)
    rule = read_poll("buses", table, made, ROOT).feed
    assert rule is not None
    message = feed(
        {"trip": "a", "route": "TVC-1", "delay": 400},
        {"trip": "b", "route": "VKB-1", "delay": 0},
        {"trip": "c", "route": "VKB-1", "cancelled": True},
        {"trip": "a", "route": "TVC-1", "vehicle": "KL15A1"},
    )
    lines = [json.dumps(one).encode() for one in feed_rows(message.SerializeToString(), rule)]
    chunk = line_splitter(made, "jsonl")(lines, 1, "feed")
    told = decode(chunk.table, made, NOW, str).events.to_pylist()
    assert {(one["metric"], one["asset"], one["value"]) for one in told} == {
        ("buses_live", "depot-thiruvananthapuram-central", 1.0),
        ("buses_live", "depot-vikas-bhavan", 0.0),
        ("bus_trips_run", "depot-thiruvananthapuram-central", 1.0),
        ("bus_trips_run", "depot-vikas-bhavan", 1.0),
        ("bus_trips_late", "depot-thiruvananthapuram-central", 1.0),
    }
    assert len({one["event_id"] for one in told}) == len(told) == 5


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
