"""Rows that a mistake in the settings refused: mended while everything runs, tried again by a button."""

from __future__ import annotations

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
        httpx.Client(base_url=running.url, trust_env=False, timeout=120) as desk,
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
