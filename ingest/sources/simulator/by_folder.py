"""Rows written into files of a watched folder, as a source system drops them.

Who may import it: ingest.sources.simulator, tests.
"""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingest.sources.simulator.foreign import ForeignRow

_UNFINISHED = ".part"


class FolderCarrier:
    """Drops a CSV file now and then, written under another name and then renamed (implements Carrier)."""

    every_us = 60_000_000

    def __init__(self, folder: Path, delimiter: str) -> None:
        """Make the folder; what a killed process left unfinished there goes.

        Args:
            folder: that is watched.
            delimiter: between the cells of a row.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"*{_UNFINISHED}"):
            left.unlink()
        self._folder, self._delimiter = folder, delimiter

    def send(self, rows: Sequence[ForeignRow], received_us: Sequence[int]) -> None:
        """Drop a file.

        Raises:
            SourceGoneError: it cannot be written now.
        """
        newest = datetime.fromtimestamp(received_us[-1] / 1e6, UTC)
        path = self._folder / f"{newest:%Y%m%dT%H%M%S}.{received_us[-1] % 1_000_000:06d}Z.csv"
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            with unfinished.open("wb") as file:
                file.write(_as_csv(rows, self._delimiter))
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        except OSError as error:
            raise SourceGoneError(f"{path}: cannot be dropped: {error}") from error

    def arrived(self) -> bool:
        """A file that lies there is not lost."""
        return True

    def close(self) -> None:
        """Nothing is open."""


def _as_csv(rows: Sequence[ForeignRow], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
