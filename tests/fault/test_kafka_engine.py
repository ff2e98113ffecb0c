"""The engine on a real broker: killed while it reads, stopped by lost messages, continued by an operator."""

from __future__ import annotations

import contextlib
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
from tests.helpers.house import ROOT, free_port
from tests.helpers.kafka_reading import wait_for
from tests.helpers.second_state import write_second_state
from warehouse.errors import CMError
from warehouse.flight_client import FlightClient
from warehouse.value import METADATA_KEY

CASES = 12_000


class Engine:
    """`run.py engine` on a configuration of its own."""

    def __init__(self, folder: Path, broker: Broker, topic: str) -> None:
        self.topic = topic
        self.port = free_port()
        self.config = write_second_state(folder / "state")
        self.config.write_text(
            f"{self.config.read_text()}\n[engine]\nport = {self.port}\n"
            f"[events]\nport = 0\n[metrics]\nport = {free_port()}\n"
            f'[source.permits]\nformat = "jsonl"\n'
            f'[source.permits.kafka]\nservers = ["{broker.server}"]\ntopics = ["{topic}"]\npoll_rows = 500\n{MAPPING}'
        )
        self.words = ["--config", str(self.config), "--data", str(folder / "data")]
        self.log = folder / "engine.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            words = [sys.executable, str(ROOT / "run.py"), "engine", *self.words]
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)

    def end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def source(self) -> dict[str, Any]:
        """What the status says of the source; nothing while the engine does not answer."""
        with contextlib.suppress(CMError), contextlib.closing(FlightClient("127.0.0.1", self.port)) as client:
            told = json.loads(client.changes(0, "", 0).schema.metadata[METADATA_KEY])
            return next(one for one in told["status"]["sources"] if one["name"] == "permits")
        return {}

    def run(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "run.py"), *words, *self.words, "--json"],
            cwd=ROOT, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


MAPPING = """
[source.permits.fields]
case_id = "number"
service = {const = "income_certificate"}
area = {const = "GJ-botad-ranpur"}
[[source.permits.event]]
kind = "case.opened"
at = "opened"
"""


def messages(count: int, prefix: str) -> list[bytes]:
    return [json.dumps({"number": f"{prefix}{one}", "opened": "2020-01-01 10:00"}).encode() for one in range(count)]


@pytest.fixture
def engine(tmp_path: Path, broker: Broker) -> Iterator[Engine]:
    topic = broker.topic(3)
    broker.send(topic, messages(CASES, "P"), (0, 1, 2))
    made = Engine(tmp_path, broker, topic)
    try:
        yield made
    finally:
        made.end(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_on_kafka_is_killed_stopped_and_continued(engine: Engine, broker: Broker) -> None:
    dice = random.Random(5)
    for _ in range(3):
        engine.start()
        wait_for(lambda: engine.source().get("received", 0) > 0, "it reads")
        time.sleep(dice.uniform(0, 0.6))  # anywhere in a commit
        engine.end(signal.SIGKILL)
    engine.start()
    wait_for(lambda: engine.source().get("received") == CASES, "it has read everything")
    counted = engine.source()
    assert (counted["accepted"], counted["rejected"], counted["duplicates"]) == (CASES, 0, 0)
    assert counted["trouble"] is None

    broker.send(engine.topic, messages(10, "Q"))
    wait_for(lambda: engine.source().get("received") == CASES + 10, "what is sent is read")
    broker.delete(engine.topic)
    broker.create(engine.topic, 1)
    broker.send(engine.topic, messages(30, "R"))
    # as what the new topic shows itself first – another id, a shorter log – is a matter of moments
    wait_for(lambda: "says how to go on" in (engine.source().get("trouble") or ""), "it says that it was stopped")
    assert "ERROR ingest.pipeline source permits stops" in engine.log.read_text()

    answer = engine.run("sources", "continue", "permits")
    assert answer["from_the_beginning"] == [f"{engine.topic}/{partition}" for partition in range(3)]
    wait_for(lambda: engine.source().get("received") == CASES + 40, "the new topic is read")
    assert engine.source()["trouble"] is None
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
