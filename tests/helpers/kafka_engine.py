"""`run.py engine` of a small state with a topic of Kafka, a watched folder and scheduled backups."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.helpers.broker import Broker
from tests.helpers.house import ROOT, free_port
from tests.helpers.kafka_reading import wait_for
from tests.helpers.second_state import write_second_state
from warehouse.errors import CMError
from warehouse.flight_client import FlightClient
from warehouse.value import METADATA_KEY


class Engine:
    """The engine.

    Attributes:
        topic: that it reads.
        port, metrics_port: where it answers.
        data, drop: its data folder and the watched one.
        config: its settings.
        log: what it said.
        process: while it was started.
    """

    def __init__(self, folder: Path, broker: Broker, topic: str, poll_rows: int = 200) -> None:
        self.topic = topic
        self.port, self.metrics_port = free_port(), free_port()
        self.data, self.drop = folder / "data", folder / "drop"
        self.drop.mkdir()
        self.config = write_second_state(folder / "state")
        self.config.write_text(
            f"{self.config.read_text()}\n[engine]\nport = {self.port}\n"
            f"[events]\nport = 0\n[metrics]\nport = {self.metrics_port}\n[backup]\nfolder = '{folder / 'backups'}'\n"
            f'[source.permits]\nformat = "jsonl"\n'
            f'[source.permits.kafka]\nservers = ["{broker.server}"]\ntopics = ["{topic}"]\npoll_rows = {poll_rows}\n'
            + mapping("permits")
            + f'[source.lists]\nformat = "jsonl"\n[source.lists.folder]\npath = "{self.drop}"\nstable_s = 0.2\n'
            f"interval_s = 0.2\n{mapping('lists')}"
        )
        self.words = ["--config", str(self.config), "--data", str(self.data)]
        self.log = folder / "engine.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is not waited for."""
        with self.log.open("ab") as log:
            words = [sys.executable, str(ROOT / "run.py"), "engine", *self.words]
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)

    def end(self, how: signal.Signals) -> int:
        """Send it a signal and wait for its end. Returns: its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)

    def is_ready(self) -> bool:
        """Whether it says so."""
        return httpx.get(f"http://127.0.0.1:{self.metrics_port}/readyz", timeout=30).status_code == 200

    def sources(self) -> dict[str, dict[str, Any]]:
        """What the status says of every source; nothing while the engine does not answer."""
        with (
            contextlib.suppress(CMError),
            contextlib.closing(FlightClient("127.0.0.1", self.port, self.data)) as client,
        ):
            told = json.loads(client.changes(0, "", 0).schema.metadata[METADATA_KEY])
            return {one["name"]: one for one in told["status"]["sources"]}
        return {}

    def source(self, name: str) -> dict[str, Any]:
        """What the status says of one source; an engine too busy to answer at once is asked again."""
        told: dict[str, dict[str, Any]] = {}
        wait_for(lambda: name in told or bool(told.update(self.sources())), f"the engine tells of {name}")
        return told[name]

    def received(self) -> dict[str, int]:
        """Rows of every source; nothing while the engine does not answer."""
        return {name: one["received"] for name, one in self.sources().items()}

    def figure(self, name: str) -> float:
        """A figure of monitoring that has no labels."""
        text = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=30).text
        found = [one for family in text_string_to_metric_families(text) for one in family.samples if one.name == name]
        return found[0].value

    def run(self, *words: str) -> dict[str, Any]:
        """A command with its settings. Returns: its JSON."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "run.py"), *words, *self.words, "--json"],
            cwd=ROOT, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@contextlib.contextmanager
def engine_on(folder: Path, broker: Broker, topic: str, poll_rows: int = 200) -> Iterator[Engine]:
    """An engine that is not started yet, and is killed at the end."""
    made = Engine(folder, broker, topic, poll_rows)
    try:
        yield made
    finally:
        made.end(signal.SIGKILL)


def mapping(prefix: str) -> str:
    """Of a source of that name."""
    return f"""
[source.{prefix}.fields]
case_id = "number"
service = {{const = "income_certificate"}}
area = {{const = "GJ-botad-ranpur"}}
[[source.{prefix}.event]]
kind = "case.opened"
at = "opened"
"""


def lines(count: int, prefix: str, filler: str = "") -> list[bytes]:
    """Rows of cases. Args: filler: of a column that no mapping reads."""
    row = {"opened": "2026-04-01 10:00", "remarks": filler}
    return [json.dumps({"number": f"{prefix}{one}", **row}).encode() for one in range(count)]
