"""Sums over subtrees, and that they hold still."""

from __future__ import annotations

import numpy as np
import pytest

from indicators import dense
from indicators.dense import Dense

#: 0 ⊃ (1 ⊃ (2, 3), 4)
ENDS = np.array([5, 4, 3, 4, 5], dtype=np.int32)


def add(sums: Dense, *entries: tuple[int, int, int]) -> None:
    rows, areas, amounts = np.array(entries, dtype=np.int64).T
    sums.add(rows, areas.astype(np.int32), amounts)


def test_amounts_reach_all_areas_above() -> None:
    sums = Dense(3, ENDS)
    add(sums, (1, 2, 5), (1, 3, 7), (1, 1, 1), (1, 4, 100), (1, 2, 5))
    assert sums.show().tolist() == [1]
    assert sums.shown[1].tolist() == [118, 18, 10, 7, 100]
    assert not sums.shown[[0, 2]].any()


def test_shown_holds_still_until_show() -> None:
    sums = Dense(2, ENDS)
    add(sums, (0, 2, 5))
    sums.show()
    seen = sums.shown
    add(sums, (0, 2, 1), (1, 0, 3))
    sums.clear()
    add(sums, (1, 4, 2))
    assert seen[0].tolist() == [5, 5, 5, 0, 0]
    assert sums.rolled(np.array([0, 1])).tolist() == [[0] * 5, [2, 0, 0, 0, 2]]
    assert sums.show().tolist() == [0, 1]
    assert seen[0].tolist() == [5, 5, 5, 0, 0], "a reader's array is replaced, not emptied under their eyes"
    assert sums.shown.tolist() == [[0] * 5, [2, 0, 0, 0, 2]]


def test_what_cancels_is_no_change() -> None:
    sums = Dense(2, ENDS)
    add(sums, (0, 2, 5), (0, 2, -5))
    assert sums.show().tolist() == []


@pytest.mark.parametrize("most", [1, 3, 10**6])
def test_many_waiting_amounts_are_added_up_among_themselves(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "_MOST_WAITING", most)
    generator = np.random.default_rng(3)
    sums, expected = Dense(600, ENDS), np.zeros((600, 5), dtype=np.int64)
    for _ in range(20):
        rows, areas = generator.integers(0, 600, 50), generator.integers(0, 5, 50).astype(np.int32)
        amounts = generator.integers(-9, 9, 50)
        sums.add(rows, areas, amounts)
        np.add.at(expected, (rows, areas), amounts)
        if generator.random() < 0.3:
            sums.show()
    rolled = np.column_stack([expected[:, place : ENDS[place]].sum(axis=1) for place in range(5)])
    assert (sums.rolled(np.arange(600)) == rolled).all()
    assert (sums.rolled(np.arange(5, 600, 7)) == rolled[5::7]).all()
    sums.show()
    assert (sums.shown == rolled).all()
