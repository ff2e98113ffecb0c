"""What comes from the simulated state by HTTP, by files and by polling is what the simulation gives straight: every
event once, whatever is stopped when; and what is malformed waits in quarantine."""

from __future__ import annotations

import dataclasses
import itertools
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ingest.door.intake import Intake
from ingest.door.server import DoorServer
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.rule import Mapping
from ingest.sources.simulator.foreign import ForeignRows
from ingest.sources.simulator.transport import TRANSPORTS, OurSide, transported
from tests.helpers.house import CONFIG
from tests.helpers.rows import PSEUDONYMS
from tests.helpers.simulated import BEGAN_AT, FEW, kerala, simulation
from tests.helpers.store import Store, open_store
from warehouse.batch import Batch, SilentListener
from warehouse.clock import SettableClock
from warehouse.config import EventsConfig
from warehouse.errors import ConfigError
from warehouse.token_file import TokenFile

TABLES = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["source"]
LIVE = dataclasses.replace(FEW, live=True, cases=200, history_days=4, late_share=0.05, corrected_share=0.02,
                           duplicate_share=0.02, malformed_share=0.03, events_per_minute=400)  # fmt: skip
TOLD = ("source", "event_id", "kind", "metric", "asset", "value", "ref")
pytestmark = pytest.mark.slow


def made(name: str) -> Mapping:
    return load_mapping(name, TABLES[name], kerala(), PSEUDONYMS)


@dataclass
class Demo:
    """A running engine's ingest, with the three transported sources of a simulated state."""

    store: Store
    clock: SettableClock
    pipeline: Pipeline
    pushed: set[str] = field(default_factory=set)

    def turn(self) -> None:
        """Let some seconds pass for all clocks, and the threads of the transports have their turn."""
        self.clock.advance(timedelta(seconds=3))
        if not self.pipeline.run_once():
            time.sleep(0.002)

    def stored(self) -> list[tuple[Any, ...]]:
        with self.store.database.cursor() as cursor:
            return as_told(cursor.sql("select * from event").to_arrow_table())


@contextmanager
def running(folder: Path, clock: SettableClock) -> Iterator[Demo]:
    with open_store(folder) as store:

        def positions(name: str) -> dict[str, str]:
            return {row["partition"]: row["position"] for row in store.ask("source_positions", source=name)}

        tokens, pipeline = TokenFile(folder / "tokens.json"), Pipeline((), store.writer, SilentListener(), clock)
        demo = Demo(store, clock, pipeline)

        def mapping_of(name: str, cloudevents: bool) -> Mapping:
            assert not cloudevents
            demo.pushed.add(name)
            return made(name)

        door = DoorServer(EventsConfig(port=0), tokens, TRANSPORTS, Intake(mapping_of, pipeline, clock, 1000))
        ours = OurSide(
            clock=clock,
            folder=folder / "simulator",
            door=door.url,
            token=lambda name: tokens.kept(name, folder / f"{name}.token", clock.now()),
            positions=positions,
            batch_rows=1000,
        )
        given = simulation(LIVE, clock, {name: positions(name).get("") for name in TRANSPORTS})
        names = {code: asset.name_en for code, asset in kerala().assets.items()}
        for source in transported(given, {name: made(name) for name in TRANSPORTS}, names, ours):
            if source.name in TRANSPORTS:
                pipeline.add(source)
        try:
            yield demo
        finally:
            pipeline.close()
            door.close()


def straight(until: datetime) -> list[Batch]:
    """What the simulation gives by itself until an instant."""
    clock = SettableClock(BEGAN_AT)
    given = simulation(LIVE, clock)
    feeds = [feed for feed in given.feeds if feed.name in TRANSPORTS]
    clock.at = until
    return list(itertools.chain.from_iterable(iter(feed.next_batch, None) for feed in feeds))


def as_told(events: pa.Table) -> list[tuple[Any, ...]]:
    """What events say, to the second: files tell no more."""
    rows = events.select([*TOLD, "occurred_at"]).to_pylist()
    return [(*(row[name] for name in TOLD), row["occurred_at"].replace(microsecond=0)) for row in rows]


def told(batches: list[Batch]) -> set[tuple[Any, ...]]:
    return set(itertools.chain.from_iterable(as_told(batch.events) for batch in batches))


def refused(batches: list[Batch]) -> int:
    return sum(batch.rejected.num_rows for batch in batches)


@pytest.mark.parametrize("stops", [(60,), (1, 2, 3, 5, 8, 13, 21)], ids=["unbroken", "stopped"])
def test_every_event_counts_once_as_if_it_had_come_straight(tmp_path: Path, stops: tuple[int, ...]) -> None:
    clock = SettableClock(BEGAN_AT)
    for turns in stops:
        with running(tmp_path, clock) as demo:
            for _ in range(turns):
                demo.turn()
    wanted = straight(clock.now())
    with running(tmp_path, clock) as demo:
        end = time.monotonic() + 120
        while missing := told(wanted) - set(demo.stored()):
            assert time.monotonic() < end, f"{sorted(missing, key=str)[:5]} {demo.pipeline.troubles()}"
            for _ in range(20):
                demo.turn()
        assert not demo.pipeline.failures
        rows, counts = demo.stored(), demo.store.ask("source_counts")
        partitions = {(row["source"], row["partition"].partition("/")[0]) for row in demo.store.ask("source_positions")}
        reasons = demo.store.ask("rejected_summary")
        assert demo.pushed == {"ambulance108"}
        assert demo.pipeline.transports() == {name: [way] for name, way in TRANSPORTS.items()}
    everything = straight(clock.now())
    assert len({row[:2] for row in rows}) == len(rows)
    assert set(rows) <= told(everything)
    assert {source for source, *_ in rows} == TRANSPORTS.keys()
    assert {"event.corrected", "event.retracted", "reading.taken"} <= {row[2] for row in rows}
    assert partitions == {*((name, "") for name in TRANSPORTS), ("hospitals", "folder"), ("ksrtc", "poll")}
    assert refused(wanted) <= sum(row["rejected"] for row in counts) <= refused(everything)
    assert "conflict" not in {row["reason"] for row in reasons}
    for row in counts:
        assert row["received"] == row["accepted"] + row["rejected"] + row["duplicates"]


def test_a_mapping_that_says_more_than_readings_cannot_be_read_backwards() -> None:
    table = TABLES["ksrtc"] | {"event": [TABLES["ksrtc"]["event"][0] | {"kind": "reading.taken"}]}
    mapping = load_mapping("ksrtc", table, kerala(), PSEUDONYMS)
    with pytest.raises(ConfigError, match=r"source\.ksrtc: the simulator can write rows for one event only"):
        ForeignRows(mapping, simulation(LIVE).encoder, {})
