"""A small vocabulary, mappings from TOML text, and files read to their end: for tests of ingest."""

from __future__ import annotations

import gzip
import os
import tomllib
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from ingest.decode import Decoded, decode
from ingest.mapping import read_mapping
from ingest.rule import Mapping
from ingest.sources.base import Source
from ingest.sources.files import FileSource
from ingest.vocabulary import Place, Range, Vocabulary, unique_names
from warehouse.batch import Batch
from warehouse.clock import SettableClock
from warehouse.pseudonym import Pseudonyms

NOW: Final = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
VOCABULARY: Final = Vocabulary(
    root="KL",
    timezone="Asia/Kolkata",
    places={
        "KL": Place("KL", "state", "32", ("Kerala", "കേരളം")),
        "KL-palakkad": Place("KL-palakkad", "district", "561", ("Palakkad", "പാലക്കാട്")),
        "KL-idukki": Place("KL-idukki", "district", "556", ("Idukki", "ഇടുക്കി")),
    },
    services=frozenset({"imported_case", "birth"}),
    metrics={"beds": Range(0, 100), "level_m": Range(None, None)},
    assets={"dam-idukki": "KL-idukki"},
    asset_names=unique_names([("Idukki dam", "dam-idukki")]),
)
PSEUDONYMS: Final = Pseudonyms(bytes(32))
#: Cases in one row each: opened, perhaps decided.
CASES: Final = """
case_prefix = "t:"
[fields]
case_id = "id"
service = {const = "imported_case"}
area = {whole_state = true}
due_at = "due"
[[event]]
kind = "case.opened"
at = "opened"
[[event]]
kind = "case.decided"
at = "closed"
outcome = {column = "result", map = {ok = "approved", no = "rejected"}}
"""
READINGS: Final = """
[[event]]
kind = "reading.taken"
at = "at"
metric = {const = "beds"}
asset = "asset"
area = {const = "KL-idukki"}
value = "value"
"""


def mapping(text: str, name: str = "test") -> Mapping:
    """The mapping that is written as TOML, without the `source.<name>` before its tables."""
    return read_mapping(name, tomllib.loads(text), VOCABULARY, PSEUDONYMS)


def table(*rows: dict[str, Any]) -> pa.Table:
    """Rows of text; a cell that is missing is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in names})


def decoded(text: str, *rows: dict[str, Any]) -> Decoded:
    """Rows decoded by a mapping that is written as TOML; columns that no row has are empty."""
    made = mapping(text)
    given = [{**dict.fromkeys(made.columns, ""), **row} for row in rows]
    return decode(table(*given), made, NOW, lambda row: f"rows:{row + 1}")


def events(result: Decoded) -> list[dict[str, Any]]:
    """Events without their empty fields."""
    return [{name: cell for name, cell in event.items() if cell is not None} for event in result.events.to_pylist()]


def refused(result: Decoded) -> list[tuple[str, str | None]]:
    """Reason and field of every refused row."""
    return [(row["reason"], row["field"]) for row in result.rejected.to_pylist()]


def file_source(path: Path, made: Mapping, **options: Any) -> FileSource:
    """A file as a source, at the tests' instant."""
    return FileSource(path, made, SettableClock(NOW), **options)


def drain(source: Source) -> list[Batch]:
    """All batches of a source that ends."""
    batches = []
    while not source.done:
        batch = source.next_batch()
        if batch is not None:
            batches.append(batch)
    return batches


def read(path: Path, made: Mapping, **options: Any) -> Decoded:
    """A file read to its end."""
    with closing(file_source(path, made, **options)) as source:
        batches = drain(source)
    none = decode(table(dict.fromkeys(made.columns, "")).slice(1), made, NOW, str)
    return Decoded(
        pa.concat_tables([none.events, *(batch.events for batch in batches)]),
        pa.concat_tables([none.rejected, *(batch.rejected for batch in batches)]),
        sum(batch.received for batch in batches),
        skipped=pa.concat_tables([none.skipped, *(batch.skipped for batch in batches)]),
    )


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """A file of the test's; packed when its name ends in .gz."""
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def assert_accounted(result: Decoded | Batch) -> None:
    """Every row gave events or was refused, never both."""
    rows = result.rows if isinstance(result, Decoded) else result.received
    numbers = result.events["row"].to_pylist()
    assert rows == len(set(numbers)) + result.rejected.num_rows
    assert numbers == sorted(numbers)


def shared_data(path: str) -> Path:
    """A file of the data collected for the project; these are never copied into it, so the test is skipped without."""
    folder = Path(os.environ.get("CM_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
    found = folder / path
    if not found.is_file():
        pytest.skip(f"{found} is not here; set CM_SHARED_DATA to the folder with the collected data")
    return found


def columns_of(result: Decoded, *names: str) -> list[Sequence[Any]]:
    """Some columns of the events, row by row."""
    return list(zip(*(result.events[name].to_pylist() for name in names), strict=True))
