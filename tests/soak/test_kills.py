"""Hundreds of kills, drawn by seed, while a small state with every disorder is loaded: all as if nothing had happened.

`make soak`; CM_SOAK_KILLS says how many (200), CM_SOAK_SEED which (1). Not part of `make test`, which has a dozen of
them in tests/fault.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import duckdb
import pytest

from tests.helpers.house import run_json
from warehouse.writer import MOMENTS

ROOT: Final = Path(__file__).resolve().parents[2]
KILLS: Final = int(os.environ.get("CM_SOAK_KILLS", "200"))
SEED: Final = int(os.environ.get("CM_SOAK_SEED", "1"))
ANYWHERE: Final = "anywhere"
#: What must be the same whatever was killed; instants of receipt and numbers of rows say when, not what.
SAME: Final = {
    "event": "select * exclude (received_at) from event",
    "case": 'select * exclude (number) from "case"',
    "rejected": "select rejected_id, source, reason, field, detail, raw from rejected",
    "gauge": "select * from gauge",
    "cell": """select subject, area, sum(received) as received, sum(decided) as decided, sum(in_time) as in_time,
        sum(decide_s) as decide_s, sum(feedback) as feedback, sum(paid_paise) as paid_paise from cell group by all""",
    "cell_metric": "select subject, area, sum(readings), sum(reading_sum) from cell_metric group by all",
    "source_count": "select * exclude (last_heard_at) from source_count",
}


def start(folder: Path, moment: str, nth: int) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "tests.helpers.soaking", str(folder), moment, str(nth)]
    return subprocess.Popen(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def is_killed(folder: Path, dice: random.Random, killed: Counter[str]) -> bool:
    """Load until a kill, or to the end. Returns: whether there was a kill."""
    moment = dice.choice([*MOMENTS, "housekeeping", ANYWHERE])
    if moment == ANYWHERE:
        process = start(folder, "never", 0)
        time.sleep(dice.uniform(0.3, 5))  # importing, opening, replaying the log, loading the board, committing
        process.kill()
    else:
        process = start(folder, moment, dice.randint(1, 400 if moment == "housekeeping" else 3))
    said, _ = process.communicate(timeout=1200)
    assert process.returncode in (0, -signal.SIGKILL), f"{moment}: {said}"
    killed[moment] += process.returncode != 0
    return process.returncode != 0


def differences(one: Path, other: Path) -> dict[str, int]:
    """Rows that only one of two warehouses has, by what they are; empty when there are none."""
    with duckdb.connect() as connection:
        for name, folder in (("one", one), ("other", other)):
            connection.execute(f"attach '{folder / 'warehouse.duckdb'}' as {name} (read_only)")
        found = {}
        for table, query in SAME.items():
            rows = {}
            for name in ("one", "other"):
                connection.execute(f"use {name}")
                rows[name] = f"{table}_of_{name}"
                connection.execute(f"create temp table {rows[name]} as {query}")
            (count,) = connection.execute(
                f"select count(*) from ((from {rows['one']} except all from {rows['other']}) "
                f"union all (from {rows['other']} except all from {rows['one']}))"
            ).fetchone() or (0,)
            found |= {table: int(count)} if count else {}
        return found


@pytest.mark.timeout(6 * 3600)
def test_hundreds_of_kills_leave_no_trace(tmp_path: Path) -> None:
    said, _ = (calm := start(tmp_path / "calm", "never", 0)).communicate(timeout=1200)
    assert calm.returncode == 0, said
    dice, killed = random.Random(SEED), Counter[str]()
    number = 0
    while killed.total() < KILLS:
        number += 1
        folder = tmp_path / f"round{number}"
        while killed.total() < KILLS and is_killed(folder, dice, killed):
            pass
        said, _ = (last := start(folder, "never", 0)).communicate(timeout=1200)
        assert last.returncode == 0, said
        assert differences(tmp_path / "calm", folder) == {}
        report = run_json("verify", data=folder)
        assert report["compared"] > 0
        assert report["different"] == 0
        print(f"round {number}: {killed.total()} kills so far, {report['compared']} values compared, 0 different")
    print(f"seed {SEED}: {dict(killed)}")
