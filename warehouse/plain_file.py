"""A file read and stored by DuckDB as it is, nothing checked: what benchmarks compare ingest with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from warehouse.database import border
from warehouse.stopwatch import seconds

_READERS: Final = {".csv": "read_csv", ".jsonl": "read_json", ".parquet": "read_parquet"}
_REPEATED: Final = 3


def plain_s(file: Path, folder: Path, *, memory_limit_mb: int, threads: int) -> dict[str, float]:
    """How long DuckDB takes for a file, the shortest of three times.

    Args:
        file: CSV with a head, JSON lines or Parquet, by its ending.
        folder: for a database.
        memory_limit_mb: memory that DuckDB may use, MB.
        threads: threads that DuckDB may use.

    Returns:
        Seconds: `read` of all columns, `insert` of them into a table on the disk.

    Raises:
        InternalError: DuckDB does not understand the file.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_limit_mb}MB",
        "threads": str(threads),
    }
    database = folder / f"{file.name}.duckdb"
    with border(), duckdb.connect(str(database), config=config) as connection:
        rows = f"{_READERS[file.suffix]}('{file}')"
        columns = [one[0] for one in connection.execute(f"describe from {rows}").fetchall()]
        every = ", ".join(f'"{column}"' for column in columns)  # counting would read no more than it must
        connection.execute(f"create table stored as from {rows} limit 0")

        def read() -> None:
            connection.execute(f"select bit_xor(hash({every})) from {rows}").fetchall()  # noqa: S608 – names are ours

        def insert() -> None:
            connection.execute(f"insert into stored from {rows}")

        return {
            name: min(seconds(work) for _ in range(_REPEATED)) for name, work in (("read", read), ("insert", insert))
        }
