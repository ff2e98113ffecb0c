"""A watched folder with a pipeline and a warehouse; also as a process that ends itself, as kill -9 does.

`python -m tests.helpers.dropping FOLDER MOMENT NTH` loads what lies in FOLDER/drop until nothing does; the moment is
one of FILE_MOMENTS or of warehouse.writer.MOMENTS, or `never`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ingest.pipeline import Pipeline
from ingest.sources.folder import FolderSource
from ingest.sources.folder_place import FolderPlace
from tests.helpers.ingesting import ending_at
from tests.helpers.rows import CASES, NOW, mapping
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock

STABLE_S = 5


@dataclass
class Drop:
    """A watched folder.

    Attributes:
        path: where files are dropped.
        clock: of the source; tests say when time passes.
    """

    path: Path
    clock: SettableClock
    store: Store
    pipeline: Pipeline
    source: FolderSource

    def put(self, name: str, content: str | bytes) -> Path:
        """Drop a file."""
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def settle(self) -> None:
        """Let everything happen that can, with enough time for files to become stable."""
        for _ in range(3):
            self.look()
            self.clock.advance(timedelta(seconds=STABLE_S))
        self.look()

    def look(self) -> None:
        """Let happen what can at this instant."""
        self.clock.advance(timedelta(seconds=1))
        for _ in range(20):
            self.pipeline.run_once()
            if self.source._opening is not None:
                wait([self.source._opening[1]])

    def files(self, folder: str = "") -> list[str]:
        """Names in the folder or in one of its subfolders."""
        return sorted(path.name for path in (self.path / folder).iterdir() if path.is_file())

    def cases(self) -> list[str]:
        """Case numbers of all stored events, repeats included."""
        with self.store.database.cursor() as cursor:
            return sorted(row[0].removeprefix("t:") for row in cursor.execute("select case_id from event").fetchall())


@contextmanager
def open_drop(folder: Path, at: Callable[[str], None] = lambda moment: None, text: str = CASES) -> Iterator[Drop]:
    """Open (or open again) a watched folder and its warehouse.

    Args:
        folder: of both.
        at: told of every moment of a commit and of a file.
        text: the source's mapping.
    """
    path = folder / "drop"
    path.mkdir(exist_ok=True)
    clock = SettableClock(NOW)
    with open_store(folder, at) as store:
        store.clock.advance(NOW - store.clock.now())
        positions = {row["partition"]: row["position"] for row in store.ask("source_positions", source="test")}
        place = FolderPlace(path, stable_s=STABLE_S, interval_s=1)
        source = FolderSource(place, mapping(text), clock, positions, batch_rows=3, at=at)
        pipeline = Pipeline((source,), store.writer, SilentListener(), clock)
        try:
            yield Drop(path, clock, store, pipeline, source)
        finally:
            pipeline.close()


def main() -> None:
    """Load until nothing lies in the folder or in `taken`."""
    folder, moment, nth = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open_drop(folder, ending_at(moment, nth)) as drop:
        while not (drop.path / "taken").is_dir() or drop.files() or drop.files("taken"):
            drop.settle()


if __name__ == "__main__":
    main()
