"""What a process says of itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from warehouse.probe import clock_note, disk_trouble, said


def test_troubles_come_first_and_without_any_it_is_well() -> None:
    assert said(()) == "ok\n"
    assert said((), ("clock: x",)) == "ok\nclock: x\n"
    assert said(("loading",), ("clock: x",)) == "loading\nclock: x\n"


@pytest.mark.parametrize(
    ("total", "free", "trouble"),
    [
        (100 * 2**30, 3 * 2**30, None),  # a large disk may be nearly full
        (10 * 2**30, 2**30 + 2**29, None),  # a small one may have little left
        (100 * 2**30, 2**30, "the disk has 1024 MiB left"),
    ],
)
def test_a_disk_is_said_before_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, free: int, trouble: str | None
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=total, free=free))
    assert disk_trouble(tmp_path) == trouble


def test_the_clock_is_said_in_any_case() -> None:
    assert clock_note().startswith("clock: ")
