"""The benchmark runs and its figures hang together; how fast the machine is, is not tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from indicators.bench import tried
from tests.helpers.second_state import write_second_state
from warehouse.errors import StorageBusyError

ROOT = Path(__file__).resolve().parents[2]
INGEST = ("--events", "4000", "--commits", "2", "--seconds", "1")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small state, of which something is to be measured in seconds; and a source that may push."""
    file = write_second_state(tmp_path_factory.mktemp("bench") / "state")
    file.write_text(f'{file.read_text(encoding="utf-8")}\n[source.pushed]\ntitle = "Pushed"\n', encoding="utf-8")
    return file


def test_bnc01_bench_compute_prints_ratios_of_one_run(config: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "run.py"),
            "bench",
            "compute",
            "--cases",
            "20000",
            "--commits",
            "3",
            "--config",
            str(config),
            "--set",
            "demo.history_days=30",
            "--json",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    compute = answer["compute"]
    assert answer["events"] > 20_000
    assert answer["machine"]["cores"] >= 1
    assert 0 <= answer["machine"]["cpu_stolen_share"] <= 1
    assert compute["ratios"]["full_recompute / scan"] == compute["full_recompute_s"] / compute["scan_s"]
    for place in ("cells", "case_table", "raw_events"):
        one_by_one = compute["one_query_per_indicator"][place]
        assert one_by_one["sampled"] >= 5
        assert one_by_one["all_s"] == one_by_one["mean_s"] * answer["indicators"]
    assert compute["one_query_per_indicator"]["cells"]["all_s"] > compute["all_values_s"] > 0
    assert answer["polars"]["polars / duckdb"] > 0
    small = [name for name in answer["commits"] if name.startswith("of 1,000")]
    assert len(small) == 2
    for name in (*small, "of 10,000", "merge_into of 1,000"):
        measured = answer["commits"][name]
        assert 0 < measured["p50_ms"] <= measured["p99_ms"] <= measured["max_ms"], name
    for when in ("idle", "under_write"):
        assert answer["reads"][when]["one_area_ms"] > 0
    assert answer["memory_mb"]["peak"] >= answer["memory_mb"]["now"] > 100
    assert 0 < answer["restart"]["values_s"] <= answer["restart"]["commits_s"]


def test_bnc02_bench_ingest_prints_every_way_in_against_plain_duckdb() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "bench", "ingest", *INGEST, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["events"] == 4000
    assert set(answer["files"]) == {"csv", "jsonl", "parquet"}
    for name, found in answer["files"].items():
        assert found["accepted"] == answer["rows"], name
        assert found["events_per_s"] == answer["events"] / found["s"], name
        assert found["ratios"]["ingest / duckdb read"] == found["s"] / found["duckdb_read_s"], name
    assert (answer["duplicates"]["accepted"], answer["duplicates"]["duplicates"]) == (0, answer["rows"])
    assert answer["commits"]["of 1,000 rows"]["times"] == 2
    requests = {name: found["requests"] for name, found in answer["http"].items()}
    for measured in (*answer["commits"].values(), *requests.values()):
        assert 0 < measured["p50_ms"] <= measured["p99_ms"] <= measured["max_ms"]
    for found in answer["stages"].values():
        stages = [found[name] for name in ("decode", "check", "commit", "board")]
        assert found["all"]["cpu_s"] == pytest.approx(sum(one["cpu_s"] for one in stages))
        for stage in stages:
            assert stage["events_per_cpu_s"] == found["events"] / stage["cpu_s"]
            assert stage["events_per_s"] == found["events"] / stage["s"]
    assert {name: found["events"] for name, found in answer["stages"].items()} == {
        "commits of 1,000": 2000,
        "commits of 10,000": 4000,
    }
    # each event is sent once: 50 by a lone sender, a quarter by many, the rest in requests of many
    assert {name: found["events"] for name, found in answer["http"].items()} == {
        "1,000 a request, 4 senders": 700,
        "1 a request, 1 sender": 50,
        "1 a request, 64 senders": 250,
    }
    assert requests["1 a request, 64 senders"]["times"] == 250
    for found in answer["http"].values():
        assert found["events_per_s"] == found["events"] / found["s"]
    assert "--kafka" in answer["kafka"]["left_out"]
    assert "--kafka" in answer["latency"]["kafka"]["left_out"]
    assert_latencies(answer["latency"]["http"])


def assert_latencies(found: dict[str, Any]) -> None:
    """Every event was followed until its value was current; how soon that was, is not tested."""
    loads = [(rate, services) for rate in ("1,000", "10,000") for services in (10, 200)]
    assert list(found) == [f"{rate} a second of {services} services" for rate, services in loads]
    for one in found.values():
        assert one["sent_to_value"]["times"] == one["events"] >= one["asked_events_per_s"]
        for part in ("sent_to_value", "sent_to_committed"):
            assert 0 < one[part]["p50_ms"] <= one[part]["p95_ms"] <= one[part]["p99_ms"], part
        assert one["sent_to_value"]["max_ms"] >= one["committed_to_value"]["max_ms"] > 0
        assert one["achieved_events_per_s"] <= one["asked_events_per_s"]
        assert one["held"] in {True, False}


def test_bnc04_bench_serve_tells_streams_and_callbacks_of_a_running_house(config: Path) -> None:
    numbers = {"viewers": 6, "clicks": 2, "events": 10, "seconds": 6, "cases": 2000}
    words = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
    words += ["--config", str(config), "--set", "demo.history_days=30"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "bench", "serve", *words, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=290,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    processes = {"engine", "web 1", "bench"}
    for part in (answer["streams_alone"], answer["with_clicks"]):
        assert set(part["cpu_share"]) == processes
        assert part["cpu_share"]["engine"] > 0
        streams = part["streams"]
        assert (streams["open"], streams["broken"]) == (6, 0)
        assert streams["updates"] > 0
        # a stream that is behind is told of several commits by one message, so none is left out
        assert streams["commit_to_seen"]["times"] == 6 * streams["updates"] - streams["not_told"] > 0
        assert streams["bytes_per_s_each"] > 0
    callbacks = answer["with_clicks"]["callbacks"]
    assert callbacks["errors"] == {}
    assert callbacks["times"] == 12
    assert callbacks["addresses"] > 20
    assert callbacks["addresses"] == sum(one["times"] for one in answer["one_reader"].values())
    assert {"state", "district", "indicator"} <= set(answer["one_reader"])
    assert 0 < callbacks["p50_ms"] <= callbacks["p95_ms"] <= callbacks["p99_ms"]
    assert set(answer["kib_per_stream"]) == {"web 1"}


def test_bnc05_a_comparison_that_the_machine_cannot_do_is_said_and_ends_no_run() -> None:
    def too_large() -> dict[str, object]:
        raise StorageBusyError("Out of Memory Error: 3.7 GiB used\n\nPossible solutions:\n* more")

    assert tried(too_large) == {"failed": "Out of Memory Error: 3.7 GiB used"}
    assert tried(lambda: {"all_s": 1.0}) == {"all_s": 1.0}
    with pytest.raises(ZeroDivisionError):
        tried(lambda: {"all_s": 1 / 0})
