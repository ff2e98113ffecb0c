"""The benchmark runs and its figures hang together; how fast the machine is, is not tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_bnc01_bench_compute_prints_ratios_of_one_run() -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "run.py"),
            "bench",
            "compute",
            "--cases",
            "3000",
            "--set",
            "demo.history_days=30",
            "--json",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    compute = answer["compute"]
    assert answer["events"] > 3000
    assert answer["machine"]["cores"] >= 1
    assert compute["ratios"]["full_recompute / scan"] == compute["full_recompute_s"] / compute["scan_s"]
    assert compute["one_query_per_indicator_s"] > compute["all_values_s"] > 0
