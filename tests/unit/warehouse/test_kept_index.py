"""Indexes in files say what indexes of rows that were read say; files that are not as they were written say nothing."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.ingesting import Tally, batch_of
from tests.helpers.store import open_store
from tests.unit.warehouse.test_event_index import BATCHES, KEY, numbers, plus
from warehouse import known
from warehouse.case_index import CaseIndex
from warehouse.errors import StorageBusyError
from warehouse.event_index import ABOUT, EventIndex
from warehouse.kept_index import FOLDER, KeptIndex


def said(index: EventIndex, cases: CaseIndex, keys: np.ndarray) -> list[Any]:
    """Everything that they say of some keys."""
    about = [index.rows_about(name, keys).tolist() for name in ABOUT]
    return [len(index), index.rows(keys).tolist(), *about, cases.numbers(keys).tolist(), cases.next_number]


@given(before=BATCHES, after=BATCHES, asked=st.lists(KEY, max_size=6))
def test_they_are_as_they_were_and_go_on(before: list[Any], after: list[Any], asked: list[int]) -> None:
    index, cases = EventIndex(), CaseIndex()
    with TemporaryDirectory() as folder:
        files = KeptIndex(Path(folder) / "warehouse.duckdb")
        for number, batch in enumerate([*before, *after]):
            if number == len(before):
                index, cases = again(files, index, cases)
            index = plus(index, batch).merged()
            cases = cases.plus(numbers([one[0] for one in batch]))
        whole = EventIndex(), CaseIndex()
        for batch in (*before, *after):
            whole = plus(whole[0], batch), whole[1].plus(numbers([one[0] for one in batch]))
        keys = numbers(asked)
        assert said(index, cases, keys) == said(*whole, keys)
        assert [one.tolist() for one in index.find(keys, keys)] == [one.tolist() for one in whole[0].find(keys, keys)]


def again(files: KeptIndex, index: EventIndex, cases: CaseIndex) -> tuple[EventIndex, CaseIndex]:
    """The same, out of files."""
    found = files.read(files.write(index, cases))
    assert found is not None
    return found


def some() -> tuple[EventIndex, CaseIndex]:
    batch = [(key << 40, key, key, None, None) for key in range(200)]
    return plus(EventIndex(), batch), CaseIndex().plus(numbers([one[0] for one in batch]))


@pytest.mark.parametrize("file", ["event_key-0.npy", "rest.npy", "digest.npy", "case-0.npy", "case_key-0.npy"])
def test_one_byte_that_is_another_is_found(tmp_path: Path, file: str, caplog: pytest.LogCaptureFixture) -> None:
    files = KeptIndex(tmp_path / "warehouse.duckdb")
    name = files.write(*some())
    damaged = tmp_path / FOLDER / name / file
    contents = bytearray(damaged.read_bytes())
    contents[-100] ^= 1
    damaged.write_bytes(contents)
    with caplog.at_level(logging.WARNING):
        assert files.read(name) is None
    assert "is not what was written" in caplog.text
    damaged.write_bytes(contents[:-8])
    assert files.read(name) is None
    damaged.unlink()
    assert files.read(name) is None


def test_other_contents_are_not_understood(tmp_path: Path) -> None:
    files = KeptIndex(tmp_path / "warehouse.duckdb")
    name = files.write(*some())
    file = tmp_path / FOLDER / name / "contents.json"
    contents = json.loads(file.read_text())
    for text in ("", "[]", json.dumps(contents | {"format": 2}), json.dumps({"format": 1})):
        file.write_text(text)
        assert files.read(name) is None
    assert files.read("") is None
    assert files.read("never") is None


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageBusyError, match=r"the index cannot be written: .*No space left"):
        KeptIndex(tmp_path / "warehouse.duckdb").write(*some())
    assert list((tmp_path / FOLDER).iterdir()) == []


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_LEAST_KEPT", 1)


@pytest.mark.usefixtures("soon")
def test_an_engine_that_starts_reads_only_what_came_since(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.writer.commit(batch_of(0), Tally())
        assert store.writer.keep_index()
        assert not store.writer.keep_index(), "nothing came since"
        store.writer.commit(batch_of(1), Tally())
    (kept,) = (tmp_path / FOLDER).iterdir()
    with open_store(tmp_path) as store:
        assert (store.writer.known.kept, len(store.writer.known.events)) == (40, 80)
        assert [store.writer.commit(batch_of(number), Tally()).accepted for number in range(3)] == [0, 0, 40]
        assert store.writer.keep_index()
        assert store.count("case") == len({row for (row,) in store.writer.run(_case_ids)})
    assert not kept.exists(), "another took its place"


def _case_ids(connection: Any) -> list[tuple[str]]:
    return connection.execute('select case_id from "case"').fetchall()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    "moment",
    [
        "warehouse.kept_index.KeptIndex.write",
        "warehouse.writer.keep_setting",
        "warehouse.writer.read_indexes",
        "warehouse.kept_index.KeptIndex.remove_others",
    ],
)
def test_cut_off_anywhere_everything_is_known(tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> None:
        raise StorageBusyError("cut off")

    with open_store(tmp_path) as store:
        store.writer.commit(batch_of(0), Tally())
        store.writer.keep_index()
        store.writer.commit(batch_of(1), Tally())
        with monkeypatch.context() as patch:
            patch.setattr(moment, cut_off)
            with pytest.raises(StorageBusyError):
                store.writer.keep_index()
        assert store.writer.commit(batch_of(1), Tally()).accepted == 0
    with open_store(tmp_path) as store:
        assert [store.writer.commit(batch_of(number), Tally()).accepted for number in range(3)] == [0, 0, 40]
        assert len(list((tmp_path / FOLDER).iterdir())) == 1


@pytest.mark.usefixtures("soon")
def test_files_of_another_copy_of_the_warehouse_are_not_used(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.writer.commit(batch_of(0), Tally())
        store.writer.keep_index()
    shutil.copy(tmp_path / "warehouse.duckdb", tmp_path / "copy")
    with open_store(tmp_path) as store:
        store.writer.commit(batch_of(1), Tally())
        store.writer.keep_index()
    shutil.copy(tmp_path / "copy", tmp_path / "warehouse.duckdb")
    with open_store(tmp_path) as store:
        results = [store.writer.commit(batch_of(number), Tally()).accepted for number in (1, 2, 0)]
        assert results == [40, 40, 0]


@pytest.mark.usefixtures("soon")
def test_commits_go_on_while_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = KeptIndex.write

    def with_a_commit(self: KeptIndex, events: EventIndex, cases: CaseIndex) -> str:
        name = whole(self, events, cases)
        store.writer.commit(batch_of(1), Tally())
        return name

    monkeypatch.setattr(KeptIndex, "write", with_a_commit)
    with open_store(tmp_path) as store:
        store.writer.commit(batch_of(0), Tally())
        store.writer.keep_index()
        assert (store.writer.known.kept, len(store.writer.known.events)) == (40, 80)
        results = [store.writer.commit(batch_of(number), Tally()).accepted for number in range(3)]
        assert results == [0, 0, 40]
