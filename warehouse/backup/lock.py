"""Keeps a warehouse closed to everybody while its file is copied or put in its place."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import BackupError, StorageBusyError


@contextmanager
def closed_to_all(warehouse: Path) -> Iterator[None]:
    """Hold the lock that DuckDB takes when it opens a file.

    Args:
        warehouse: the file; this process must not have it open.

    Raises:
        StorageBusyError: another process has it open.
        BackupError: it is not ours to open.
    """
    try:
        opened = warehouse.open("r+b")
    except OSError as error:
        raise BackupError(f"{warehouse}: cannot be opened: {error.strerror}") from error
    with opened as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageBusyError(f"{warehouse} is open in another process") from error
        yield
