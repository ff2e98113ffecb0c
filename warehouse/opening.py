"""Opens a DuckDB file; a log that does not replay is put aside, and the file goes on from its last checkpoint.

Who may import it: warehouse.database.
Invariant: nothing is deleted. Positions of sources stand in the same file, so they go back with the data, and what was
committed since the checkpoint is asked for again from every source that still has it.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

_LOG: Final = logging.getLogger(__name__)
#: How DuckDB begins to speak of a log that it cannot use, whatever is wrong with it.
_REPLAYING: Final = "replaying WAL file"
#: Reasons that are not the log's: the file itself, the disk, the memory, a newer program.
_NOT_ITS_FAULT: Final = re.compile(
    r"corrupt database file|enough bytes|no space left|input/output error|could not (read|write)|out of memory"
    r"|of version \d+",
    re.IGNORECASE,
)


def log_of(path: Path) -> Path:
    """The log of a warehouse file."""
    return path.with_name(f"{path.name}.wal")


def logs_aside(path: Path) -> list[Path]:
    """Logs of a warehouse file that were put aside because they did not replay, the oldest first."""
    return sorted(path.parent.glob(f"{log_of(path).name}.unreadable-*"))


def connect(path: Path, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """Open a file; where its log does not replay, once more without it.

    Args:
        path: the file; it need not be there.
        config: settings of DuckDB.

    Raises:
        duckdb.Error: it cannot be opened, with or without its log; then the log is where it was.
    """
    try:
        return duckdb.connect(str(path), config=config)
    except duckdb.Error as error:
        if not _is_the_log(error) or not log_of(path).exists():
            raise
        aside, checkpoint = _put_aside(path)
        try:
            opened = duckdb.connect(str(path), config=config)
        except duckdb.Error:
            aside.rename(log_of(path))
            raise
        _LOG.error(
            "the warehouse's log does not replay (%s): it lies at %s now, and the warehouse goes on from its last "
            "checkpoint, %s. Sources that keep their past are read again from there; what came over HTTP or by "
            "`run.py ingest` since then has to be sent again",
            error, aside, checkpoint.isoformat(timespec="seconds"),
        )  # fmt: skip
        return opened


def _is_the_log(error: duckdb.Error) -> bool:
    said = str(error)
    return (
        _REPLAYING in said
        and not isinstance(error, duckdb.OutOfMemoryException)
        and _NOT_ITS_FAULT.search(said) is None
    )


def _put_aside(path: Path) -> tuple[Path, datetime]:
    """Rename the log. Returns: where it is now, and when the file itself was last written."""
    log = log_of(path)
    written, checkpoint = (datetime.fromtimestamp(one.stat().st_mtime, UTC) for one in (log, path))
    # no twelve digits in a row: one in nine of them could be the number of a person and would be masked in the log
    aside = log.with_name(f"{log.name}.unreadable-{written:%Y%m%dT%H%M%S.%fZ}")
    return log.rename(aside), checkpoint
