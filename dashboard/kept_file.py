"""A small JSON file of the data folder that every web process reads when it has changed.

Invariants: it is written whole or not at all; of changes made at once each counts; one that cannot be read counts as
empty and is said in the log once.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from warehouse.small_file import alone, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_LOG = logging.getLogger(__name__)


class KeptFile:
    """What operators chose, by key; lists of texts."""

    def __init__(self, folder: Path, name: str) -> None:
        """Args: folder: that of the data. name: of the file."""
        self._file = folder / name
        self._stamp: tuple[int, int] | None = None
        self._kept: Mapping[str, tuple[str, ...]] = {}

    def all(self) -> Mapping[str, tuple[str, ...]]:
        """What is kept."""
        stamp = self._written()
        if stamp != self._stamp:
            self._kept, self._stamp = self._read() if stamp is not None else {}, stamp
        return self._kept

    def change(self, changed: Callable[[Mapping[str, tuple[str, ...]]], Mapping[str, tuple[str, ...]]]) -> None:
        """Keep something else.

        Args:
            changed: gives what is to be kept instead of what is; keys without anything are left out.

        Raises:
            OSError: it cannot be written; what was kept is kept.
        """
        with alone(self._file.parent):
            kept = changed(self._read())
            write_whole(self._file, json.dumps({key: texts for key, texts in kept.items() if texts}, indent=1))

    def _written(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            plain: Any = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(key): tuple(map(str, texts)) for key, texts in plain.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            _LOG.warning("%s cannot be read, nothing counts as chosen: %s", self._file, error)
            return {}
