"""What every source promises, whatever its transport. A new source adds itself to KINDS and to nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.sources.base import Source
from ingest.sources.memory import MemorySource
from tests.helpers.rows import CASES, assert_accounted, drain, file_source, mapping, write
from warehouse.batch import BATCH_SCHEMA, Batch
from warehouse.event import REJECTED_SCHEMA

ROWS: Final = 23
COLUMNS: Final = ("id", "opened", "closed", "due", "result")
#: Every fifth row cannot be taken.
CELLS: Final = [(str(row), "broken" if row % 5 == 4 else "2026-04-01 10:00:00", "", "", "") for row in range(ROWS)]
XES_CASES: Final = CASES.replace('"id"', '"case:concept:name"')
CLOUDEVENTS: Final = 'format = "cloudevents"'

#: Opens a source in a folder at a position.
Open = Callable[[Path, str | None], Source]


def _csv(folder: Path, position: str | None) -> Source:
    text = "".join(",".join(row) + "\n" for row in [COLUMNS, *CELLS])
    return file_source(
        write(folder, "a.csv.gz", text), mapping(CASES), position=position, block_bytes=200, batch_rows=4
    )


def _jsonl(folder: Path, position: str | None) -> Source:
    text = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in CELLS)
    return file_source(write(folder, "a.jsonl", text), mapping(CASES), position=position, block_bytes=200, batch_rows=4)


def _cloudevents(folder: Path, position: str | None) -> Source:
    events = [
        {
            "specversion": "1.0",
            "id": name,
            "source": "test",
            "type": "cm.case.opened",
            "time": opened.replace(" ", "T") + "Z",
            "data": {"case_id": f"t:{name}", "service": "birth", "area": "KL"},
        }
        for name, opened, *_ in CELLS
    ]
    path = write(folder, "events.jsonl", "".join(json.dumps(event) + "\n" for event in events))
    return file_source(path, mapping(CLOUDEVENTS), position=position, block_bytes=400, batch_rows=4)


def _parquet(folder: Path, position: str | None) -> Source:
    path = folder / "a.parquet"
    columns = zip(COLUMNS, zip(*CELLS, strict=True), strict=True)
    pq.write_table(pa.table({name: list(cells) for name, cells in columns}), path, row_group_size=7)
    return file_source(path, mapping(CASES), position=position, batch_rows=4)


def _xes(folder: Path, position: str | None) -> Source:
    traces = "".join(
        f'<trace><string key="concept:name" value="{name}"/>'
        f'<event><date key="opened" value="{opened}"/></event></trace>'
        for name, opened, *_ in CELLS
    )
    path = write(folder, "a.xes", f"<log>{traces}</log>")
    return file_source(path, mapping(XES_CASES), position=position, batch_rows=4)


def _memory(folder: Path, position: str | None) -> Source:
    with closing(_csv(folder, None)) as source:
        return MemorySource("test", drain(source), position)


KINDS: Final[dict[str, Open]] = {
    "csv": _csv,
    "json lines": _jsonl,
    "cloudevents": _cloudevents,
    "parquet": _parquet,
    "xes": _xes,
    "memory": _memory,
}
pytestmark = pytest.mark.parametrize("kind", KINDS)


def opened(kind: str, folder: Path, position: str | None = None) -> Any:
    """The source, closed at the end."""
    return closing(KINDS[kind](folder, position))


def shape(batches: list[Batch]) -> list[tuple[str, int]]:
    """Everything that a batch says about rows, without when it was made."""
    told = [(event["event_id"], event["digest"]) for batch in batches for event in batch.events.to_pylist()]
    return told + [(row, 0) for batch in batches for row in batch.rejected["rejected_id"].to_pylist()]


def test_every_row_is_given_once_and_accounted_for(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        batches = drain(source)
        assert source.done
        assert source.next_batch() is None
    for batch in batches:
        assert_accounted(batch)
        assert batch.source == source.name == "test"
        assert batch.events.schema == BATCH_SCHEMA
        assert batch.rejected.schema == REJECTED_SCHEMA
        assert batch.received > 0
    assert sum(batch.received for batch in batches) == ROWS
    assert sum(batch.rejected.num_rows for batch in batches) == ROWS // 5
    cases = [case for batch in batches for case in batch.events["case_id"].to_pylist()]
    assert cases == [f"t:{row[0]}" for row in CELLS if row[1] != "broken"]
    assert len(batches) > 3


def test_a_bad_row_never_raises_and_says_where_it_came_from(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        refused = [row for batch in drain(source) for row in batch.rejected.to_pylist()]
    assert {row["reason"] for row in refused} == {"bad_time"}
    assert [int(row["origin"].rpartition(":")[2]) for row in refused] == [5, 10, 15, 20]


def test_the_same_rows_have_the_same_ids_and_digests(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as first, opened(kind, tmp_path) as second:
        assert shape(drain(first)) == shape(drain(second))


def test_it_resumes_after_any_batch_without_loss_or_repetition(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        whole = drain(source)
    for taken in range(len(whole)):
        with opened(kind, tmp_path) as source:
            before = [source.next_batch() for _ in range(taken)]
            position = source.position()
        with opened(kind, tmp_path, position) as resumed:
            after = drain(resumed)
        assert shape(before) == shape(whole[:taken])  # type: ignore[arg-type]
        assert sorted(shape([*whole[:taken], *after])) == sorted(shape(whole))


def test_a_batch_carries_the_position_of_the_next_one(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        while not source.done:
            batch = source.next_batch()
            if batch is not None:
                assert json.loads(batch.position) == json.loads(source.position())


def test_the_position_after_the_last_row_gives_nothing(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        drain(source)
        position = source.position()
    with opened(kind, tmp_path, position) as source:
        assert drain(source) == []
        assert source.done


def test_it_may_be_closed_twice(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        source.next_batch()
        source.close()
