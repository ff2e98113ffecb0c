"""A folder that is filled under another name beside its place, and takes its place when it is whole.

Whatever is killed, a folder of the right name is whole. What a killed process left behind is taken away by whoever next
fills the same place: who fills a folder holds a lock on a file in it, which ends with the process.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from warehouse.backup.manifest import StoredFile
from warehouse.errors import BackupError
from warehouse.small_file import sync_folder

_PARTIAL: Final = ".partial"
_LOCK: Final = ".filling"
_CHUNK: Final = 2**22
#: Left free on the disk besides what is written.
_SPARE: Final = 2**24


@contextmanager
def staged(place: Path, needed_bytes: int, aside: Path | None = None) -> Iterator[Path]:
    """A folder to be filled; it takes its place at the end of the block, or is taken away.

    Args:
        place: where it is to be; nothing or an empty folder is there, unless `aside`.
        needed_bytes: what will be written.
        aside: new name of the folder that is there now.

    Yields:
        The folder, empty, readable for its owner only.

    Raises:
        BackupError: the place is taken or on a disk of its own, or the disk is full or fails.
    """
    _check(place, may_hold=aside is not None)
    filling: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        take_leftovers_away(place.parent, glob.escape(place.name))
        free = shutil.disk_usage(place.parent).free
        if free < needed_bytes + _SPARE:
            raise BackupError(f"{place.parent}: {_mb(needed_bytes + _SPARE)} are needed there, {_mb(free)} are free")
        filling = place.parent / f".{place.name}.{secrets.token_hex(4)}{_PARTIAL}"
        filling.mkdir(mode=0o700)
        with (filling / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield filling
            (filling / _LOCK).unlink()
            sync_folder(filling)
            _put(filling, place, aside)
        sync_folder(place.parent)
    except OSError as error:
        raise BackupError(f"{place} cannot be made: {error}") from error
    finally:
        if filling is not None:
            shutil.rmtree(filling, ignore_errors=True)


def _put(filling: Path, place: Path, aside: Path | None) -> None:
    """Rename a folder to its place, and what is there now to another one; both or none."""
    if aside is None:
        filling.rename(place)
        return
    place.rename(aside)
    try:
        filling.rename(place)
    except OSError:
        aside.rename(place)
        raise


def _check(place: Path, *, may_hold: bool) -> None:
    if place.is_mount():
        raise BackupError(f"{place} is the root of a disk, which nothing can be renamed to: name a folder in it")
    if place.exists() and not may_hold and not (place.is_dir() and not any(place.iterdir())):
        raise BackupError(f"{place} is not empty")


def copied(source: Path, target: Path) -> StoredFile:
    """Copy a file as it stands, with its permissions, until it is on the disk. Returns: what was copied."""
    found, size = hashlib.sha256(), 0
    with source.open("rb") as given, target.open("xb") as written:
        while part := given.read(_CHUNK):
            found.update(part)
            size += written.write(part)
        os.fchmod(written.fileno(), source.stat().st_mode & 0o777)
        written.flush()
        os.fsync(written.fileno())
    return StoredFile(size, found.hexdigest())


def settled(file: Path) -> StoredFile:
    """A file that was written, once it is on the disk."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
        found = hashlib.file_digest(written, "sha256")
        return StoredFile(written.tell(), found.hexdigest())


def take_away(folder: Path) -> None:
    """Remove a whole folder; killed on the way, what is left of it has the name of a leftover."""
    gone = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{_PARTIAL}")
    folder.rename(gone)
    shutil.rmtree(gone)


def take_leftovers_away(folder: Path, names: str) -> None:
    """Remove what killed processes left of folders that were to stand in a folder. Args: names: a glob pattern."""
    for left in folder.glob(f".{names}.*{_PARTIAL}"):
        if not _is_being_filled(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_being_filled(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
