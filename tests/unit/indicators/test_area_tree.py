"""Areas by themselves and with everything below them."""

from __future__ import annotations

import numpy as np
import pytest

from indicators.area_tree import AreaTree
from indicators.expression import Spread

#: 0 ─ 1 ─ 2, 3; 0 ─ 4
TREE = AreaTree(np.array([-1, 0, 1, 1, 0]))
NAN = np.nan


def test_what_was_counted_in_areas_by_themselves() -> None:
    rolled = np.array([[31, 14, 4, 8, 16], [5, 5, 5, 0, 0]])
    np.testing.assert_array_equal(TREE.own(rolled), [[1, 2, 4, 8, 16], [0, 0, 5, 0, 0]])
    assert rolled[0, 0] == 31


@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        (Spread.SUM, [9, 6, 2, 4, NAN]),
        (Spread.COUNT, [3, 2, 1, 1, NAN]),
        (Spread.AVERAGE, [3, 3, 2, 4, NAN]),
        (Spread.MINIMUM, [2, 2, 2, 4, NAN]),
        (Spread.MAXIMUM, [4, 4, 2, 4, NAN]),
    ],
)
def test_values_are_put_together_over_subtrees(spread: Spread, expected: list[float]) -> None:
    values, known = np.array([3.0, NAN, 2.0, 4.0, 7.0]), np.array([True, False, True, True, False])
    np.testing.assert_array_equal(TREE.spread(values, known, spread), expected)
