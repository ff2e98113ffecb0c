"""Positions of places: only as exact as chance lets them be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.views.rank import Positions, positions

COUNTS = st.lists(
    st.integers(1, 5000).flatmap(lambda below: st.tuples(st.integers(0, below), st.just(below))),
    min_size=1,
    max_size=20,
)


def _by_share(counts: list[tuple[int, int]], *, is_higher_better: bool = True) -> tuple[Positions, ...]:
    above, below = zip(*counts, strict=True)
    return positions(above, below, is_higher_better=is_higher_better)


def test_large_places_are_told_apart_and_small_ones_are_not() -> None:
    large = [(9_000, 10_000), (8_000, 10_000), (7_000, 10_000)]
    assert _by_share(large) == (Positions(1, 1), Positions(2, 2), Positions(3, 3))
    assert _by_share(large, is_higher_better=False) == (Positions(3, 3), Positions(2, 2), Positions(1, 1))
    assert _by_share([(36, 40), (32, 40), (28, 40)]) == (Positions(1, 3),) * 3
    assert _by_share([*large, (30, 40)]) == (Positions(1, 2), Positions(2, 3), Positions(3, 4), Positions(1, 4))


def test_one_place_alone_is_first() -> None:
    assert _by_share([(1, 40)]) == (Positions(1, 1),)
    assert positions([], [], is_higher_better=True) == ()


def test_cases_per_people_are_compared_as_counts() -> None:
    assert positions([2_000, 1_000], [900, 900], is_higher_better=False) == (Positions(2, 2), Positions(1, 1))
    assert positions([12, 9], [8, 8], is_higher_better=False) == (Positions(1, 2),) * 2


@given(counts=COUNTS, is_higher_better=st.booleans())
def test_the_position_by_the_numbers_themselves_is_always_possible(
    counts: list[tuple[int, int]], *, is_higher_better: bool
) -> None:
    shares = [above / below * (-1 if is_higher_better else 1) for above, below in counts]
    for own, one in zip(shares, _by_share(counts, is_higher_better=is_higher_better), strict=True):
        better, equal = sum(other < own for other in shares), shares.count(own)
        assert one.best <= better + equal
        assert one.worst >= better + 1


@given(counts=COUNTS)
def test_the_other_end_as_the_best_turns_positions_round(counts: list[tuple[int, int]]) -> None:
    turned = [
        Positions(len(counts) + 1 - one.worst, len(counts) + 1 - one.best)
        for one in _by_share(counts, is_higher_better=False)
    ]
    assert list(_by_share(counts)) == turned


@pytest.mark.parametrize("base", [40, 400, 4000])
def test_the_true_position_is_inside_as_often_as_is_said(base: int) -> None:
    """14 places with shares of their own, drawn 400 times."""
    dice = np.random.default_rng(3)
    shares = np.sort(dice.uniform(0.55, 0.98, 14))[::-1]
    inside = np.zeros(len(shares))
    for _ in range(400):
        drawn = dice.binomial(base, shares)
        found = positions(drawn.tolist(), [base] * len(shares), is_higher_better=True)
        inside += [one.best <= place + 1 <= one.worst for place, one in enumerate(found)]
    assert inside.min() / 400 >= 0.95
