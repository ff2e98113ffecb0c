"""What commands print, over a warehouse of the tiny state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import run
from tests.helpers.store import Store, batch, open_store
from tests.helpers.tiny_state import CLOCK_AT
from warehouse.batch import SilentListener
from warehouse.event import EVENT_SCHEMA, REJECTED_SCHEMA

REFUSED = [
    ("missing", "area", '{"a": "[/red] \x1b[2J [mobile]"}'),
    ("unknown", "service", "{}"),
    ("missing", "id", "{}"),
]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Commands ask it instead of an engine; their tables have room."""
    monkeypatch.setenv("COLUMNS", "200")
    with open_store(tmp_path) as made:
        monkeypatch.setattr(run, "_config", lambda *_: None)
        monkeypatch.setattr(run, "_rows", lambda _, query, **params: made.ask(query, **params))
        yield made


@pytest.fixture
def refused(store: Store) -> Store:
    rows = [
        {"rejected_id": str(number), "source": "ksmart", "received_at": CLOCK_AT, "reason": reason, "field": field,
         "detail": "is what it is", "raw": raw, "origin": f"may.csv row {number}"}
        for number, (reason, field, raw) in enumerate(REFUSED)
    ]  # fmt: skip
    store.writer.commit(
        batch(EVENT_SCHEMA.empty_table(), rejected=pa.Table.from_pylist(rows, schema=REJECTED_SCHEMA)), SilentListener()
    )
    return store


def test_rejected_rows_are_shown_with_their_reasons(refused: Store, capsys: pytest.CaptureFixture[str]) -> None:
    run.rejected_list()
    told = capsys.readouterr().out
    assert "The newest 3 of 3 rows" in told
    assert r'{"a": "[/red] \x1b[2J [mobile]"}' in told, "as it is stored, and nothing in it is done"
    assert all(f"may.csv row {number}" in told for number in range(3))
    run.rejected_list(reason="missing", limit=1)
    told = capsys.readouterr().out
    assert "The newest 1 of 2 rows" in told
    assert "unknown" not in told
    assert told.count("may.csv row") == 1


def test_rejected_rows_as_json_have_everything(refused: Store, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    run.rejected_list(as_json=True)
    told = json.loads(capsysbinary.readouterr().out)
    assert {one["reason"]: one["rows"] for one in told["reasons"]} == {"missing": 2, "unknown": 1}
    assert {row["raw"] for row in told["rows"]} == {raw for _, _, raw in REFUSED}
    assert told["personal"] == []
