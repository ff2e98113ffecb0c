"""Rows that a mistake in the settings refused: mended while everything runs, tried again by a button."""

from __future__ import annotations

import html
import re
from pathlib import Path

import httpx

from tests.helpers.house import house, run_json
from tests.helpers.second_state import CASES, write_second_state


def test_a_mapping_is_mended_and_its_rows_are_taken_without_a_start(tmp_path: Path) -> None:
    config = write_second_state(tmp_path / "gujarat")
    right = config.read_text(encoding="utf-8")
    config.write_text(right.replace('CC = "caste_certificate"', 'CX = "caste_certificate"'), encoding="utf-8")
    data = tmp_path / "data"
    key = run_json("operator-key", "make", "R. Nair", data=data, config=config)["key"]
    with (
        house(data, config=config) as running,
        httpx.Client(base_url=running.url, trust_env=False, timeout=120, follow_redirects=True) as desk,
    ):
        asked = {"data": data, "config": config, "settings": running.all_settings()}
        log = config.parent / "log.csv"
        told = run_json("ingest", log, "--source", "jansewa", **asked)
        assert (told["accepted"], told["rejected"]) == (CASES / 2, CASES / 2)
        own = {"Origin": running.url}
        desk.post("/operator/enter", data={"key": key}, headers=own).raise_for_status()
        again = desk.post("/operator/replay", data={"source": "jansewa"}, headers=own)
        assert f"Taken now: 0. Refused again: {CASES // 2}." in again.text
        config.write_text(right, encoding="utf-8")
        mended = desk.post("/operator/replay", data={"source": "jansewa"}, headers=own)
        assert f"Taken now: {CASES // 2}. Refused again: 0." in mended.text
        assert "when the engine is started again" in mended.text
        assert run_json("verify", **asked)["different"] == 0
        stored = run_json("value", "gov_in_time_share", "--period", "fy", **asked)
        assert stored["denominator"] == CASES * 3 / 4


def test_a_review_is_held_and_what_comes_after_is_compared_with_it(tmp_path: Path) -> None:
    config, data = write_second_state(tmp_path / "gujarat"), tmp_path / "data"
    lines = (config.parent / "log.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    first, rest = tmp_path / "first.csv", tmp_path / "rest.csv"
    half = 1 + len(lines) // 2
    first.write_text("".join(lines[:half]), encoding="utf-8")
    rest.write_text("".join([lines[0], *lines[half:]]), encoding="utf-8")
    key = run_json("operator-key", "make", "R. Nair", data=data, config=config)["key"]
    with (
        house(data, config=config) as running,
        httpx.Client(base_url=running.url, trust_env=False, timeout=120, follow_redirects=True) as desk,
    ):
        asked = {"data": data, "config": config, "settings": running.all_settings()}
        own = {"Origin": running.url}
        run_json("ingest", first, "--source", "jansewa", **asked)
        then = run_json("value", "gov_open", **asked)["value"]
        desk.post("/operator/enter", data={"key": key}, headers=own).raise_for_status()
        held = desk.post("/operator/hold", data={"title": "Before the rest"}, headers=own)
        review = re.search(r"The review (\S+) is kept", held.text)
        assert review is not None, held.text
        point = {"review": review[1], "area": "GJ", "task": "Close them", "holder": "Collector", "due_on": "2020-01-01"}
        desk.post("/operator/agree", data=point | {"indicator": "gov_open"}, headers=own).raise_for_status()
        bad = desk.post("/operator/agree", data=point | {"indicator": "gov_nothing"}, headers=own)
        assert bad.status_code == 409
        assert "there is no indicator 'gov_nothing'" in html.unescape(bad.text)

        run_json("ingest", rest, "--source", "jansewa", **asked)
        now = run_json("value", "gov_open", **asked)["value"]
        assert now != then
        questions = html.unescape(desk.get("/api/view", params={"path": "/review"}).text)
        assert f"{then:.0f} then, now" in questions
        assert "(Gujarat) was agreed until 01-01-2020" in questions
        assert run_json("verify", **asked)["different"] == 0
