"""kill -9 between the pages of a poll: no row is lost, none counts twice, the poll goes on where it was."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.helpers.killed import run_helper
from tests.helpers.polling import Asked, Reply, polling, row, serving

PAGES, ROWS = 6, 5
KILLS = [("begun", 2), ("position written", 1), ("committed", 1), ("applied", 2)]


def linked(asked: Asked) -> Reply:
    page = int(asked.parameters.get("p", 0))
    rows = [row(page * ROWS + number) for number in range(ROWS)]
    return Reply({"items": rows, "next": f"/rows?p={page + 1}" if page + 1 < PAGES else None})


def run(folder: Path, url: str, moment: str, nth: int) -> int:
    return run_helper("polling", folder, url, moment, nth)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whatever_is_killed_every_row_counts_once(tmp_path: Path) -> None:
    with serving(linked) as api:
        for moment, nth in KILLS:
            assert run(tmp_path, api.url, moment, nth) == -signal.SIGKILL, moment
        assert run(tmp_path, api.url, "never", 0) == 0
        begun = [one for one in api.asked if "p" not in one.parameters]
        assert len(begun) < len(KILLS) + 1, "a poll that was cut off goes on; it does not begin anew"
        with polling(tmp_path, api.url) as polled:
            assert polled.cases() == sorted(str(number) for number in range(PAGES * ROWS))
            (counts,) = polled.store.ask("source_counts")
            assert (counts["received"], counts["accepted"]) == (PAGES * ROWS, PAGES * ROWS)
