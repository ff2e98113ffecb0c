"""The engine on a real broker: killed while it reads, stopped by lost messages, continued by an operator."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.broker import Broker
from tests.helpers.house import ROOT
from tests.helpers.kafka_engine import Engine, engine_on, lines
from tests.helpers.kafka_reading import wait_for

CASES = 12_000


def permits(engine: Engine) -> dict[str, Any]:
    """What the status says of the source; nothing while the engine does not answer."""
    return engine.sources().get("permits", {})


@pytest.fixture
def engine(tmp_path: Path, broker: Broker) -> Iterator[Engine]:
    topic = broker.topic(3)
    broker.send(topic, lines(CASES, "P"), (0, 1, 2))
    with engine_on(tmp_path, broker, topic, poll_rows=500) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_on_kafka_is_killed_stopped_and_continued(engine: Engine, broker: Broker) -> None:
    dice = random.Random(5)
    for _ in range(3):
        engine.start()
        wait_for(lambda: permits(engine).get("received", 0) > 0, "it reads")
        time.sleep(dice.uniform(0, 0.6))  # anywhere in a commit
        engine.end(signal.SIGKILL)
    engine.start()
    wait_for(lambda: permits(engine).get("received") == CASES, "it has read everything")
    counted = permits(engine)
    assert (counted["accepted"], counted["rejected"], counted["duplicates"]) == (CASES, 0, 0)
    assert counted["trouble"] is None

    broker.send(engine.topic, lines(10, "Q"))
    wait_for(lambda: permits(engine).get("received") == CASES + 10, "what is sent is read")
    broker.delete(engine.topic)
    broker.create(engine.topic, 1)
    broker.send(engine.topic, lines(30, "R"))
    # as what the new topic shows itself first – another id, a shorter log – is a matter of moments
    wait_for(lambda: "says how to go on" in (permits(engine).get("trouble") or ""), "it says that it was stopped")
    assert "ERROR ingest.pipeline source permits stops" in engine.log.read_text()

    answer = engine.run("sources", "continue", "permits")
    assert answer["from_the_beginning"] == [f"{engine.topic}/{partition}" for partition in range(3)]
    wait_for(lambda: permits(engine).get("received") == CASES + 40, "the new topic is read")
    assert permits(engine)["trouble"] is None
    engine.end(signal.SIGTERM)
    assert engine.run("cases", "--source", "permits")["total"] == CASES + 40


def test_bnc03_bench_ingest_reads_a_topic_to_its_end_and_deletes_it(broker: Broker) -> None:
    words = [
        "bench",
        "ingest",
        "--events",
        "2000",
        "--commits",
        "1",
        "--seconds",
        "1",
        "--kafka",
        broker.server,
        "--json",
    ]
    done = subprocess.run([sys.executable, str(ROOT / "run.py"), *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["kafka"]["events"] == answer["events"] == 2000
    kafka = answer["kafka"]
    assert kafka["events_per_cpu_s"] == kafka["events"] / kafka["cpu_s"]
    (share,) = kafka["ratios"].values()
    assert share == kafka["events_per_cpu_s"] / kafka["client_alone"]["events_per_cpu_s"]
    steady = answer["latency"]["kafka"]
    assert [one["sent_to_value"]["times"] for one in steady.values()] == [2000, 2000, 20_000, 20_000]
    with broker.admin() as admin:
        assert not [name for name in admin.list_topics() if name.startswith("cm-bench-")]
