"""A small JSON file of the data folder that every web process reads when it has changed.

Invariants: it is written whole or not at all; one that cannot be read counts as empty and is said in the log once.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LOG = logging.getLogger(__name__)


class KeptFile:
    """What operators chose, by key; lists of texts."""

    def __init__(self, folder: Path, name: str) -> None:
        """Args: folder: that of the data. name: of the file."""
        self._file = folder / name
        self._read_at: int | None = None
        self._kept: Mapping[str, tuple[str, ...]] = {}

    def all(self) -> Mapping[str, tuple[str, ...]]:
        """What is kept."""
        written_at = self._written_at()
        if written_at != self._read_at:
            self._kept, self._read_at = self._read() if written_at is not None else {}, written_at
        return self._kept

    def write(self, kept: Mapping[str, tuple[str, ...]]) -> None:
        """Keep this instead; keys without anything are left out."""
        made = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(json.dumps({key: texts for key, texts in kept.items() if texts}, indent=1), encoding="utf-8")
        made.replace(self._file)

    def _written_at(self) -> int | None:
        try:
            return self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            plain: Any = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(key): tuple(map(str, texts)) for key, texts in plain.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            _LOG.warning("%s cannot be read, nothing counts as chosen: %s", self._file, error)
            return {}
