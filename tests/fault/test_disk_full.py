"""A disk that takes no more: the writer stops for good, and everything that was acknowledged is there afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.ingesting import BATCHES, Tally, batch_of
from tests.helpers.store import open_store

ROOT = Path(__file__).resolve().parents[2]
#: A file size limit stands in for the full disk: the write fails in the same place, with another number.
PROGRAM = """
import resource, sys
from pathlib import Path
from tests.helpers.ingesting import BATCHES, Tally, batch_of
from tests.helpers.store import open_store
from warehouse.errors import StorageBrokenError
with open_store(Path(sys.argv[1])) as store:
    log = Path(sys.argv[1]) / "warehouse.duckdb.wal"
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    for number in range(BATCHES):
        try:
            store.writer.commit(batch_of(number), Tally())
        except StorageBrokenError:
            break
        sys.stdout.write(f"{number + 1}\\n")
    else:
        raise SystemExit("the disk was never full")
    assert store.writer.broken is not None
    try:
        store.writer.commit(batch_of(0), Tally())
    except StorageBrokenError:
        sys.stdout.write("stopped\\n")
"""


@pytest.mark.timeout(300)
def test_a_full_disk_stops_the_writer_and_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        check=False,
        timeout=200,
        capture_output=True,
        text=True,
    )
    *acknowledged, last = done.stdout.split()
    assert last == "stopped", done.stderr[-2000:]
    committed = int(acknowledged[-1])
    assert 0 < committed < BATCHES
    with open_store(tmp_path) as store:
        assert store.ask("source_positions")[0]["position"] == str(committed)
        assert store.count("event") == committed * 40
        for number in range(committed, BATCHES):
            store.writer.commit(batch_of(number), Tally())
        assert store.count("event") == BATCHES * 40
