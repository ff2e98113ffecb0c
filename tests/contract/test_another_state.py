"""Another state is files: tables, catalogue, settings. No line of code knows Kerala, its levels or its language."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.helpers.house import command, run_json
from tests.helpers.second_state import CASES, write_second_state


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_second_state(tmp_path_factory.mktemp("gujarat"))


@pytest.fixture(scope="module")
def data(config: Path) -> Path:
    """The warehouse with the state's log."""
    data = config.parent / "data"
    told = run_json("ingest", config.parent / "log.csv", "--source", "jansewa", data=data, config=config)
    assert (told["received"], told["accepted"], told["rejected"]) == (CASES, CASES, 0)
    return data


def test_its_catalogue_is_held_to_the_same_rules(config: Path, tmp_path: Path) -> None:
    words = command("indicators", "check", data=tmp_path, config=config)
    done = subprocess.run(
        [one for one in words if one not in {"--data", str(tmp_path)}], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "23 indicators, 0 issues" in done.stdout


def test_its_numbers_are_counted_and_explained(config: Path, data: Path) -> None:
    told = run_json("value", "gov_in_time_share", "--area", "GJ-ahmedabad", "--period", "fy", data=data, config=config)
    # every third case is of the district; three of four are decided, of which some within 15 days or 10 working days
    assert told["denominator"] == CASES / 3 * 3 / 4
    assert 0 < told["numerator"] < told["denominator"]
    assert told["coverage"] == {"reporting": 2, "expected": 2, "of": "offices"}
    state = run_json("value", "gov_in_time_share", "--period", "fy", data=data, config=config)
    assert state["denominator"] == CASES * 3 / 4


def test_a_past_day_is_told_as_another_day_knew_it(config: Path, data: Path) -> None:
    today = datetime.now(ZoneInfo("Asia/Kolkata")).date()
    asked = ("value", "gov_in_time_share", "--period", "fy", "--on", today.isoformat(), "--known")
    now = run_json(*asked, today.isoformat(), data=data, config=config)
    assert (now["denominator"], now["known_on"]) == (CASES * 3 / 4, today.isoformat())
    before = run_json(*asked, (today - timedelta(days=2)).isoformat(), data=data, config=config)
    assert (before["value"], before["denominator"]) == (None, 0), "the log was loaded today"


def test_everything_recomputed_is_the_same(config: Path, data: Path) -> None:
    report = run_json("verify", data=data, config=config)
    assert report["different"] == 0
    assert report["compared"] > CASES


def test_a_column_that_was_added_to_the_log_is_named_in_the_answer(config: Path, data: Path) -> None:
    head, *rows = (config.parent / "log.csv").read_text(encoding="utf-8").splitlines()
    longer = config.parent / "longer.csv"
    longer.write_text("\n".join([f"{head},ward", *(f"{row},7" for row in rows)]), encoding="utf-8")
    for name, added in (("log.csv", []), ("longer.csv", ["ward"]), ("longer.csv", [])):
        told = run_json("ingest", config.parent / name, "--source", "jansewa", data=data, config=config)
        assert (told["duplicates"], told["added_columns"]) == (CASES, added)


def test_a_catalogue_that_lacks_something_is_refused_in_whole_words(config: Path, tmp_path: Path) -> None:
    department = (config.parent / "catalogue" / "revenue.toml").read_text(encoding="utf-8")
    families = (config.parent / "catalogue" / "families.toml").read_text(encoding="utf-8")
    (tmp_path / "families.toml").write_text(families, encoding="utf-8")
    (tmp_path / "revenue.toml").write_text(department.partition("[[service]]")[0], encoding="utf-8")
    words = command("verify", data=tmp_path / "data", config=config, settings={"state.catalogue": str(tmp_path)})
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    # names in brackets are not taken for markup of the terminal
    assert "error [orphan_service]" in done.stderr
