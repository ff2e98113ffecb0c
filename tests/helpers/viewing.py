"""A pipeline that reads a department's view; also as a process that ends itself.

`python -m tests.helpers.viewing FOLDER DSN MOMENT NTH` reads until a poll has ended; the moment is one of
warehouse.writer.MOMENTS, or `never`.
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingest.pipeline import Pipeline
from ingest.sources.view import ViewSource
from ingest.sources.view_settings import read_view
from tests.helpers.ingesting import ending_at
from tests.helpers.postgres import PASSWORD
from tests.helpers.rows import CASES, NOW, mapping
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock

VIEW = 'view = "dept.applications"\ncursor = "changed_at"\nkey = "id"\npage_rows = 5\ntimeout_s = 20\n'


@dataclass
class Viewing:
    """A pipeline with one view."""

    source: ViewSource
    store: Store
    clock: SettableClock
    pipeline: Pipeline

    def until(self, held: Callable[[], bool], step_s: float = 0.0) -> None:
        """Run until something holds. Args: step_s: of the source's clock, per turn."""
        end = time.monotonic() + 60
        while not held():
            assert time.monotonic() < end, self.pipeline.troubles()
            self.clock.advance(timedelta(seconds=step_s))
            if not self.pipeline.run_once():
                time.sleep(0.002)

    def poll(self) -> None:
        """Run until one more poll has ended."""
        self.clock.advance(timedelta(hours=1))
        self.until(lambda: self.source._asked is not None)
        self.until(lambda: self.source._asked is None and self.source._begins and not self.pipeline.run_once())

    def trouble(self) -> str:
        """What the data-health page says of it, as soon as it says something."""
        self.until(lambda: "test" in self.pipeline.troubles(), step_s=0.5)
        return self.pipeline.troubles()["test"]

    def position(self) -> dict[str, Any]:
        """What is stored."""
        found = self.store.ask("source_positions", source="test")
        return json.loads(found[0]["position"]) if found else {}

    def counts(self) -> tuple[int, int, int]:
        """Rows received, accepted, duplicates."""
        found = self.store.ask("source_counts")
        row = found[0] if found else {}
        return tuple(row.get(name, 0) for name in ("received", "accepted", "duplicates"))  # type: ignore[return-value]

    def cases(self) -> list[str]:
        """Case numbers of all stored events, repeats included."""
        with self.store.database.cursor() as cursor:
            return sorted(row[0].removeprefix("t:") for row in cursor.execute("select case_id from event").fetchall())


@contextmanager
def viewing(
    folder: Path, dsn: str, text: str = VIEW, rows: str = CASES, at: Callable[[str], None] = lambda moment: None
) -> Iterator[Viewing]:
    """Read a view.

    Args:
        folder: of the warehouse and of the file with the password.
        dsn: of the database.
        text: the other keys of the table `database`.
        rows: the mapping.
        at: told of every moment of a commit.
    """
    made = mapping(rows)
    (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    table = {"dsn": dsn, "password": {"file": "password"}} | tomllib.loads(text)
    settings = read_view("test", {"database": table}, made, folder)
    clock = SettableClock(NOW)
    with open_store(folder, at) as store:
        store.clock.advance(NOW - store.clock.now())
        positions = {row["partition"]: row["position"] for row in store.ask("source_positions", source="test")}
        source = ViewSource(settings, made, clock, positions)
        pipeline = Pipeline((source,), store.writer, SilentListener(), clock)
        try:
            yield Viewing(source, store, clock, pipeline)
        finally:
            pipeline.close()


def main() -> None:
    """Read until one poll has ended."""
    folder, dsn, moment, nth = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    with viewing(folder, dsn, at=ending_at(moment, nth)) as view:
        view.until(lambda: bool(view.position()) and view.position()["cursor"] is None)


if __name__ == "__main__":
    main()
