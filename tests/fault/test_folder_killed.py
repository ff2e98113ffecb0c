"""kill -9 at every moment in the life of a dropped file: no row is lost, none counts twice, every file is put aside."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ingest.sources.folder import FILE_MOMENTS
from tests.helpers.dropping import open_drop
from tests.helpers.killed import run_helper

HEADER = "id,opened,closed,due,result\n"
ROWS = 8
#: Of a commit only the two sides of it: its inner moments have their own test (test_kill.py).
KILLS = [*((moment, 2 if moment == "given" else 1) for moment in FILE_MOMENTS), ("position written", 2), ("applied", 3)]


def run(folder: Path, moment: str, nth: int) -> int:
    return run_helper("dropping", folder, moment, nth)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_whatever_is_killed_every_row_of_every_file_counts_once(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    for number, (moment, nth) in enumerate(KILLS):
        rows = "".join(f"{number}-{row},2026-04-01,,,\n" for row in range(ROWS))
        (drop / f"{number}.csv").write_text(HEADER + rows)
        (drop / f"broken{number}.csv").write_text(f"no,columns\n{number},1\n")
        assert run(tmp_path, moment, nth) == -signal.SIGKILL, moment
    assert run(tmp_path, "never", 0) == 0
    with open_drop(tmp_path) as opened:
        assert opened.cases() == sorted(f"{number}-{row}" for number in range(len(KILLS)) for row in range(ROWS))
        assert opened.files("done") == sorted(f"{number}.csv" for number in range(len(KILLS)))
        refused = [name for name in opened.files("refused") if not name.endswith(".reason.txt")]
        assert refused == sorted(f"broken{number}.csv" for number in range(len(KILLS)))
        assert all(f"{name}.reason.txt" in opened.files("refused") for name in refused)
        assert opened.files() == opened.files("taken") == opened.files("repeated") == []
        (counts,) = opened.store.ask("source_counts")
        assert (counts["received"], counts["accepted"]) == (ROWS * len(KILLS), ROWS * len(KILLS))
