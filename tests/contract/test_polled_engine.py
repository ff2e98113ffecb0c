"""A running engine polls what its settings declare; no number of a person is kept of it, in the log neither."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.house import CONFIG, ROOT, free_port
from tests.helpers.polling import Reply, serving

MOBILE = "9847012345"
DECLARED = """
[source.polled]
title = "Polled"
[source.polled.folder]
path = "drop"
stable_s = 0
[source.polled.fields]
case_id = "id"
service = {const = "imported_case"}
area = {whole_state = true}
office = "office"
[[source.polled.event]]
kind = "case.opened"
at = "at"
[source.polled.poll]
interval_s = 1
"""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_declared_address_is_polled_and_nothing_of_a_person_is_kept(tmp_path: Path) -> None:
    rows = [{"id": MOBILE, "at": "2026-04-01", "office": f"ring {MOBILE}"}, {"id": "2", "at": MOBILE}]
    drop, data = tmp_path / "drop", tmp_path / "data"
    drop.mkdir()
    (drop / f"{MOBILE}.csv").write_text("no,columns\n1,2\n")
    with serving(lambda asked: Reply(rows)) as api:
        text = CONFIG.read_text(encoding="utf-8")
        for shipped in ("warehouse/states", "indicators/catalogue"):
            text = text.replace(f'"{shipped}', f'"{ROOT}/{shipped}')
        config = tmp_path / "config.toml"
        config.write_text(f'{text}{DECLARED}url = "{api.url}"\n', encoding="utf-8")
        given = ["--config", config, "--data", data, "--set", f"engine.port={free_port()}", "--set", "events.port=0"]
        metrics = free_port()
        given += ["--set", f"metrics.port={metrics}"]

        def ask(*words: str) -> dict[str, Any]:
            line = [sys.executable, ROOT / "run.py", *words, *given, "--json"]
            done = subprocess.run(line, capture_output=True, text=True, timeout=100, cwd=ROOT)
            return json.loads(done.stdout) if done.returncode == 0 else {}

        with (tmp_path / "log").open("wb") as log:
            line = [sys.executable, ROOT / "run.py", "engine", *given]
            engine = subprocess.Popen(line, stdout=log, stderr=log, cwd=ROOT)
        try:
            until = time.monotonic() + 90
            while not any(drop.glob("refused/*.reason.txt")) or len(api.asked) < 4:
                assert time.monotonic() < until, (tmp_path / "log").read_text()
                time.sleep(0.1)
            figures = httpx.get(f"http://127.0.0.1:{metrics}/metrics").text
            counts, told = ask("cases", "--source", "polled", "--list"), ask("rejected", "list", "--source", "polled")
        finally:
            engine.terminate()
            engine.wait(30)
    (case,) = counts["cases"]
    assert case["case_id"].startswith("mobile-")
    assert case["office"] == "ring [mobile]"
    assert [(row["field"], row["kind"]) for row in told["personal"]] == [
        ("at", "mobile"),
        ("id", "mobile"),
        ("office", "mobile"),
    ]
    assert [row["reason"] for row in told["rows"]] == ["bad_time"]
    assert 'cm_source_readable{source="polled"} 1.0' in figures
    assert 'cm_rows_masked_total{field="office",kind="mobile",source="polled"}' in figures
    assert 'cm_offices{state="silent"}' in figures
    said = (tmp_path / "log").read_text() + figures
    assert "[mobile].csv is refused" in said
    assert MOBILE not in said + json.dumps(counts) + json.dumps(told)
    assert (data / "pseudonym.key").stat().st_mode & 0o777 == 0o600
