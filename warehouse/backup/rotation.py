"""Backups that the engine makes by itself: one when the last is old enough, and only so many are kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from warehouse.backup.manifest import Manifest, read_manifest
from warehouse.backup.staging import take_away, take_leftovers_away
from warehouse.clock import Clock
from warehouse.errors import BackupError

#: Names of folders; in the order of names they are in the order of time.
_NAME: Final = "%Y%m%dT%H%M%SZ"


class Rotation:
    """The backups in one folder."""

    def __init__(
        self, make: Callable[[Path], Manifest], folder: Path, clock: Clock, *, every: timedelta, keep: int
    ) -> None:
        """Look at nothing yet.

        Args:
            make: makes a backup.
            folder: of the backups; what else is in it stays.
            clock: tells how old they are, and names them.
            every: how old the last may become.
            keep: how many are kept, at least one.
        """
        self._make, self._folder, self._clock, self._every, self._keep = make, folder, clock, every, keep

    def newest(self) -> datetime | None:
        """The instant of the newest backup; None without any."""
        made = backups_in(self._folder)
        return made[-1][0] if made else None

    def keep_up(self) -> Manifest | None:
        """Make a backup if it is time, then remove the oldest of those that are too many.

        Returns:
            What was made; None if it is not time yet.

        Raises:
            BackupError: it could not be made; the older ones stay.
        """
        newest, now = self.newest(), self._clock.now()
        if newest is not None and now - newest < self._every:
            return None
        take_leftovers_away(self._folder, "*")
        manifest = self._make(self._folder / now.strftime(_NAME))
        for _, old in backups_in(self._folder)[: -self._keep]:
            take_away(old)
        return manifest


def backups_in(folder: Path) -> list[tuple[datetime, Path]]:
    """Whole backups in the folder of scheduled ones, by the instants of their names, the oldest first."""
    found = []
    for one in folder.glob("*"):
        with contextlib.suppress(ValueError, BackupError):
            named = datetime.strptime(one.name, _NAME).replace(tzinfo=UTC)
            read_manifest(one)
            found.append((named, one))
    return sorted(found)
