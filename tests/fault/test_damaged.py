"""A file or a log of the warehouse that is cut short or has other bits than were written: said, never silently wrong.

Every place is chosen by a seed. What is lost with a log comes again from sources that keep their past, because their
positions go back with the data.
"""

from __future__ import annotations

import contextlib
import logging
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.backing import backups_of, put_back, whole_batches
from tests.helpers.broker import Broker
from tests.helpers.dropping import open_drop
from tests.helpers.house import ROOT
from tests.helpers.ingesting import BATCHES, ingest
from tests.helpers.kafka_engine import Engine, engine_on, lines
from tests.helpers.kafka_reading import wait_for
from tests.helpers.store import open_store
from warehouse.database import Database
from warehouse.errors import BackupError, StorageBrokenError, StorageDamagedError
from warehouse.maintenance import Maintenance
from warehouse.opening import log_of, logs_aside

FILE = "warehouse.duckdb"
FOLDED, KILLED = 20, 50
_WRITING = """
import os, sys
from pathlib import Path
from tests.helpers.ingesting import Tally, batch_of
from tests.helpers.store import open_store
from warehouse.maintenance import Maintenance
with open_store(Path(sys.argv[1])) as store:
    for number in range(int(sys.argv[3])):
        if number == int(sys.argv[2]):
            Maintenance(store.writer, least_share=-1).checkpoint()
        store.writer.commit(batch_of(number), Tally())
    os._exit(0)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose process was killed: some batches are in the file, later ones in its log."""
    folder = tmp_path_factory.mktemp("killed")
    words = [sys.executable, "-c", _WRITING, str(folder), str(FOLDED), str(KILLED)]
    subprocess.run(words, cwd=ROOT, check=True, timeout=200)
    assert log_of(folder / FILE).stat().st_size > 100_000
    return folder


def copy_of(folder: Path, into: Path) -> Path:
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(folder, into)
    return into


def flip(path: Path, dice: random.Random) -> str:
    content = bytearray(path.read_bytes())
    place, bit = dice.randrange(len(content)), dice.randrange(8)
    content[place] ^= 1 << bit
    path.write_bytes(content)
    return f"bit {bit} of byte {place}"


def cut(path: Path, dice: random.Random) -> str:
    length = dice.randrange(1, path.stat().st_size)
    with path.open("r+b") as file:
        file.truncate(length)
    return f"cut at {length}"


def contents(folder: Path) -> dict[str, int]:
    """A sum over every value of every table."""
    with contextlib.closing(Database(folder / FILE)) as database, database.cursor() as cursor:
        names = [name for (name,) in cursor.execute("select table_name from duckdb_tables()").fetchall()]
        return {
            name: cursor.execute(f'select coalesce(sum(hash(one)), 0)::hugeint from "{name}" one').fetchall()[0][0]
            for name in names
        }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(12))
def test_a_flipped_bit_in_the_log_puts_it_aside_and_what_it_held_comes_again(
    killed: Path, tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    data = copy_of(killed, tmp_path / "data")
    where = flip(log_of(data / FILE), random.Random(seed))
    broken = log_of(data / FILE).read_bytes()
    with caplog.at_level(logging.ERROR), open_store(data) as store:
        # a flip in the length of the log's first entries reads as a log that ends there: then it is a prefix, too
        assert FOLDED <= whole_batches(store) <= KILLED, where
        aside = logs_aside(data / FILE)
        if aside:
            assert whole_batches(store) == FOLDED, where
            assert [one.read_bytes() for one in aside] == [broken]
            (said,) = [one.getMessage() for one in caplog.records]
            assert str(aside[0]) in said
            assert "has to be sent again" in said
        ingest(store, "never", 0)
        assert whole_batches(store) == BATCHES
        Maintenance(store.writer, least_share=-1).checkpoint()
    with open_store(data) as store:
        assert whole_batches(store) == BATCHES
    assert len(logs_aside(data / FILE)) == len(aside)


def test_most_flips_are_found(killed: Path, tmp_path: Path) -> None:
    found = 0
    for seed in range(20):
        data = copy_of(killed, tmp_path / "data")
        flip(log_of(data / FILE), random.Random(1000 + seed))
        with open_store(data):
            found += len(logs_aside(data / FILE))
    assert found >= 19


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(8))
def test_a_log_that_was_cut_short_is_a_prefix_and_the_rest_comes_again(killed: Path, tmp_path: Path, seed: int) -> None:
    data = copy_of(killed, tmp_path / "data")
    where = cut(log_of(data / FILE), random.Random(seed))
    with open_store(data) as store:
        assert FOLDED <= whole_batches(store) <= KILLED, where
        assert not logs_aside(data / FILE)
        ingest(store, "never", 0)
        assert whole_batches(store) == BATCHES


@pytest.mark.timeout(300)
@pytest.mark.parametrize("harm", [flip, cut])
def test_a_damaged_file_is_refused_or_whole_and_comes_back_from_the_backup(
    killed: Path, tmp_path: Path, harm: Callable[[Path, random.Random], str]
) -> None:
    whole = copy_of(killed, tmp_path / "whole")
    with open_store(whole) as store:
        Maintenance(store.writer, least_share=-1).checkpoint()
    backups_of(whole).make(tmp_path / "backup")
    expected = contents(whole)
    refused: list[str] = []
    for seed in range(12):
        data = copy_of(whole, tmp_path / "data")
        where = harm(data / FILE, random.Random(seed))
        try:
            assert contents(data) == expected, where
        except StorageDamagedError as error:
            refused.append(str(error))
            # no damaged file becomes a backup that takes the place of a good one
            with pytest.raises(BackupError, match="could not be copied"):
                backups_of(data).make(tmp_path / "another")
            assert not (tmp_path / "another").exists()
    assert len(refused) >= 6
    assert all(str(tmp_path / "data" / FILE) in one for one in refused)
    put_back(tmp_path / "backup", data, move_aside=True)
    assert contents(data) == expected
    with open_store(data) as store:
        ingest(store, "never", 0)
        assert whole_batches(store) == BATCHES


def test_a_good_log_of_a_damaged_file_stays_where_it_is(killed: Path, tmp_path: Path) -> None:
    refused = 0
    for seed in range(12):
        data = copy_of(killed, tmp_path / "data")
        with (data / FILE).open("r+b") as file:
            file.truncate(random.Random(seed).randrange(1, 300_000))
        log = log_of(data / FILE).read_bytes()
        try:
            Database(data / FILE).close()
        except StorageBrokenError:
            refused += 1
            assert log_of(data / FILE).read_bytes() == log
        assert not logs_aside(data / FILE)
    assert refused


def test_files_that_were_loaded_since_are_taken_again_from_where_they_were_put_aside(tmp_path: Path) -> None:
    def rows(*names: str) -> str:
        return "id,opened,closed,due,result\n" + "".join(f"{name},2026-04-01,,,\n" for name in names)

    with open_drop(tmp_path) as drop:
        drop.put("a.csv", rows("1", "2"))
        drop.settle()
    backups_of(tmp_path).make(tmp_path.parent / f"{tmp_path.name}.backup")
    with open_drop(tmp_path) as drop:
        drop.put("b.csv", rows("3"))
        drop.settle()
        drop.put("b.csv", rows("4"))  # another day's file of the same name
        drop.settle()
        assert len(drop.files("done")) == 3
    (tmp_path / FILE).unlink()
    shutil.copy(tmp_path.parent / f"{tmp_path.name}.backup" / FILE, tmp_path / FILE)
    with open_drop(tmp_path) as drop:
        assert drop.cases() == ["1", "2"]
        drop.settle()
        assert drop.cases() == ["1", "2", "3", "4"]
        assert len(drop.files("done")) == 3
        assert drop.files("taken") == drop.files("repeated") == []
    shutil.copystat(tmp_path / FILE, tmp_path / "drop" / "done" / "a.csv")  # as a copy on another machine would look
    with open_drop(tmp_path) as drop:
        drop.settle()
        assert drop.cases() == ["1", "2", "3", "4"]
        assert len(drop.files("done")) == 3


# ------------------------------------------------------------------------------------------------- the whole engine


@pytest.fixture
def engine(tmp_path: Path, broker: Broker) -> Iterator[Engine]:
    with engine_on(tmp_path, broker, broker.topic(2)) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_goes_on_without_its_log_and_after_a_restore_and_nothing_is_lost_or_double(
    engine: Engine, broker: Broker
) -> None:
    running, topic = engine, engine.topic
    broker.send(topic, lines(500, "K"), (0, 1))
    running.start()
    wait_for(lambda: running.received().get("permits") == 500, "the topic is read")
    wait_for(running.is_ready, "it says that it is ready")
    backup = running.data.parent / "backups" / "20260401T000000Z"
    backup.parent.mkdir()
    running.run("backup", str(backup))
    broker.send(topic, lines(500, "L"), (0, 1))
    (running.drop / "one.jsonl").write_bytes(b"\n".join(lines(300, "F")))
    wait_for(lambda: running.received().get("permits") == 1000, "more is read")
    wait_for(lambda: running.received().get("lists") == 300, "and the file")
    running.end(signal.SIGKILL)

    log = log_of(running.data / FILE)
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 4
    log.write_bytes(content)
    running.start()
    wait_for(lambda: running.received().get("permits") == 1000, "it is read again")
    wait_for(lambda: running.received().get("lists") == 300, "and the file")
    said = running.log.read_text()
    (aside,) = logs_aside(running.data / FILE)
    assert str(aside) in said.replace("\n", "")
    assert aside.read_bytes() == bytes(content)
    running.end(signal.SIGTERM)
    assert running.run("cases")["total"] == 1300
    assert running.run("verify")["different"] == 0

    file = running.data / FILE
    content = bytearray(file.read_bytes())
    for place in range(12_288, len(content), 4096):
        content[place] ^= 16
    file.write_bytes(content)
    running.start()
    assert running.end(signal.SIGCONT) == 75
    said = running.log.read_text()
    assert f"python run.py restore {backup} --move-aside" in said
    running.run("restore", str(backup), "--move-aside")
    running.start()
    wait_for(lambda: running.received().get("permits") == 1000, "it is read on from the backup")
    wait_for(lambda: running.received().get("lists") == 300, "and the file")
    time.sleep(0.5)
    running.end(signal.SIGTERM)
    assert running.run("cases")["total"] == 1300
    assert running.run("verify")["different"] == 0
