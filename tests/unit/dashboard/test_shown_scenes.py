"""What the operator chose for walls: kept in a file that any process may read at any time."""

from __future__ import annotations

import os
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
