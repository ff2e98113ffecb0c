"""What the operator chose for walls: kept in a file that any process may read at any time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.shown_scenes import FILE, ShownScenes


def test_what_one_process_chose_another_one_sees(tmp_path: Path) -> None:
    writes, reads = ShownScenes(tmp_path / "data"), ShownScenes(tmp_path / "data")
    assert reads.of("main") == ()
    writes.choose("main", ["review"])
    writes.choose("hall", ["now", "breach"])
    assert (reads.of("main"), reads.of("hall"), reads.of("other")) == (("review",), ("now", "breach"), ())
    writes.choose("main", [])
    assert (reads.of("main"), reads.of("hall")) == ((), ("now", "breach"))
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[]", '{"main": 3}', "{", "\x00"])
def test_a_broken_file_leaves_walls_as_they_are_set(tmp_path: Path, text: str) -> None:
    reads = ShownScenes(tmp_path)
    reads.choose("main", ["review"])
    assert reads.of("main") == ("review",)
    (tmp_path / FILE).write_text(text)
    os.utime(tmp_path / FILE, ns=(1, 1))
    assert reads.of("main") == ()
    (tmp_path / FILE).unlink()
    assert reads.of("main") == ()


def test_of_choices_made_at_once_each_holds(tmp_path: Path) -> None:
    def choose(number: int) -> None:
        ShownScenes(tmp_path).choose(f"wall{number}", ["now"])

    with ThreadPoolExecutor(8) as operators:
        list(operators.map(choose, range(40)))
    assert [ShownScenes(tmp_path).of(f"wall{number}") for number in range(40)] == [("now",)] * 40
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


#: Says that it is ready, waits for a word and chooses for many walls. Arguments: folder, name.
PROCESS = """
import sys
from pathlib import Path
from dashboard.shown_scenes import ShownScenes
shown = ShownScenes(Path(sys.argv[1]))
print(flush=True)
input()
for number in range(20):
    shown.choose(f"{sys.argv[2]}{number}", ["now"])
"""


def test_of_choices_of_several_processes_each_holds(tmp_path: Path) -> None:
    line = [sys.executable, "-c", PROCESS, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    made = [subprocess.Popen([*line, name], **pipes) for name in "abc"]
    for one in made:
        one.stdout.readline()
    for one in made:
        one.stdin.write("\n")
        one.stdin.flush()
    for one in made:
        one.communicate(timeout=60)
    assert [one.returncode for one in made] == [0, 0, 0]
    names = [f"{name}{number}" for name in "abc" for number in range(20)]
    assert [name for name in names if not ShownScenes(tmp_path).of(name)] == []
