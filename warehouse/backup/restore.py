"""Puts a backup back into a data folder."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.backup.lock import closed_to_all
from warehouse.backup.manifest import Manifest, read_manifest
from warehouse.backup.rows import rows_of_tables
from warehouse.backup.staging import copied, staged
from warehouse.database import FILE_NAME, border, known_schema
from warehouse.errors import BackupError


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        manifest: of the backup.
        moved_aside: where that lies which was in the data folder before; None = nothing was.
    """

    manifest: Manifest
    moved_aside: Path | None

    def to_json(self) -> dict[str, Any]:
        """As the command answers."""
        return self.manifest.to_json() | {"moved_aside": None if self.moved_aside is None else str(self.moved_aside)}


def restore(backup: Path, data: Path, *, state: str, now: datetime, move_aside: bool) -> Restored:
    """Put a backup in the place of a data folder, whole or not at all.

    Args:
        backup: its folder.
        data: the data folder; nothing or an empty folder is there, unless `move_aside`.
        state: code of the state that the settings are for.
        now: for the name of what is moved aside.
        move_aside: rename what is in the data folder now, just before the backup takes its place.

    Raises:
        BackupError: the backup is damaged, newer, or of another state; the data folder is not empty; the disk is full.
        StorageBusyError: an engine has the warehouse in the data folder open.
    """
    manifest = _checked(read_manifest(backup), backup, state)
    aside = None
    if _holds(data):
        if not move_aside:
            raise BackupError(f"{data} is not empty; --move-aside renames what is there")
        aside = data.with_name(f"{data.name}.before-{now:%Y%m%dT%H%M%SZ}")
    present = data / FILE_NAME
    with (
        closed_to_all(present) if present.exists() else contextlib.nullcontext(),
        staged(data, manifest.bytes, aside) as filling,
    ):
        for name, stored in manifest.files.items():
            if copied(backup / name, filling / name) != stored:
                raise BackupError(f"{backup / name} is damaged: it is not what {backup} was made with")
        if _rows(filling / FILE_NAME) != manifest.rows:
            raise BackupError(f"{backup} is damaged: the warehouse does not hold the rows that its manifest names")
    return Restored(manifest, aside)


def _checked(manifest: Manifest, backup: Path, state: str) -> Manifest:
    if FILE_NAME not in manifest.files:
        raise BackupError(f"{backup} is damaged: its manifest names no warehouse")
    if manifest.schema > known_schema():
        raise BackupError(
            f"{backup} has schema {manifest.schema}, this program knows up to {known_schema()}; use a newer one"
        )
    if manifest.about.state != state:
        raise BackupError(f"{backup} is of the state {manifest.about.state}, the settings are for {state}")
    for name, stored in manifest.files.items():
        path = backup / name
        if not path.is_file():
            raise BackupError(f"{backup} is not whole: {name} is missing")
        if path.stat().st_size != stored.bytes:
            raise BackupError(f"{path} is damaged: it has {path.stat().st_size} bytes, not {stored.bytes}")
    return manifest


def _holds(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _rows(warehouse: Path) -> dict[str, int]:
    with border(), duckdb.connect(str(warehouse), read_only=True) as connection:
        return rows_of_tables(connection)
