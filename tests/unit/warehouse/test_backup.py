from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.backing import backups_of, put_back, whole_batches
from tests.helpers.ingesting import BATCHES, Tally, batch_of, ingest
from tests.helpers.store import Store, open_store
from tests.helpers.tiny_state import CLOCK_AT
from warehouse.backup.rotation import Rotation
from warehouse.clock import SettableClock
from warehouse.database import known_schema
from warehouse.errors import BackupError, StorageBusyError
from warehouse.maintenance import Maintenance


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of three batches, made while the warehouse was open; its data folder is beside it."""
    folder = tmp_path_factory.mktemp("made")
    with open_store(folder / "data") as store:
        for number in range(3):
            store.writer.commit(batch_of(number), Tally())
        (folder / "data" / "pseudonym.key").write_text("ab" * 32)
        (folder / "data" / "pseudonym.key").chmod(0o600)
        backups_of(folder / "data", store.writer).make(folder / "backup")
    return folder / "backup"


@pytest.fixture
def backup(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "backup"))


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data") as store:
        yield store


def test_every_copy_holds_the_batches_up_to_one_instant(busy: Store, tmp_path: Path) -> None:
    stop, wrong, committed = threading.Event(), [], [0]
    maintenance = Maintenance(busy.writer, least_share=-1)

    def keep_house() -> None:
        while not stop.is_set():
            maintenance.compact(CLOCK_AT.date())

    def commit() -> None:
        try:
            while not stop.is_set() and committed[0] < 40 * BATCHES:
                busy.writer.commit(batch_of(committed[0]), Tally())
                committed[0] += 1
        except Exception as error:
            wrong.append(error)

    backups = backups_of(tmp_path / "data", busy.writer)
    threads = [threading.Thread(target=work) for work in (commit, keep_house)]
    for thread in threads:
        thread.start()
    spans = []
    try:
        for number in range(3):
            before = committed[0]
            backups.make(tmp_path / f"backup{number}")
            spans.append((before, committed[0]))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert any(before < after for before, after in spans), "nothing was committed while a copy was made"
    for number, (before, after) in enumerate(spans):
        put_back(tmp_path / f"backup{number}", tmp_path / f"restored{number}")
        with open_store(tmp_path / f"restored{number}") as store:
            assert before <= whole_batches(store) <= after + 1


def test_while_a_file_is_copied_commits_go_on_and_checkpoints_wait(busy: Store) -> None:
    maintenance, done = Maintenance(busy.writer), threading.Event()

    def checkpoint() -> None:
        maintenance.checkpoint()
        done.set()

    thread = threading.Thread(target=checkpoint)
    with busy.writer.file_stays:
        thread.start()
        for number in range(5):
            busy.writer.commit(batch_of(number), Tally())
        assert not done.is_set()
    thread.join()
    assert done.is_set()


def test_a_restored_source_goes_on_from_the_instant_of_the_backup(backup: Path, tmp_path: Path) -> None:
    restored = put_back(backup, tmp_path / "data")
    assert restored.moved_aside is None
    with open_store(tmp_path / "data") as store:
        assert whole_batches(store) == 3
        ingest(store, "never", 0)
        assert whole_batches(store) == BATCHES


def test_small_files_keep_content_and_permissions(made: Path, tmp_path: Path) -> None:
    put_back(made, tmp_path / "data")
    key = tmp_path / "data" / "pseudonym.key"
    assert key.read_text() == "ab" * 32
    assert key.stat().st_mode & 0o777 == 0o600
    assert made.stat().st_mode & 0o777 == 0o700


def test_the_manifest_says_what_is_in_the_backup(made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert manifest["at"] == CLOCK_AT.isoformat()
    assert (manifest["rows"]["event"], manifest["rows"]["source_ledger"]) == (120, 6)
    assert manifest["bytes"] == sum(path.stat().st_size for path in made.iterdir() if path.name != "manifest.json")
    assert set(manifest["files"]) == {path.name for path in made.iterdir()} - {"manifest.json"}


def test_a_backup_of_a_closed_warehouse_is_the_same(made: Path, tmp_path: Path) -> None:
    manifest = backups_of(made.parent / "data").make(tmp_path / "backup")
    assert manifest.rows == json.loads((made / "manifest.json").read_text())["rows"]


def test_a_backup_leaves_the_warehouse_locked(busy: Store, tmp_path: Path) -> None:
    backups_of(tmp_path / "data", busy.writer).make(tmp_path / "backup")
    opening = f"import duckdb; duckdb.connect({str(tmp_path / 'data' / 'warehouse.duckdb')!r})"
    done = subprocess.run([sys.executable, "-c", opening], capture_output=True, text=True)
    assert "Could not set lock" in done.stderr


def test_a_warehouse_that_is_open_elsewhere_is_refused(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "data")
    opening = f"import duckdb; c = duckdb.connect({str(tmp_path / 'data' / 'warehouse.duckdb')!r}); print(1); input()"
    holder = subprocess.Popen([sys.executable, "-c", opening], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StorageBusyError, match="open in another process"):
            backups_of(tmp_path / "data").make(tmp_path / "other")
        with pytest.raises(StorageBusyError, match="open in another process"):
            put_back(made, tmp_path / "data", move_aside=True)
        holder.communicate("\n")
    assert not (tmp_path / "other").exists()


def test_what_is_in_the_data_folder_is_moved_aside_only_when_asked(backup: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for turn in range(2):
        if turn:
            with pytest.raises(BackupError, match="is not empty; --move-aside renames what is there"):
                put_back(backup, data)
        restored = put_back(backup, data, move_aside=True)
        with open_store(data) as store:
            assert whole_batches(store) == 3
    assert restored.moved_aside is not None
    with open_store(restored.moved_aside) as store:
        assert whole_batches(store) == 3


@pytest.mark.parametrize("nth", [1, 2])
def test_a_restore_whose_moving_fails_leaves_the_old_folder_whole(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    data, renamed, rename = tmp_path / "data", [0], Path.rename
    with open_store(data) as store:
        store.writer.commit(batch_of(0), Tally())

    def failing(path: Path, target: Path) -> Path:
        renamed[0] += 1
        if renamed[0] == nth:
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", failing)
        with pytest.raises(BackupError, match=r"data cannot be made: .* Input/output error"):
            put_back(backup, data, move_aside=True)
    assert renamed[0] >= nth
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "data"], "nothing half is left"
    with open_store(data) as store:
        assert whole_batches(store) == 1


def test_a_name_that_is_taken_is_not_moved_onto(backup: Path, tmp_path: Path) -> None:
    put_back(backup, tmp_path / "data")
    aside = put_back(backup, tmp_path / "data", move_aside=True).moved_aside
    assert aside is not None
    before = {path.name: path.read_bytes() for path in aside.iterdir()}
    with pytest.raises(BackupError, match="not empty"):
        put_back(backup, tmp_path / "data", move_aside=True)
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == before
    with open_store(tmp_path / "data") as store:
        assert whole_batches(store) == 3


def _without_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


def _flipped(backup: Path) -> None:
    file = backup / "warehouse.duckdb"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _shortened(backup: Path) -> None:
    file = backup / "warehouse.duckdb"
    file.write_bytes(file.read_bytes()[:-1])


def _lacking(backup: Path) -> None:
    (backup / "pseudonym.key").unlink()


def _changed(**values: Any) -> Callable[[Path], None]:
    def change(backup: Path) -> None:
        path = backup / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return change


def _cut(backup: Path) -> None:
    path = backup / "manifest.json"
    path.write_text(path.read_text()[:100])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without_manifest, "is not a backup, or not a whole one"),
        (_cut, r"manifest\.json is damaged: it is not JSON"),
        (_changed(format=2), "format 2, this program knows up to 1; use a newer one"),
        (_changed(schema=99), f"schema 99, this program knows up to {known_schema()}; use a newer one"),
        (_changed(rows=None), r"manifest\.json is damaged"),
        (_changed(rows={"event": 1}), "does not hold the rows that its manifest names"),
        (_changed(files={"../../x": {"bytes": 1, "sha256": ""}}), "leads out of the folder"),
        (_changed(files={}), "names no warehouse"),
        (_changed(about={"state": "XX", "catalogue": ""}), "is of the state XX, the settings are for TT"),
        (_flipped, r"warehouse\.duckdb is damaged"),
        (_shortened, r"warehouse\.duckdb is damaged: it has \d+ bytes"),
        (_lacking, r"is not whole: pseudonym\.key is missing"),
    ],
)
def test_what_is_not_a_whole_backup_is_refused(
    backup: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(backup)
    with pytest.raises(BackupError, match=said):
        put_back(backup, tmp_path / "data")
    assert not list(tmp_path.glob("*data*"))


def test_places_that_cannot_take_a_backup_are_refused(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made.parent / "data"
    backups = backups_of(data)
    with pytest.raises(BackupError, match="is not empty"):
        backups.make(made)
    with pytest.raises(BackupError, match="lies in the data folder"):
        backups.make(data / "backup")
    with pytest.raises(BackupError, match="root of a disk"):
        backups.make(Path("/proc"))
    with pytest.raises(BackupError, match="there is no warehouse to copy"):
        backups_of(tmp_path).make(tmp_path.parent / "none")
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match=r"cannot be made: .*File exists"):
        backups.make(tmp_path / "file" / "backup")
    monkeypatch.setattr("warehouse.backup.staging.shutil.disk_usage", lambda path: SimpleNamespace(free=2**24))
    with pytest.raises(BackupError, match=r"MiB are needed there, 16 MiB are free"):
        backups.make(tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "warehouse.duckdb").write_bytes(b"no warehouse")
    with pytest.raises(BackupError, match="could not be copied: "):
        backups_of(tmp_path / "data").make(tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_nothing_is_copied_once_the_warehouse_is_being_closed(busy: Store, tmp_path: Path) -> None:
    backups = backups_of(tmp_path / "data", busy.writer)
    backups.close()
    with pytest.raises(StorageBusyError, match="being closed"):
        backups.make(tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_copy_is_given_up_when_the_warehouse_is_being_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "warehouse.duckdb").open("wb") as large:
        large.truncate(2**31)  # takes no room, and long enough to copy
    backups = backups_of(tmp_path / "data")
    with ThreadPoolExecutor(1) as thread:
        making = thread.submit(backups.make, tmp_path / "backup")
        while not list(tmp_path.glob(".backup.*/warehouse.duckdb")) and not making.done():
            time.sleep(0.001)
        backups.close()
        with pytest.raises(StorageBusyError, match="being closed"):
            making.result()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_backups_are_made_when_they_are_due_and_the_oldest_removed(made: Path, tmp_path: Path) -> None:
    clock, folder = SettableClock(CLOCK_AT), tmp_path / "backups"
    (folder / "notes").mkdir(parents=True)
    (folder / ".20250101T000000Z.12345678.partial").mkdir()
    rotation = Rotation(backups_of(made.parent / "data").make, folder, clock, every=timedelta(hours=6), keep=2)
    names = []
    assert rotation.newest() is None
    for hours in (0, 3, 3, 6):
        clock.advance(timedelta(hours=hours))
        manifest = rotation.keep_up()
        assert (manifest is None) == (hours == 3 and len(names) == 1)
        names.append(clock.at.strftime("%Y%m%dT%H%M%SZ"))
    assert rotation.newest() == clock.at
    assert sorted(path.name for path in folder.iterdir()) == [names[2], names[3], "notes"]
