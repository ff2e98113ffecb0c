"""What the writer knows by heart is read beside everything else, and the first commit waits for it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.store import batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import CLOCK_AT
from warehouse import known
from warehouse.batch import SilentListener
from warehouse.errors import StorageBrokenError


def moved(name: str) -> Any:
    return batch(table([event(name, "ksmart", "case.moved", CLOCK_AT, case_id="C1")]))


def test_a_commit_waits_until_everything_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path) as store:
        store.writer.commit(moved("a"), SilentListener())
    may_read, whole = threading.Event(), known.Loading._load
    monkeypatch.setattr(known.Loading, "_load", lambda self: may_read.wait() and whole(self))
    with open_store(tmp_path) as store:
        assert store.writer.run(lambda connection: connection.execute("select 1").fetchall()) == [(1,)]
        waiting = store.writer.submit([moved("a")], SilentListener())
        assert store.count("event") == 1, "what is stored can be read meanwhile"
        assert not waiting.done()
        may_read.set()
        (result,) = waiting.result()
        assert (result.accepted, result.duplicates) == (0, 1)


def test_rows_that_have_left_end_the_writer(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for name in ("a", "b"):
            store.writer.commit(moved(name), SilentListener())
        store.writer.run(lambda connection: connection.execute("delete from event where event_id = 'a'"))
    with open_store(tmp_path) as store:
        with pytest.raises(StorageBrokenError, match="could not be read: event: rows have left the table"):
            store.writer.commit(moved("c"), SilentListener())
        assert store.writer.broken is not None
        assert store.count("event") == 1


def test_a_warehouse_is_closed_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path) as store:
        store.writer.commit(moved("a"), SilentListener())
    begun, whole = threading.Event(), known.Loading._load

    def slowly(self: known.Loading) -> object:
        begun.set()
        assert self._cancelled.wait(10)
        return whole(self)

    monkeypatch.setattr(known.Loading, "_load", slowly)
    with open_store(tmp_path) as store:
        assert begun.wait(10)
    with pytest.raises(StorageBrokenError, match="was closed while it was read"):
        _ = store.writer.known
