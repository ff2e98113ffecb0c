"""kill -9 at every named moment of a commit and in the middle of housekeeping: nothing lost, nothing twice."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.helpers.ingesting import AGAIN, BATCHES, RECEIVED, REFUSED, ROWS, SOURCE, names
from tests.helpers.killed import run_helper
from tests.helpers.store import Store, open_store
from warehouse.writer import MOMENTS

KILLS = [*((moment, 3) for moment in MOMENTS), ("housekeeping", 1), ("committed", 1), ("begun", 1), ("housekeeping", 2)]


def run(folder: Path, moment: str, nth: int) -> int:
    return run_helper("ingesting", folder, moment, nth)


def check(store: Store) -> int:
    """Everything stored must be exactly what the batches before the stored position hold. Returns: the position."""
    stored = store.ask("source_positions", source=SOURCE)
    position = int(stored[0]["position"]) if stored else 0
    with store.database.cursor() as cursor:
        ids = [name for (name,) in cursor.execute("select event_id from event").fetchall()]
        in_cells = cursor.execute("select coalesce(sum(received), 0)::bigint from cell").fetchall()[0][0]
        in_cases = cursor.execute('select coalesce(sum(paused_s), 0)::bigint from "case"').fetchall()[0][0]
        cases = cursor.execute('select count(*), count(distinct case_id) from "case"').fetchall()[0]
    assert sorted(ids) == sorted(name for number in range(position) for name in names(number))
    assert (in_cells, in_cases) == (len(ids), len(ids))
    assert cases[0] == cases[1]
    assert store.count("rejected") == REFUSED * position
    counts = store.ask("source_counts")[0] if position else dict.fromkeys(("received", "accepted", "rejected"), 0)
    assert counts["received"] == RECEIVED * position
    assert counts["accepted"] == ROWS * position
    assert counts["rejected"] == REFUSED * position
    assert not position or counts["duplicates"] == AGAIN * position
    return position


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_whatever_is_killed_every_row_counts_once(tmp_path: Path) -> None:
    before = 0
    for moment, nth in KILLS:
        assert run(tmp_path, moment, nth) == -signal.SIGKILL, moment
        with open_store(tmp_path) as store:
            position = check(store)
        assert position >= before, moment
        if moment in ("committed", "applied"):
            assert position >= before + nth, f"acknowledged and lost at {moment}"
        before = position
    assert 0 < before < BATCHES
    assert run(tmp_path, "never", 0) == 0
    with open_store(tmp_path) as store:
        assert check(store) == BATCHES
