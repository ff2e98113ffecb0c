"""Events for topics, and a pipeline that reads them into a warehouse while a test does something to the broker."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ingest.pipeline import Pipeline
from ingest.sources.kafka import KafkaSource
from ingest.sources.kafka_settings import KafkaSettings
from tests.helpers.broker import Broker
from tests.helpers.rows import mapping
from tests.helpers.store import Store
from warehouse.batch import SilentListener
from warehouse.clock import SystemClock

SOURCE: Final = "test"
CLOUDEVENTS: Final = 'format = "cloudevents"'
WAIT_S: Final = 120.0


def event(name: str) -> bytes:
    """A CloudEvent; the same every time."""
    data = {"case_id": f"t:{name}", "service": "birth", "area": "KL"}
    plain = {"specversion": "1.0", "id": name, "source": SOURCE, "type": "cm.case.opened"}
    return json.dumps(plain | {"time": "2020-01-01T10:00:00Z", "data": data}).encode()


def events(names: Iterable[str]) -> list[bytes]:
    """One event each."""
    return [event(name) for name in names]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, f"not so after {WAIT_S:.0f} s: {what}"
        time.sleep(0.02)


@dataclass
class Reading:
    """A source on its way into a warehouse."""

    source: KafkaSource
    pipeline: Pipeline
    store: Store

    def stored(self) -> list[str]:
        """Names of the events in the warehouse, in order."""
        with self.store.database.cursor() as cursor:
            found = cursor.execute("select event_id from event where source = ? order by 1", [SOURCE]).fetchall()
        return [name for (name,) in found]

    def counted(self) -> dict[str, int]:
        """received, accepted, rejected, duplicates."""
        (row,) = self.store.ask("source_counts", source=SOURCE) or [{}]
        return {name: row.get(name, 0) for name in ("received", "accepted", "rejected", "duplicates")}

    def until_received(self, rows: int) -> None:
        """Wait until so many rows of the source are committed."""
        wait_for(lambda: self.counted()["received"] >= rows, f"{rows} rows received, but {self.counted()}")

    def until_trouble(self) -> str:
        """Wait until the source is in trouble. Returns: what is said of it."""
        wait_for(lambda: SOURCE in self.pipeline.troubles(), "in trouble")
        return self.pipeline.troubles()[SOURCE]

    def positions(self) -> dict[str, int]:
        """Stored offset of the next message, by partition."""
        rows = self.store.ask("source_positions", source=SOURCE)
        return {row["partition"]: json.loads(row["position"])["offset"] for row in rows}


def settings(broker: Broker, *topics: str, **more: Any) -> KafkaSettings:
    """How the tests' source is read."""
    return KafkaSettings(SOURCE, (broker.server,), topics, **more)


def kafka_source(store: Store, how: KafkaSettings, described: str = CLOUDEVENTS) -> KafkaSource:
    """A source that begins where the warehouse says."""
    stored = {row["partition"]: row["position"] for row in store.ask("source_positions", source=SOURCE)}
    return KafkaSource(how, mapping(described), SystemClock(), stored)


@contextmanager
def reading(store: Store, how: KafkaSettings, described: str = CLOUDEVENTS) -> Iterator[Reading]:
    """Read in a thread until the end of the block."""
    source = kafka_source(store, how, described)
    pipeline = Pipeline([source], store.writer, SilentListener(), SystemClock(), idle_s=0.01)
    stop = threading.Event()
    thread = threading.Thread(target=pipeline.run, args=[stop])
    thread.start()
    try:
        yield Reading(source, pipeline, store)
    finally:
        stop.set()
        thread.join()
