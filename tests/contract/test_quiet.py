"""A command says what it was asked, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.helpers.house import command


def test_a_command_prints_nothing_beside_its_answer(tmp_path: Path) -> None:
    done = subprocess.run(command("cases", "--json", data=tmp_path), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_refused_command_prints_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(command("value", "nothing_like_it", data=tmp_path), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("DataError: ")
    assert done.stderr.count("\n") == 1
