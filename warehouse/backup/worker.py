"""The process that copies a warehouse: `python -m warehouse.backup.worker SOURCE LOG_BYTES TARGET MEMORY_MB`.

A process of its own, because the engine may not open the file a second time: when a process closes any descriptor of
a file, it gives up all its locks on it, and a second engine could open the warehouse. It also leaves the engine's
memory and interpreter alone.

SOURCE may be written meanwhile but not checkpointed. DuckDB then only writes to the end of the log and to blocks of the
file that the last checkpoint left free: the file with the first LOG_BYTES of the log is the state of that instant.
Prints {"schema", "rows"} as JSON; exit 1 with one sentence on standard error when the copy cannot be made.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import duckdb

from warehouse.backup.rows import read_through, rows_of_tables, schema_of

#: Below the engine, which shall not wait for a copy.
_NICE: Final = 10
_CHUNK: Final = 2**22


def copy(source: Path, log_bytes: int, target: Path, memory_mb: int) -> dict[str, object]:
    """Copy file and log, fold the log into the copy, read all of it and count what it holds.

    Args:
        source: the warehouse.
        log_bytes: of its log that belong to the copy.
        target: a file that does not exist.
        memory_mb: memory that DuckDB may use, MB.

    Raises:
        OSError: the disk does not take it.
        duckdb.Error: the copy cannot be opened, or is damaged as the file is.
    """
    shutil.copyfile(source, target)
    if log_bytes:
        _copy_begin(_log(source), log_bytes, _log(target))
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "threads": "1",
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
    }
    with duckdb.connect(str(target), config=config) as connection:
        connection.execute("checkpoint")
        read_through(connection)
        return {"schema": schema_of(connection), "rows": rows_of_tables(connection)}


def _log(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _copy_begin(source: Path, size: int, target: Path) -> None:
    with source.open("rb") as given, target.open("xb") as written:
        while size:
            part = given.read(min(size, _CHUNK))
            if not part:
                raise OSError(f"{source} became shorter while it was copied")
            written.write(part)
            size -= len(part)


def main() -> None:
    """Copy what the command line names."""
    os.nice(_NICE)
    source, log_bytes, target, memory_mb = sys.argv[1:]
    try:
        copied = copy(Path(source), int(log_bytes), Path(target), int(memory_mb))
    except (OSError, duckdb.Error) as error:
        sys.exit(str(error).partition("\n")[0])
    sys.stdout.write(json.dumps(copied))


if __name__ == "__main__":
    main()
