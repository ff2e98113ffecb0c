"""Backups of the warehouse that tests.helpers.ingesting fills; as a process of its own for tests that kill it.

`python -m tests.helpers.backing backup|restore DATA BACKUP`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.helpers.ingesting import ROWS, SOURCE, names
from tests.helpers.store import Store
from tests.helpers.tiny_state import CLOCK_AT
from warehouse.backup.make import Backups
from warehouse.backup.manifest import About
from warehouse.backup.restore import Restored, restore
from warehouse.clock import SettableClock
from warehouse.writer import Writer

STATE = "TT"


def backups_of(data: Path, writer: Writer | None = None) -> Backups:
    """Backups of a data folder. Args: writer: of its open warehouse; None = nobody has it open."""
    key = data / "pseudonym.key"
    return Backups(
        data / "warehouse.duckdb",
        lambda: [key] if key.exists() else [],
        SettableClock(CLOCK_AT),
        about=About(STATE, "0" * 12),
        memory_limit_mb=200,
        writer=writer,
    )


def put_back(backup: Path, data: Path, *, move_aside: bool = False) -> Restored:
    """Restore a backup of the tests' state."""
    return restore(backup, data, state=STATE, now=CLOCK_AT, move_aside=move_aside)


def whole_batches(store: Store) -> int:
    """Make sure that the warehouse holds the batches up to its stored position and nothing else. Returns: how many."""
    stored = store.ask("source_positions", source=SOURCE)
    position = int(stored[0]["position"]) if stored else 0
    with store.database.cursor() as cursor:
        ids = [name for (name,) in cursor.execute("select event_id from event").fetchall()]
        in_cells = cursor.execute("select coalesce(sum(received), 0)::bigint from cell").fetchall()[0][0]
        in_cases = cursor.execute('select coalesce(sum(paused_s), 0)::bigint from "case"').fetchall()[0][0]
    assert sorted(ids) == sorted(name for number in range(position) for name in names(number))
    assert in_cells == in_cases == ROWS * position
    return position


def main() -> None:
    """Make or restore one backup."""
    asked, data, backup = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if asked == "backup":
        backups_of(data).make(backup)
    else:
        put_back(backup, data)


if __name__ == "__main__":
    main()
