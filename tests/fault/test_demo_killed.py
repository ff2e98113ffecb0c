"""The demo's engine is killed while three of its sources come over their own transports; every event counts once."""

from __future__ import annotations

import itertools
import json
import signal
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.sources.simulator import Parameters, Simulation, load_story
from ingest.sources.simulator.transport import TRANSPORTS
from tests.helpers.house import CONFIG, House, run_json
from tests.helpers.store import open_store
from warehouse.clock import SettableClock
from warehouse.config import load_config
from warehouse.errors import CMError
from warehouse.flight_client import FlightClient
from warehouse.reference import load_reference

SMALL = {"demo.cases": 500, "demo.history_days": 7}
TOLD = ("source", "event_id", "kind", "metric", "asset", "value", "ref")
Rows = list[dict[str, Any]]
pytestmark = pytest.mark.slow


def _asked(built: House, query: str) -> Rows:
    try:
        with closing(FlightClient("127.0.0.1", built.engine_port, built.data)) as client:
            (answer,) = client.action("query", {"name": query, "params": {}})
            return list(answer["rows"])
    except CMError:
        return []


def _reached(positions: Rows) -> dict[str, int]:
    """Up to which arrival everything of a transported source is stored, microseconds since the epoch."""
    found: dict[str, int] = {}
    for row in positions:
        source, position = row["source"], json.loads(row["position"])
        if source == "ambulance108" and not row["partition"]:
            found[source] = position["until_us"] - 1
        elif source == "ksrtc" and row["partition"] == "poll" and position["since"]:
            found[source] = position["since"]
        elif source == "hospitals" and row["partition"] and position["done"]:
            at = datetime.strptime(position["file"], "%Y%m%dT%H%M%S.%fZ.csv").replace(tzinfo=UTC)
            found[source] = max(found.get(source, 0), round(at.timestamp() * 1e6))
    return found


def _wait(built: House, after_us: int, sources: set[str]) -> dict[str, int]:
    """Until something that arrived after an instant is stored of some sources."""
    until = time.monotonic() + 150
    while True:
        reached = _reached(_asked(built, "source_positions"))
        if all(reached.get(source, 0) > after_us for source in sources):
            return reached
        assert time.monotonic() < until, f"{reached}\n{(built.data / 'engine.log').read_text()[-4000:]}"
        time.sleep(0.2)


def _straight(run: dict[str, Any], until_us: int) -> Rows:
    """What the simulation gives by itself of the transported sources."""
    config = load_config(CONFIG, SMALL)
    names = [name for name in Parameters.__dataclass_fields__ if hasattr(config.demo, name)]
    parameters = Parameters(**{name: getattr(config.demo, name) for name in names}, batch_rows=50_000)
    clock = SettableClock(datetime.fromtimestamp(run["began_s"], UTC))
    given = Simulation(load_reference(config.state.reference), load_story("KL"), parameters, clock)
    clock.at = datetime.fromtimestamp(until_us / 1e6 + 1, UTC)
    feeds = [feed for feed in given.feeds if feed.name in TRANSPORTS]
    batches = itertools.chain.from_iterable(iter(feed.next_batch, None) for feed in feeds)
    return list(itertools.chain.from_iterable(batch.events.to_pylist() for batch in batches))


def _told(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*(row[name] for name in TOLD), row["occurred_at"].replace(microsecond=0))


@pytest.mark.timeout(500)
def test_the_demo_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    built = House(tmp_path, SMALL, ("engine", "--simulate"))
    try:
        built.start_engine(150)
        began_us = _wait(built, 0, {*TRANSPORTS})["ksrtc"]
        for after_s in (0.0, 2.3):
            time.sleep(after_s)  # anywhere in sending, dropping, polling and committing
            built.stop_engine(signal.SIGKILL)
            built.start_engine(150)
        _wait(built, began_us, {*TRANSPORTS})
        built.stop_engine()
    finally:
        built.close()
    report = run_json("verify", data=tmp_path, settings=built.all_settings())
    assert report["different"] == 0
    assert report["compared"] > 0
    with open_store(tmp_path) as store:
        positions, counts = store.ask("source_positions"), store.ask("source_counts")
        reasons = {row["reason"] for row in store.ask("rejected_summary")}
        with store.database.cursor() as cursor:
            stored = cursor.sql("select * from event").to_arrow_table().to_pylist()
    reached = _reached(positions)
    (run,) = [json.loads(row["position"]) for row in positions if (row["source"], row["partition"]) == ("ksrtc", "")]
    wanted = [
        row
        for row in _straight(run, max(reached.values()))
        if row["received_at"].timestamp() * 1e6 <= reached[row["source"]]
    ]
    rows = [_told(row) for row in stored if row["source"] in TRANSPORTS]
    assert len(rows) == len(set(rows))
    assert {_told(row) for row in wanted} - set(rows) == set()
    live = {row["source"] for row in wanted if row["occurred_at"].timestamp() > run["began_s"]}
    assert live == TRANSPORTS.keys()
    assert "conflict" not in reasons
    for row in counts:
        assert row["received"] == row["accepted"] + row["rejected"] + row["duplicates"]
