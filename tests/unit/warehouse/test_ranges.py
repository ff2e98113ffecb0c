"""Ranges one after the other, empty ones among them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warehouse.ranges import joined_ranges


@given(st.lists(st.tuples(st.integers(-5, 50), st.integers(0, 6)), max_size=12))
def test_every_range_stands_after_the_one_before(ranges: list[tuple[int, int]]) -> None:
    begin, count = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    expected = [number for first, many in ranges for number in range(first, first + many)]
    assert joined_ranges(begin, count).tolist() == expected
