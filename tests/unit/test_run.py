"""What the engine does when it is asked."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest

import run
from tests.helpers.store import open_store
from warehouse.errors import DataError
from warehouse.quarantine import Discarded


class _Pipeline:
    """Knows of a source only some time after it was asked."""

    def __init__(self) -> None:
        self.added: list[str] = []

    def runs(self, name: str, _: object) -> bool:
        known = name in self.added
        time.sleep(0.1)
        return known

    def add(self, source: str) -> None:
        self.added.append(source)


def test_a_source_that_is_continued_twice_at_once_is_read_once(tmp_path: Path) -> None:
    pipeline = _Pipeline()
    config = SimpleNamespace(sources={"permits": {"kafka": {}}}, file="config.toml")
    with open_store(tmp_path) as store:
        engine: Any = SimpleNamespace(
            config=config, pipeline=pipeline, writer=store.writer, _kafka=str, _continuing=Lock()
        )

        def continued(_: int) -> str:
            try:
                return str(*run.Engine.continue_source(engine, {"source": "permits"}))
            except DataError as error:
                return str(error)

        with ThreadPoolExecutor(2) as operators:
            answers = sorted(operators.map(continued, range(2)))
    assert pipeline.added == ["permits"]
    assert "was not given up" in answers[0]
    assert "from_the_beginning" in answers[1]


def test_rows_are_discarded_before_a_day_of_the_state(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Any] = []

    def noted(*which: Any) -> Discarded:
        asked.extend(which)
        return Discarded(7, 2)

    monkeypatch.setattr(run, "discard", noted)
    engine: Any = SimpleNamespace(
        reference=SimpleNamespace(state=SimpleNamespace(timezone="Asia/Kolkata")), writer="writer"
    )
    which = {"source": "permits", "reason": "bad_time", "before": "2026-04-01"}
    assert list(run.Engine.discard(engine, which)) == [{**which, "rows": 7, "events": 2}]
    assert asked == ["writer", "permits", "bad_time", datetime.fromisoformat("2026-04-01T00:00:00+05:30")]
    assert "discarded from quarantine: source permits, reason bad_time, before 2026-04-01, rows 7" in caplog.text
    with pytest.raises(DataError, match=r"'late' is no reason; allowed are .*bad_time"):
        list(run.Engine.discard(engine, {"source": "permits", "reason": "late"}))
