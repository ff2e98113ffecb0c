"""What monitoring reads: every figure under its name, in the format that Prometheus reads."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.metrics import MetricsServer, Offices, Watched
from ingest.sources.base import EndlessSource
from ingest.sources.memory import MemorySource
from tests.helpers.rows import NOW
from warehouse.clock import SettableClock
from warehouse.commit_times import CommitTimes
from warehouse.config import MetricsConfig

STATES: list[dict[str, Any]] = [
    {"name": "kwa", "last_event_at": (NOW - timedelta(seconds=90)).isoformat(), "last_heard_at": NOW.isoformat(),
     "expected_by": (NOW + timedelta(seconds=210)).isoformat(), "trouble": None,
     "accepted": 7, "duplicates": 2, "rejected": 1},
    {"name": "never", "last_event_at": None, "last_heard_at": None, "expected_by": None,
     "trouble": "password refused for 9847012345", "accepted": 0, "duplicates": 0, "rejected": 0},
]  # fmt: skip


def kafka() -> EndlessSource:
    source = EndlessSource("kwa")
    source.connections, source.stalls = 3, 2
    return source


@pytest.fixture
def commits() -> CommitTimes:
    return CommitTimes()


@pytest.fixture
def watched(tmp_path: Path, commits: CommitTimes, troubles: list[str]) -> Watched:
    (tmp_path / "w.duckdb").write_bytes(bytes(4096))
    (tmp_path / "w.duckdb.wal").write_bytes(bytes(77))
    return Watched(
        clock=SettableClock(NOW),
        states=lambda: STATES,
        running=lambda: (kafka(), EndlessSource("polled"), MemorySource("file", [])),
        masked=lambda: [{"source": "kwa", "field": "remarks", "kind": "mobile", "rows": 5}],
        commits=commits,
        board=lambda: (41, NOW - timedelta(seconds=3)),
        failed=lambda: (),
        offices=lambda: Offices(1200, 34),
        warehouse=tmp_path / "w.duckdb",
        last_backup=lambda: NOW - timedelta(hours=5),
        troubles=lambda: troubles,
    )


@pytest.fixture
def troubles() -> list[str]:
    return []


@pytest.fixture
def server(watched: Watched) -> Iterator[MetricsServer]:
    made = MetricsServer(MetricsConfig(port=0), watched)
    yield made
    made.close()


def read(server: MetricsServer) -> dict[tuple[str, ...], float]:
    answer = httpx.get(f"http://127.0.0.1:{server.port}/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *(label for _, label in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_every_source_is_told_with_its_age_and_its_rows(server: MetricsServer) -> None:
    found = read(server)
    now = NOW.timestamp()
    assert found["cm_source_last_event_timestamp_seconds", "kwa"] == now - 90
    assert found["cm_source_last_heard_timestamp_seconds", "kwa"] == now
    assert found["cm_source_expected_by_timestamp_seconds", "kwa"] == now + 210
    assert found["cm_source_lag_seconds", "kwa"] == 90
    assert (found["cm_rows_total", "accepted", "kwa"], found["cm_rows_total", "duplicate", "kwa"]) == (7, 2)
    assert found["cm_quarantine_rows", "kwa"] == 1
    assert (found["cm_source_readable", "kwa"], found["cm_source_readable", "never"]) == (1, 0)
    assert ("cm_source_lag_seconds", "never") not in found, "an age that is not known is not zero"
    assert found["cm_rows_masked_total", "remarks", "mobile", "kwa"] == 5


def test_stalls_and_connections_are_told_of_sources_that_keep_one(server: MetricsServer) -> None:
    found = read(server)
    assert {key: value for key, value in found.items() if key[0] == "cm_source_connections_total"} == {
        ("cm_source_connections_total", "kwa"): 3
    }
    assert found["cm_source_stalls_total", "kwa"] == 2


def test_commits_are_counted_by_their_length(server: MetricsServer, commits: CommitTimes) -> None:
    assert read(server)["cm_commit_duration_seconds_count",] == 0
    for moment in ("begun", "committed", "applied", "begun"):
        commits(moment)
    found = read(server)
    assert found["cm_commit_duration_seconds_count",] == 1, "a commit that was not finished does not count"
    assert found["cm_commit_duration_seconds_bucket", "+Inf"] == 1
    assert 0 <= found["cm_commit_duration_seconds_sum",] < 60


def test_board_offices_warehouse_backup_and_memory_are_told(server: MetricsServer) -> None:
    found = read(server)
    assert (found["cm_board_version",], found["cm_board_age_seconds",]) == (41, 3)
    assert (found["cm_offices", "heard"], found["cm_offices", "silent"]) == (1200, 34)
    assert (found["cm_warehouse_bytes", "data"], found["cm_warehouse_bytes", "log"]) == (4096, 77)
    assert found["cm_backup_timestamp_seconds",] == NOW.timestamp() - 5 * 3600
    assert found["process_resident_memory_bytes",] > 1 << 20


def test_probes_say_whether_it_lives_and_whether_it_is_ready(server: MetricsServer, troubles: list[str]) -> None:
    def probe(path: str) -> tuple[int, list[str]]:
        answer = httpx.get(f"http://127.0.0.1:{server.port}{path}")
        assert answer.headers["Content-Type"].startswith("text/plain")
        return answer.status_code, answer.text.splitlines()

    assert probe("/healthz") == (200, ["ok"])
    status, (ready, clock) = probe("/readyz")
    assert (status, ready) == (200, "ok")
    assert clock.startswith("clock: ")
    troubles += ["loading", "the disk has 3 MiB left"]
    status, lines = probe("/readyz")
    assert (status, lines[:2]) == (503, troubles)
    assert probe("/healthz") == (200, ["ok"]), "it lives all the same"


def test_nothing_but_figures_and_names_is_in_it(server: MetricsServer) -> None:
    assert "9847012345" not in httpx.get(f"http://127.0.0.1:{server.port}/metrics").text


def test_every_figure_is_in_the_manual(server: MetricsServer) -> None:
    manual = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    names = {key[0] for key in read(server) if key[0].startswith("cm_")}
    plain = {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in names}
    assert not [name for name in plain if f"`{name}" not in manual]


def test_a_port_that_is_taken_does_not_stop_the_engine(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        second = MetricsServer(MetricsConfig(port=port), watched)
        assert second.port is None
        second.close()
    assert f"metrics.port = {port}: cannot listen" in caplog.text
