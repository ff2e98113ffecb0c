"""Columns that a source adds to its files are remembered and said once; those of its first file are not added."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.store import Store, batch, open_store
from warehouse.batch import SilentListener
from warehouse.event import EVENT_SCHEMA


def commit(store: Store, source: str, *columns: str) -> None:
    empty = batch(EVENT_SCHEMA.empty_table(), source=source)
    store.writer.commit(replace(empty, columns=columns), SilentListener())


def test_a_column_that_no_earlier_file_had_is_said_once_by_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_store(tmp_path) as store:
        commit(store, "permits", "id", "opened")
        commit(store, "deeds", "id")
        assert store.ask("added_columns") == []
        assert not caplog.messages
        commit(store, "permits", "opened", "ward", "id", "sex")
        assert [(row["source"], row["column"]) for row in store.ask("added_columns")] == [
            ("permits", "sex"),
            ("permits", "ward"),
        ]
        assert caplog.messages == ["source permits: its files have columns that no earlier file had: sex, ward"]
        commit(store, "permits", "id", "opened", "ward", "sex")
        commit(store, "permits", "id")
        commit(store, "permits")
        assert len(caplog.messages) == 1
        assert store.count("source_column") == 5
    with open_store(tmp_path) as store:
        commit(store, "deeds", "ward")
        assert [row["column"] for row in store.ask("added_columns", source="deeds")] == ["ward"], "outlives a restart"


def test_a_commit_that_fails_remembers_and_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def failing(moment: str) -> None:
        if moment == "position written" and store.count("source_column"):
            raise OSError(moment)

    with open_store(tmp_path, failing) as store:
        commit(store, "permits", "id")
        with pytest.raises(OSError, match="position written"):
            commit(store, "permits", "ward")
        assert store.ask("added_columns") == []
    assert not [message for message in caplog.messages if "ward" in message]
