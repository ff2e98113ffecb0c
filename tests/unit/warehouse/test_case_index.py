"""Numbers of case rows: the newest is always among those found, and old ones do not pile up for good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indicators.board import Board
from tests.helpers.small_catalogue import small_reference
from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import CLOCK_AT
from warehouse import case_index
from warehouse.case_index import CaseIndex


def keys(*numbers: int) -> np.ndarray:
    return np.array([number << 32 for number in numbers], dtype=np.uint64)


def test_rows_get_the_next_numbers() -> None:
    index = CaseIndex().read(keys(7, 9), np.array([3, 5], dtype=np.uint32)).plus(keys(7)).plus(keys(8, 9))
    assert index.next_number == 9
    assert index.numbers(keys(7)).tolist() == [3, 6]
    assert index.numbers(keys(9, 8)).tolist() == [5, 7, 8]
    assert index.numbers(keys(1)).tolist() == []


def test_it_is_stale_when_most_rows_were_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_index, "_LEAST_STALE", 1)
    index = CaseIndex().read(keys(1), np.array([0], dtype=np.uint32))
    assert not index.is_stale
    assert not index.plus(keys(1)).plus(keys(1)).is_stale
    assert index.plus(keys(1)).plus(keys(1)).plus(keys(1)).is_stale


def stored(store: Store) -> list[tuple[str, str, int]]:
    with store.database.cursor() as cursor:
        return cursor.execute('select case_id, status, number from "case" order by number').fetchall()


def test_cases_are_found_after_many_changes_and_a_new_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_index, "_LEAST_STALE", 4)
    moments = iter(range(1000))

    def told(kind: str, case_id: str, **more: str) -> dict[str, object]:
        moment = next(moments)
        at = CLOCK_AT.replace(hour=0, minute=moment)
        return event(f"e{moment}", "ksmart", kind, at, case_id=case_id, **more)

    opened = [told("case.opened", name, service="file", area="T-a-x-1") for name in ("C1", "C2", "C3")]
    for start in range(2):
        with open_store(tmp_path) as store:
            board = Board(small_reference(), store.clock)
            if start == 0:
                store.writer.commit(batch(table(opened)), board)
            for _ in range(8):
                store.writer.commit(batch(table([told("case.moved", "C2", post="post1")])), board)
                assert len(stored(store)) == 3
            assert store.writer.known.cases.next_number == 11 + 8 * start
            assert len(store.writer.known.cases._numbers) <= 11, "numbers of rows that are no more were let go"
    with open_store(tmp_path) as store:
        board = Board(small_reference(), store.clock)
        store.writer.commit(batch(table([told("case.decided", "C1", outcome="approved")])), board)
        assert stored(store) == [("C3", "open", 2), ("C2", "open", 18), ("C1", "decided", 19)]
