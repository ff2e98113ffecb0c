"""A watched folder: each content is loaded once, a broken file holds up nobody, nothing is taken half-written."""

from __future__ import annotations

import os
import threading
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.sources.folder_place import FolderPlace, read_folders
from ingest.sources.memory import MemorySource
from tests.helpers.dropping import STABLE_S, open_drop
from tests.helpers.store import batch
from warehouse.errors import ConfigError
from warehouse.event import EVENT_SCHEMA

HEADER = "id,opened,closed,due,result\n"


def rows(*names: str) -> str:
    return HEADER + "".join(f"{name},2026-04-01,,,\n" for name in names)


def test_files_are_loaded_and_put_aside_oldest_first(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        for age, name in ((10, "b.csv"), (20, "c.csv"), (30, "a.csv")):
            os.utime(drop.put(name, rows(*(f"{name[0]}{row}" for row in range(7)))), (0, 1_000_000_000 - age))
        drop.settle()
        assert drop.files() == drop.files("taken") == []
        assert drop.files("done") == ["a.csv", "b.csv", "c.csv"]
        assert drop.cases() == sorted(f"{name}{row}" for name in "abc" for row in range(7))
        with drop.store.database.cursor() as cursor:
            order = [row[0][2] for row in cursor.execute("select case_id from event order by rowid").fetchall()]
        assert "".join(order) == "a" * 7 + "c" * 7 + "b" * 7


def test_a_file_is_left_alone_until_nobody_writes_it(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        path = drop.put("a.csv", rows("1"))
        for row in range(2, 5):
            drop.look()
            drop.clock.advance(timedelta(seconds=STABLE_S - 2))
            drop.look()
            assert drop.cases() == []
            path.write_text(rows(*map(str, range(1, row + 1))))
        drop.settle()
        assert drop.cases() == ["1", "2", "3", "4"]


@pytest.mark.parametrize("name", [".a.csv", "a.csv.part", "a.csv.TMP", "a.csv~"])
def test_a_file_with_the_name_of_an_unfinished_one_waits_for_its_own(tmp_path: Path, name: str) -> None:
    with open_drop(tmp_path) as drop:
        path = drop.put(name, rows("1"))
        drop.settle()
        assert drop.files() == [name]
        path.rename(drop.path / "a.csv")
        drop.settle()
        assert drop.cases() == ["1"]


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        (drop.path / "folder.csv").mkdir()
        (tmp_path / "secret.csv").write_text(rows("1"))
        (drop.path / "link.csv").symlink_to(tmp_path / "secret.csv")
        drop.settle()
        assert drop.cases() == []


@pytest.mark.parametrize("folder", ["taken", "done"])
def test_a_link_is_left_alone_wherever_it_lies(tmp_path: Path, folder: str) -> None:
    (tmp_path / "secret.csv").write_text(rows("1"))
    (tmp_path / "drop" / folder).mkdir(parents=True)
    (tmp_path / "drop" / folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with open_drop(tmp_path) as drop:
        drop.put("next.csv", rows("2"))
        drop.settle()
        assert drop.cases() == ["2"]
        assert "link.csv" in drop.files(folder)


def test_a_file_that_becomes_a_link_before_it_is_opened_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(rows("1"))

    def swap(moment: str) -> None:
        if moment == "taken" and (path := tmp_path / "drop" / "taken" / "a.csv").exists():
            path.unlink()
            path.symlink_to(tmp_path / "secret.csv")

    with open_drop(tmp_path, swap) as drop:
        drop.put("a.csv", rows("2"))
        drop.settle()
        drop.put("next.csv", rows("3"))
        drop.settle()
        drop.settle()
        assert drop.cases() == ["3"]


def test_the_same_content_is_loaded_once_and_said_so(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        drop.put("a.csv", rows("1"))
        drop.settle()
        drop.put("a.csv", rows("1"))
        drop.put("b.csv", rows("1"))
        drop.settle()
        assert drop.files("done") == ["a.csv"]
        assert drop.files("repeated") == ["a.csv", "a.csv.reason.txt", "b.csv", "b.csv.reason.txt"]
        said = (drop.path / "repeated" / "b.csv.reason.txt").read_text()
        assert "b.csv holds the same as a.csv, which was loaded 2026-11-01" in said
        (counts,) = drop.store.ask("source_counts")
        assert (counts["received"], counts["duplicates"]) == (1, 0)
    with open_drop(tmp_path) as drop:
        drop.put("c.csv", rows("1"))
        drop.settle()
        assert "c.csv" in drop.files("repeated"), "the manifest outlives the process"


def test_another_file_of_the_same_name_is_loaded_and_overwrites_nothing(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        for number in range(3):
            drop.put("daily.csv", rows(str(number)))
            drop.settle()
        assert drop.cases() == ["0", "1", "2"]
        contents = {path.read_text() for path in (drop.path / "done").iterdir()}
        assert contents == {rows("0"), rows("1"), rows("2")}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "id,open,closed,due,result\n1,2026-04-01,,,\n", "needs column 'opened', the file does not have it"),
        ("a.csv", "", "is empty"),
        ("a.parquet", "no parquet", "is not a Parquet file"),
        ("a.doc", "what is it", "set format in source.test"),
        ("a.csv.gz", b"\x1f\x8bdamaged", "cannot be read to its end"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason_and_the_next_is_loaded(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with open_drop(tmp_path) as drop:
        os.utime(drop.put(name, content), (0, 0))
        drop.put("next.csv", rows("1"))
        drop.settle()
        assert drop.files("refused") == [name, f"{name}.reason.txt"]
        assert said in (drop.path / "refused" / f"{name}.reason.txt").read_text()
        assert drop.cases() == ["1"]


@pytest.mark.parametrize(
    "name",
    ["മ" * 82 + ".txt", "a" * 251 + ".csv", "a." + "x" * 250, os.fsdecode(b"\xff.csv")],
    ids=["letters of three bytes", "long stem", "long ending", "not UTF-8"],
)
def test_a_name_that_is_too_long_for_a_note_or_no_text_holds_up_nobody(tmp_path: Path, name: str) -> None:
    with open_drop(tmp_path) as drop:
        for number in range(2):  # the second needs another name
            os.utime(drop.put(name, f"no,columns\n{number},\n"), (0, 0))
            drop.settle()
        drop.put("next.csv", rows("1"))
        drop.settle()
        assert drop.cases() == ["1"]
        refused = drop.files("refused")
        assert name in refused
        assert len(refused) == 4
        notes = [one for one in refused if one.endswith(".reason.txt")]
        assert all("was not loaded" in (drop.path / "refused" / one).read_text() for one in notes)


def test_a_file_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        drop.put(os.fsdecode(b"\xff.csv"), rows("1") + "2,soon,,,\n")
        drop.settle()
        (note,) = (one for one in drop.files("refused") if one.endswith(".txt"))
        assert (
            (drop.path / "refused" / note).read_text().startswith("\\udcff.csv was not loaded.\nits name is not text")
        )


def test_a_bad_row_is_no_reason_to_refuse_a_file(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        drop.put("a.csv", rows("1") + "2,soon,,,\n")
        drop.settle()
        assert drop.files("done") == ["a.csv"]
        assert drop.store.count("rejected") == 1


def test_nobody_waits_while_a_file_is_hashed_and_little_memory_is_taken(tmp_path: Path) -> None:
    let_go = threading.Event()

    def hashing(moment: str) -> None:
        if moment == "hashed":
            assert let_go.wait(60)

    with open_drop(tmp_path, hashing) as drop:
        with drop.put("large.csv", rows("1")).open("ab") as file:
            file.truncate(64 << 20)  # zeros to the end: one broken row
        drop.clock.advance(timedelta(seconds=2 * STABLE_S))
        other = MemorySource("other", [batch(EVENT_SCHEMA.empty_table(), source="other", position="7")] * 3)
        tracemalloc.start()
        try:
            drop.pipeline.run_once()
            drop.clock.advance(timedelta(seconds=STABLE_S))
            drop.pipeline.run_once()
            assert drop.files("taken") == ["large.csv"]
            drop.pipeline.add(other)
            while not other.done:
                drop.pipeline.run_once()
            assert (drop.files("taken"), drop.cases()) == (["large.csv"], []), "it is still being hashed"
            let_go.set()
            drop.settle()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert drop.cases() == ["1"]
        assert most < 32 << 20


def test_a_source_that_is_closed_while_a_file_is_hashed_ends_and_goes_on_later(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        with drop.put("large.csv", rows("1")).open("ab") as file:
            file.truncate(1 << 40)  # takes no room, and would take an hour
        drop.pipeline.run_once()
        drop.clock.advance(timedelta(seconds=STABLE_S))
        drop.pipeline.run_once()
        assert drop.files("taken") == ["large.csv"]
    (drop.path / "taken" / "large.csv").write_text(rows("1"))
    with open_drop(tmp_path) as drop:
        drop.settle()
        assert drop.cases() == ["1"]


def test_a_folder_that_is_away_is_asked_for_again(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        drop.path.rename(tmp_path / "away")
        drop.look()
        (tmp_path / "away").rename(drop.path)
        drop.put("a.csv", rows("1"))
        drop.settle()
        drop.settle()
        assert drop.cases() == ["1"]


def test_the_settings_of_a_folder(tmp_path: Path) -> None:
    made = read_folders({"a": {"folder": {"path": "in/a"}}, "b": {}}, tmp_path)
    assert made == {"a": FolderPlace(tmp_path / "in" / "a")}
    full = {"path": "/srv/a", "pattern": "*.csv", "stable_s": 0, "interval_s": 60}
    assert read_folders({"a": {"folder": full}}, tmp_path)["a"] == FolderPlace(Path("/srv/a"), "*.csv", 0, 60)


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ({}, "source.a.folder.path: a folder is needed"),
        ({"path": "x", "patern": "*"}, "source.a.folder.patern: there is no such key; nearest is pattern"),
        ({"path": "x", "interval_s": 0}, "source.a.folder.interval_s: must be 0.1 to 86400, not 0"),
        ("x", "source.a.folder: must be a table"),
    ],
)
def test_settings_of_a_folder_that_are_wrong_are_said(tmp_path: Path, folder: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_folders({"a": {"folder": folder}}, tmp_path)


def test_two_sources_do_not_share_a_folder(tmp_path: Path) -> None:
    same = {"folder": {"path": "x"}}
    with pytest.raises(ConfigError, match=r"source\.b\.folder\.path: source\.a watches"):
        read_folders({"a": same, "b": same}, tmp_path)
