"""What the operator wants walls to show now, whatever the settings say: a file in the data folder.

`python run.py wall` writes it; every web process reads it when it has changed, so that no wall has to be touched.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOG: Final = logging.getLogger(__name__)
FILE: Final = "walls.json"


class ShownScenes:
    """The operator's choice for all walls of a data folder."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: that of the data."""
        self._file = folder / FILE
        self._read_at: int | None = None
        self._chosen: Mapping[str, tuple[str, ...]] = {}

    def of(self, wall: str) -> tuple[str, ...]:
        """Scenes that a wall is to show in turn, one alone stays; empty = as the settings say."""
        written_at = self._written_at()
        if written_at != self._read_at:
            self._chosen, self._read_at = self._read() if written_at is not None else {}, written_at
        return self._chosen.get(wall, ())

    def choose(self, wall: str, scenes: Sequence[str]) -> None:
        """Have a wall show some scenes; none = as the settings say again."""
        chosen = {**self._read(), wall: tuple(scenes)}
        kept = {name: shown for name, shown in chosen.items() if shown}
        made = self._file.with_name(f".{FILE}.{os.getpid()}")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        made.replace(self._file)

    def _written_at(self) -> int | None:
        try:
            return self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            plain = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(wall): tuple(map(str, scenes)) for wall, scenes in plain.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            _LOG.warning("%s cannot be read, walls show what the settings say: %s", self._file, error)
            return {}
