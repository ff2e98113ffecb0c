"""Sums over both trees, that they hold still, and that any order of adding and showing gives the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import tree_sum
from indicators.tree_sum import TreeSums
from tests.helpers.search import examples

#: 0 ⊃ (1 ⊃ (2, 3), 4)
AREA_LINE = np.array([[0, -1, -1], [1, 0, -1], [2, 1, 0], [3, 1, 0], [4, 0, -1]], dtype=np.int32)
#: Subjects 0 and 1 are group 3; they and 2 are group 4.
SUBJECT_LINE = np.array([[0, 3, 4], [1, 3, 4], [2, 4, -1]], dtype=np.int32)
KINDS, ROWS, AREAS = 2, 5, 5
Entry = tuple[int, int, int, int]


def sums() -> TreeSums:
    return TreeSums(SUBJECT_LINE, AREA_LINE, KINDS)


def add(to: TreeSums, *entries: Entry) -> None:
    kinds, subjects, areas, amounts = np.array(entries, dtype=np.int64).T
    to.add(kinds, subjects, areas.astype(np.int32), amounts)


def naive(entries: list[Entry]) -> np.ndarray:
    """Shape: [kind, row, area]."""
    made = np.zeros((KINDS, ROWS, AREAS), dtype=np.int64)
    for kind, subject, area, amount in entries:
        for row in SUBJECT_LINE[subject]:
            for place in AREA_LINE[area]:
                if row >= 0 and place >= 0:
                    made[kind, row, place] += amount
    return made


def rows(of: TreeSums, kind: int) -> np.ndarray:
    """Shape: [row, area]."""
    return of.at(np.array([kind]), np.arange(ROWS * AREAS)).reshape(ROWS, AREAS)


def rows_of(pairs: np.ndarray) -> list[int]:
    return np.unique(pairs // AREAS).tolist()


def shown(of: TreeSums) -> np.ndarray:
    return np.stack([rows(of, kind) for kind in range(KINDS)])


def test_amounts_reach_all_areas_and_groups_above() -> None:
    of = sums()
    add(of, (0, 1, 2, 5), (0, 1, 3, 7), (0, 1, 1, 1), (0, 1, 4, 100), (0, 1, 2, 5), (1, 2, 4, 3))
    changed = of.show()
    assert rows_of(changed) == [1, 2, 3, 4]
    assert changed[changed // AREAS == 2].tolist() == [2 * AREAS, 2 * AREAS + 4], "what was counted in 4 counts in 0"
    assert of.counted().tolist() == changed.tolist()
    assert rows(of, 0)[[4, 1, 0, 3]].tolist() == [[118, 18, 10, 7, 100]] * 2 + [[0] * 5, [118, 18, 10, 7, 100]]
    assert rows(of, 1)[:, 4].tolist() == [0, 0, 3, 0, 3]
    assert of.at(np.array([1, 0]), np.array([4, 5])).tolist() == [[0, 0], [0, 118]]


def test_shown_holds_still_until_show() -> None:
    of = sums()
    add(of, (0, 0, 2, 5))
    of.show()
    seen = rows(of, 0)
    add(of, (0, 0, 2, 1), (0, 2, 0, 3))
    assert (rows(of, 0) == seen).all()
    of.clear()
    add(of, (1, 1, 4, 2))
    assert (rows(of, 0) == seen).all()
    assert not of.now(0).any(), "cleared"
    assert of.now(1)[[1, 3]].tolist() == [[2, 0, 0, 0, 2]] * 2
    assert rows_of(of.show()) == [0, 1, 3, 4], "what was and is no more has changed too"
    assert not rows(of, 0).any()
    assert (of.now(1) == rows(of, 1)).all()


def test_what_cancels_is_no_change() -> None:
    of = sums()
    add(of, (0, 0, 2, 5), (0, 0, 2, -5))
    assert of.show().tolist() == []
    assert of.show().tolist() == []


def test_what_is_counted_and_taken_back_is_still_known() -> None:
    of = sums()
    add(of, (0, 2, 2, 5))
    of.show()
    add(of, (0, 2, 2, -5), (1, 2, 4, 1))
    of.show()
    assert rows_of(of.counted()) == [2, 4]
    assert not rows(of, 0).any()
    assert of.changed_kinds.tolist() == [0, 1]
    of.clear()
    of.show()
    assert (of.counted().tolist(), of.changed_kinds.tolist()) == ([], [0, 1])


@pytest.mark.parametrize("wide", [None, (), (1,)])
def test_no_sum_overflows(wide: tuple[int, ...] | None) -> None:
    of = TreeSums(SUBJECT_LINE, AREA_LINE, KINDS, wide=wide)
    for _ in range(3):
        add(of, (0, 0, 2, 2**30), (0, 1, 3, 2**30), (1, 2, 4, 2**31 - 1))
        of.show()
    assert rows(of, 0)[4].tolist() == [6 * 2**30, 6 * 2**30, 3 * 2**30, 3 * 2**30, 0]
    assert rows(of, 1)[2].tolist() == [3 * 2**31 - 3, 0, 0, 0, 3 * 2**31 - 3]
    assert of.now(0)[4].tolist() == rows(of, 0)[4].tolist()


def test_nothing_at_all() -> None:
    of = sums()
    assert not rows(of, 1).any()
    assert not of.now(1).any()


def test_a_state_without_any_service() -> None:
    of = TreeSums(np.zeros((0, 1), dtype=np.int32), AREA_LINE, KINDS)
    assert of.show().tolist() == []
    assert of.now(1).shape == (0, AREAS)
    assert of.counted().tolist() == []


_ENTRY = st.tuples(
    st.integers(0, KINDS - 1), st.integers(0, len(SUBJECT_LINE) - 1), st.integers(0, AREAS - 1), st.integers(-3, 3)
)
_STEP = st.sampled_from(["add", "show", "now", "clear"])


@settings(deadline=None, max_examples=examples(150))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "show", "now", "clear"]), st.lists(_ENTRY, max_size=12)), max_size=12
    ),
    limits=st.fixed_dictionaries(
        {
            "_MOST_WAITING": st.sampled_from([1, 5, 10**6]),
            "_AT_ONCE": st.sampled_from([1, 4, 10**6]),
            "_MANY_PAIRS": st.sampled_from([0, 500]),
        }
    ),
    wide=st.sampled_from([None, (), (0,)]),
)
def test_any_order_gives_the_same(
    steps: list[tuple[str, list[Entry]]], limits: dict[str, int], wide: tuple[int, ...] | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, number in limits.items():
            patch.setattr(tree_sum, name, number)
        of, entries, before = TreeSums(SUBJECT_LINE, AREA_LINE, KINDS, wide=wide), [], naive([])
        for what, more in steps:
            if what == "clear":
                of.clear()
                entries = []
            if more:
                add(of, *more)
                entries += more
            expected = naive(entries)
            assert (shown(of) == before).all()
            if what == "now":
                assert all((of.now(kind) == expected[kind]).all() for kind in range(KINDS))
            if what == "show":
                changed = of.show()
                kinds, really = np.divmod(np.flatnonzero(expected != before), ROWS * AREAS)
                assert set(really) <= set(changed.tolist())
                assert set(kinds) <= set(of.changed_kinds.tolist())
                assert (np.diff(changed) > 0).all()
                before = expected
                assert (shown(of) == expected).all()
                assert set(np.flatnonzero(expected.any(axis=0))) <= set(of.counted().tolist())
