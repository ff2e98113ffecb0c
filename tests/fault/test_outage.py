"""A broker that is away for a while, and what waits there afterwards: nothing lost, memory bounded, others go on.

`CM_OUTAGE_S` is how long it is away (seconds; 10), `CM_BACKLOG` how many messages wait when it is back (100,000).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from tests.helpers.broker import Broker
from tests.helpers.kafka_engine import Engine, engine_on, lines
from tests.helpers.kafka_reading import events, kafka_source, settings, wait_for
from tests.helpers.store import open_store
from warehouse.batch import SilentListener
from warehouse.clock import SystemClock

OUTAGE_S = float(os.environ.get("CM_OUTAGE_S", "10"))
BACKLOG = int(os.environ.get("CM_BACKLOG", "100000"))
FIRST = 20_000
#: A message is this large; all that wait together are many times what may be added to the engine's memory.
FILLER = "x" * 1_500
MORE_BYTES = 100 << 20


@pytest.fixture
def engine(tmp_path: Path, broker: Broker) -> Iterator[Engine]:
    with engine_on(tmp_path, broker, broker.topic(3), poll_rows=10_000) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_outage_loses_nothing_and_the_backlog_is_read_in_bounded_memory(engine: Engine, broker: Broker) -> None:
    running, topic = engine, engine.topic
    broker.send(topic, lines(FIRST, "A", FILLER), (0, 1, 2))
    running.start()
    peaks = [0.0]

    def received(name: str, rows: int) -> bool:
        told = running.received().get(name)
        if told:
            peaks[-1] = max(peaks[-1], running.figure("process_resident_memory_bytes"))
        return told == rows

    wait_for(lambda: received("permits", FIRST), "the topic is read")
    wait_for(running.is_ready, "it is ready")

    broker.signal(signal.SIGKILL)
    until = time.monotonic() + OUTAGE_S
    wait_for(lambda: bool(running.source("permits")["trouble"]), "the outage is said")
    (running.drop / "one.jsonl").write_bytes(b"\n".join(lines(50, "F")))
    wait_for(lambda: received("lists", 50), "other sources go on")
    while time.monotonic() < until:
        assert running.is_ready(), "an outage elsewhere does not make the engine unready"
        time.sleep(0.5)
    broker.start()

    peaks.append(0.0)
    sending = threading.Thread(target=broker.send, args=(topic, lines(BACKLOG, "B", FILLER), (0, 1, 2)))
    sending.start()
    try:
        wait_for(lambda: received("permits", FIRST + BACKLOG), "the backlog is read")
    finally:
        sending.join()
    told = running.source("permits")
    assert (told["accepted"], told["duplicates"], told["rejected"]) == (FIRST + BACKLOG, 0, 0)
    wait_for(lambda: running.source("permits")["trouble"] is None, "it is over")
    before, after = peaks
    assert after - before < MORE_BYTES < len(FILLER) * BACKLOG, f"{before / 2**20:.0f} → {after / 2**20:.0f} MiB"
    running.end(signal.SIGTERM)
    assert running.run("cases")["total"] == FIRST + BACKLOG + 50
    assert running.run("verify")["different"] == 0


def test_while_commits_are_slow_no_more_is_read_than_one_batch(broker: Broker, tmp_path: Path) -> None:
    topic, rows, sent = broker.topic(2), 500, 6_000
    broker.send(topic, events([f"e{number}" for number in range(sent)]), (0, 1))

    def slowly(moment: str) -> None:
        if moment == "begun":
            time.sleep(0.15)

    with open_store(tmp_path, slowly) as store:
        source = kafka_source(store, settings(broker, topic, poll_rows=rows))
        pipeline = Pipeline((source,), store.writer, SilentListener(), SystemClock())
        held, waiting = [0], [0]

        def all_there() -> bool:
            pipeline.run_once()
            if source._reader is not None:
                held.append(source._reader._held.rows)
                waiting.append(source.waiting or 0)
            return store.count("event") == sent

        try:
            wait_for(all_there, "everything is stored")
        finally:
            pipeline.close()
    # the next fetch of a partition may already be on its way; what is held for commits is one batch
    assert 0 < max(held) <= rows
    assert max(waiting) > 2 * rows, "the others wait at the broker"
