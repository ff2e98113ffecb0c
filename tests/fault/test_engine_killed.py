"""The engine is killed while it loads a file, again and again; every row still counts exactly once."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.helpers.house import command, run_json
from tests.helpers.second_state import write_second_state

ROWS = 60_000


def _write_log(path: Path) -> None:
    """Cases opened and decided, one row each, ids in order."""
    lines = ["number,opened,closed,state\n"]
    for row in range(ROWS):
        opened = f"2026-{1 + row % 9:02d}-{1 + row % 28:02d} {row % 24:02d}:{row % 60:02d}:00"
        closed = f"2026-{2 + row % 9:02d}-{1 + row % 28:02d} 12:00:00" if row % 4 else ""
        lines.append(f"N{row:07d},{opened},{closed},{'Closed' if closed else 'Open'}\n")
    path.write_text("".join(lines), encoding="utf-8")


def _written(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    for path in sorted(folder.glob("*")):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.name, path.stat().st_size, path.stat().st_mtime_ns))
    return found


MAPPING = """
[source.log]
title = "Log"
format = "csv"
timezone = "Asia/Kolkata"
expected_interval_s = 86400
case_prefix = "log:"
[source.log.fields]
case_id = "number"
service = {const = "income_certificate"}
area = {const = "GJ-ahmedabad-daskroi"}
[[source.log.event]]
kind = "case.opened"
at = "opened"
[[source.log.event]]
kind = "case.decided"
at = "closed"
outcome = {const = "approved"}
when = {column = "state", in = ["Closed"]}
"""


@pytest.mark.timeout(300)
def test_flt01_killed_while_loading_a_file_loses_and_doubles_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    _write_log(log)
    config = write_second_state(tmp_path / "state")
    config.write_text(f"{config.read_text()}\n[engine]\nbatch_rows = 2000\n{MAPPING}", encoding="utf-8")
    data = tmp_path / "data"
    words = command("ingest", log, "--source", "log", data=data, config=config)
    dice = random.Random(7)
    killed = 0
    for _ in range(5):
        before = _written(data)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and _written(data) == before:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.8))  # opening, between commits, anywhere in one, closing
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    assert killed >= 3, "the machine is too fast for this test: enlarge ROWS"
    last = subprocess.run([*words, "--json"], capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    counts = run_json("cases", "--source", "log", data=data, config=config)
    assert counts["total"] == ROWS
    assert counts["open"] == ROWS // 4
    assert counts["decided"] == ROWS - ROWS // 4
    report = run_json("verify", data=data, config=config)
    assert report["different"] == 0
    assert report["compared"] > 0
