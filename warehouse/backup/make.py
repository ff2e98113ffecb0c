"""Makes backups: of a warehouse that is being written, and of one that nobody has open."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from warehouse.backup.lock import closed_to_all
from warehouse.backup.manifest import FORMAT, NAME, About, Manifest, StoredFile
from warehouse.backup.rows import rows_of_tables
from warehouse.backup.staging import copied, settled, staged
from warehouse.clock import Clock
from warehouse.database import FILE_NAME
from warehouse.errors import BackupError, StorageBusyError
from warehouse.writer import Writer

_PROGRAM: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class _Instant:
    """What is to be copied.

    Attributes:
        at: everything committed until then.
        log_bytes: of the log that hold it.
        rows: what the copy must hold, by table; None = nobody knows.
    """

    at: datetime
    log_bytes: int
    rows: dict[str, int] | None


class Backups:
    """Makes backups of one data folder.

    Attributes:
        about: whose data they are.
    """

    def __init__(
        self,
        warehouse: Path,
        others: Callable[[], Sequence[Path]],
        clock: Clock,
        *,
        about: About,
        memory_limit_mb: int,
        writer: Writer | None = None,
    ) -> None:
        """Copy nothing yet.

        Args:
            warehouse: the file.
            others: the other files that belong to a backup, as far as they exist now.
            clock: for the instant of a backup.
            about: whose data they are.
            memory_limit_mb: memory that a copy may use, MB.
            writer: of the open warehouse; None = nobody may have it open.
        """
        self._warehouse, self._others, self._clock, self._writer = warehouse, others, clock, writer
        self._memory_limit_mb = memory_limit_mb
        self.about = about
        self._lock = threading.Lock()
        self._copying: subprocess.Popen[str] | None = None
        self._closed = False

    def make(self, folder: Path) -> Manifest:
        """Make a backup. Commits go on meanwhile; two backups are made one after the other.

        Args:
            folder: the backup, absolute; nothing or an empty folder is there.

        Raises:
            BackupError: the folder is taken or lies in the data folder, the disk is full, or the copy is not what it
                should be.
            StorageBusyError: the warehouse is open in another process, or is being closed.
        """
        if folder.is_relative_to(self._warehouse.parent):
            raise BackupError(f"{folder} lies in the data folder that it would be a copy of")
        with staged(folder, self._needed_bytes()) as filling:
            copy = filling / FILE_NAME
            with self._staying() as instant:
                told = self._copied(instant, copy)
                others = list(self._others())
            if instant.rows is not None and instant.rows != told["rows"]:
                raise BackupError(f"{folder}: the copy is not what the warehouse was, please report this")
            files = {FILE_NAME: settled(copy)} | {path.name: copied(path, filling / path.name) for path in others}
            manifest = Manifest(FORMAT, instant.at, self.about, told["schema"], told["rows"], files)
            _write(manifest, filling / NAME)
        return manifest

    def close(self) -> None:
        """Give up what is being copied; no further backup is made."""
        with self._lock:
            self._closed = True
            if self._copying is not None:
                self._copying.kill()

    def _needed_bytes(self) -> int:
        if not self._warehouse.exists():
            raise BackupError(f"{self._warehouse}: there is no warehouse to copy")
        others = sum(path.stat().st_size for path in self._others())
        # folding the log into the copy may write as much again
        return self._warehouse.stat().st_size + 2 * _log_bytes(self._warehouse) + others

    @contextmanager
    def _staying(self) -> Iterator[_Instant]:
        """Keep the file as it is up to its present end, whatever is added behind it."""
        if self._writer is None:
            with closed_to_all(self._warehouse):
                yield _Instant(self._clock.now(), _log_bytes(self._warehouse), None)
            return
        with self._writer.file_stays:
            yield self._writer.run(self._instant)

    def _instant(self, connection: duckdb.DuckDBPyConnection) -> _Instant:
        """On the write thread, between two commits."""
        return _Instant(self._clock.now(), _log_bytes(self._warehouse), rows_of_tables(connection))

    def _copied(self, instant: _Instant, copy: Path) -> dict[str, Any]:
        words = [self._warehouse, instant.log_bytes, copy, self._memory_limit_mb]
        line = [sys.executable, "-m", "warehouse.backup.worker", *map(str, words)]
        with self._lock:
            if self._closed:
                raise StorageBusyError("the warehouse is being closed: no backup was made")
            self._copying = subprocess.Popen(  # noqa: S603 – the line is ours
                line, cwd=_PROGRAM, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        said, wrong = self._copying.communicate()
        if self._closed:
            raise StorageBusyError("the warehouse is being closed: no backup was made")
        if self._copying.returncode != 0:
            raise BackupError(f"{self._warehouse} could not be copied: {wrong.strip()}")
        return dict(json.loads(said))


def _log_bytes(warehouse: Path) -> int:
    log = warehouse.with_name(f"{warehouse.name}.wal")
    return log.stat().st_size if log.exists() else 0


def _write(manifest: Manifest, path: Path) -> StoredFile:
    path.write_text(json.dumps(manifest.to_json(), indent=1), encoding="utf-8")
    return settled(path)
