"""Keeps a warehouse closed to everybody while its file is copied or put in its place."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import StorageBusyError


@contextmanager
def closed_to_all(warehouse: Path) -> Iterator[None]:
    """Hold the lock that DuckDB takes when it opens a file.

    Args:
        warehouse: the file; this process must not have it open.

    Raises:
        StorageBusyError: another process has it open.
    """
    with warehouse.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageBusyError(f"{warehouse} is open in another process") from error
        yield
