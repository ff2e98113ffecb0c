"""Small files of the data folder that several threads and processes change.

Invariants: a file is written whole or not at all; what was changed inside `alone` nobody else's change undoes.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else – no thread, no process – changes small files of a folder, and let none while this lasts.

    The folder itself is locked: that needs no right to write and leaves nothing behind. Not to be entered twice.

    Args:
        folder: made where there is none.

    Raises:
        OSError: it can be neither made nor opened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str, mode: int = 0o666) -> None:
    """Write a file whole or not at all, in a folder that is there.

    Args:
        path: of the file.
        text: what it holds from now on.
        mode: who may do what with it, less the process's mask.

    Raises:
        OSError: it cannot be written; it is as it was.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have it on the disk what stands in a folder: no name in it is lost by a power cut any more."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_secret(path: Path, size: int) -> None:
    """Write random bytes in hexadecimal digits, readable for their owner only, unless the file is there.

    Args:
        path: of the file; its folder is made when missing.
        size: how many bytes.

    Raises:
        OSError: it cannot be written.
    """
    with alone(path.parent):
        if not path.exists():
            write_whole(path, f"{secrets.token_hex(size)}\n", mode=0o600)
