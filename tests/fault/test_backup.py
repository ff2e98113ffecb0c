"""Backups while the engine runs, and kill -9 in the midst of a backup and of a restore: nothing half looks whole."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.helpers.backing import backups_of, put_back, whole_batches
from tests.helpers.house import ROOT, House, command, run_json
from tests.helpers.ingesting import Tally, batch_of
from tests.helpers.second_state import write_second_state
from tests.helpers.store import open_store

BATCHES = 20
#: What is there when the process is killed, by a glob pattern beside the place that is filled.
MOMENTS = (".{0}.*.partial", ".{0}.*.partial/warehouse.duckdb", ".{0}.*.partial/pseudonym.key")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled") / "data"
    with open_store(folder) as store:
        for number in range(BATCHES):
            store.writer.commit(batch_of(number), Tally())
    (folder / "pseudonym.key").write_text("ab" * 32)
    return folder


def killed_when(found: str, beside: Path, asked: str, data: Path, backup: Path) -> bool:
    """Run a backup or a restore and kill it once something is there. Returns: whether it came to that."""
    words = [sys.executable, "-m", "tests.helpers.backing", asked, str(data), str(backup)]
    process = subprocess.Popen(words, cwd=ROOT)
    while process.poll() is None and not list(beside.glob(found)):
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_a_killed_backup_leaves_nothing_that_looks_like_one(data: Path, tmp_path: Path) -> None:
    killed = 0
    for number, moment in enumerate(MOMENTS):
        place = tmp_path / f"backup{number}"
        if killed_when(moment.format(place.name), tmp_path, "backup", data, place):
            killed += 1
            assert not place.exists()
            left = list(tmp_path.glob(f".{place.name}.*"))
            assert left, "the process was killed before it began"
            backups_of(data).make(place)
            assert not list(tmp_path.glob(f".{place.name}.*")), "what was left is taken away"
        put_back(place, tmp_path / f"data{number}")
        with open_store(tmp_path / f"data{number}") as store:
            assert whole_batches(store) == BATCHES
    assert killed >= 2


def test_a_killed_restore_leaves_the_data_folder_as_it_was(data: Path, tmp_path: Path) -> None:
    backups_of(data).make(tmp_path / "backup")
    killed = 0
    for number, moment in enumerate(MOMENTS):
        place = tmp_path / f"data{number}"
        if killed_when(moment.format(place.name), tmp_path, "restore", place, tmp_path / "backup"):
            killed += 1
            assert not place.exists()
            put_back(tmp_path / "backup", place)
        assert not list(tmp_path.glob(f".{place.name}.*")), "what was left is taken away"
        with open_store(place) as store:
            assert whole_batches(store) == BATCHES
    assert killed >= 1


def _post(house: House, token: str, numbers: range) -> dict[str, int]:
    """Send one opened case per number over HTTP."""
    events = [
        {"specversion": "1.0", "id": f"E{number}", "source": "jansewa", "type": "cm.case.opened",
         "time": "2026-05-04T10:00:00+05:30",
         "data": {"case_id": f"C{number}", "service": "income_certificate", "area": "GJ-botad-ranpur"}}
        for number in numbers
    ]  # fmt: skip
    request = urllib.request.Request(
        f"{house.events_url}/events", json.dumps(events).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


@pytest.mark.timeout(400)
def test_a_backup_of_a_running_engine_comes_back_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    config = write_second_state(tmp_path / "state")
    house = House(data, config=config)
    settings = house.all_settings()
    token = run_json("token", "make", "jansewa", data=data, config=config)["token"]
    try:
        house.start_engine()
        assert _post(house, token, range(500))["accepted"] == 500
        made = run_json("backup", tmp_path / "backup", data=data, settings=settings, config=config)
        assert made["rows"]["event"] == 500
        assert _post(house, token, range(500, 700))["accepted"] == 200
        refused = subprocess.run(
            command("restore", tmp_path / "backup", data=data, settings=settings, config=config),
            capture_output=True,
            text=True,
        )
        assert refused.returncode == 2
        assert "an engine runs on" in refused.stderr
        house.stop_engine(signal.SIGKILL)
        restored = run_json("restore", tmp_path / "backup", "--move-aside", data=data, settings=settings, config=config)
        assert restored["rows"] == made["rows"]
        assert Path(restored["moved_aside"]).is_dir()
        assert restored["same_catalogue"]
        assert restored["key"] == str(data / "pseudonym.key")
        report = run_json("verify", data=data, settings=settings, config=config)
        assert report["different"] == 0 < report["compared"]
        house.start_engine()
        # what came after the backup comes again, with a token that is in it
        again = _post(house, token, range(700))
        assert (again["accepted"], again["duplicates"]) == (200, 500)
    finally:
        house.close()
    assert run_json("cases", "--source", "jansewa", data=data, config=config, settings=settings)["total"] == 700
