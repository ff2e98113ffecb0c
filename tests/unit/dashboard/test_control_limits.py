"""Limits of chance: a share lies outside exactly if its tail is less likely than the limits leave out."""

from __future__ import annotations

from itertools import accumulate
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.views.control_limits import INNER, OUTER, limits_for


@settings(deadline=None)
@given(cases=st.integers(1, 120), parts=st.integers(1, 99))
def test_outside_are_exactly_the_counts_with_a_rare_tail(cases: int, parts: int) -> None:
    share = parts / 100
    chances = [comb(cases, count) * share**count * (1 - share) ** (cases - count) for count in range(cases + 1)]
    up_to, from_on = list(accumulate(chances)), list(accumulate(reversed(chances)))[::-1]
    for limits, within in zip(limits_for(share, cases), (INNER, OUTER), strict=True):
        rare = (1 - within) / 2
        for count, (below, above) in enumerate(zip(up_to, from_on, strict=True)):
            if abs(below - rare) > 1e-9:
                assert (count / cases < limits.low) == (below < rare)
            if abs(above - rare) > 1e-9:
                assert (count / cases > limits.high) == (above < rare)


def test_many_cases_have_the_limits_of_the_normal_distribution() -> None:
    cases, share = 4_000_000, 0.1
    deviation = (share * (1 - share) / cases) ** 0.5
    inner, outer = limits_for(share, cases)
    assert (inner.low, inner.high) == pytest.approx((share - 1.96 * deviation, share + 1.96 * deviation), rel=1e-4)
    assert (outer.low, outer.high) == pytest.approx((share - 3.09 * deviation, share + 3.09 * deviation), rel=1e-4)


def test_as_few_lie_outside_as_is_said() -> None:
    cases = 500
    drawn = np.random.default_rng(5).binomial(cases, 0.2, 20_000) / cases
    inner, outer = limits_for(0.2, cases)
    assert 0.94 < ((drawn >= inner.low) & (drawn <= inner.high)).mean() < 0.97
    assert 0.997 < ((drawn >= outer.low) & (drawn <= outer.high)).mean() < 0.9995
