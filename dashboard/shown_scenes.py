"""What the operator wants walls to show now, whatever the settings say: a file in the data folder.

`python run.py wall` and the operator's desk write it; every web process reads it, so that no wall has to be touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.kept_file import KeptFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE: Final = "walls.json"


class ShownScenes:
    """The operator's choice for all walls of a data folder."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: that of the data."""
        self._file = KeptFile(folder, FILE)

    def of(self, wall: str) -> tuple[str, ...]:
        """Scenes that a wall is to show in turn, one alone stays; empty = as the settings say."""
        return self._file.all().get(wall, ())

    def choose(self, wall: str, scenes: Sequence[str]) -> None:
        """Have a wall show some scenes; none = as the settings say again."""
        self._file.change(lambda kept: {**kept, wall: tuple(scenes)})
