"""A quantile read from the histogram and the exact one lie in the same class, which the screens name."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.quantile import quantile_hours
from warehouse.measure import DURATION_BINS, DURATION_EDGES_H, duration_class_h


@settings(deadline=None)
@given(
    took_h=st.lists(st.floats(0.01, 16_000), min_size=1, max_size=200),
    share=st.sampled_from([0.1, 0.5, 0.9, 1.0]),
)
def test_the_exact_quantile_lies_in_the_class_of_the_one_that_is_shown(took_h: list[float], share: float) -> None:
    bins = np.bincount(np.searchsorted(DURATION_EDGES_H, took_h, side="right"), minlength=DURATION_BINS)
    shown = float(quantile_hours(bins[:, np.newaxis], share)[0])
    exact = sorted(took_h)[max(0, math.ceil(share * len(took_h) - 1e-9) - 1)]
    low, high = duration_class_h(shown)
    assert high is not None
    assert low <= exact <= high
    assert low == 0 or high / low == pytest.approx(2**0.5)


def test_the_last_class_is_open_at_the_top_and_no_decision_is_none() -> None:
    bins = np.zeros((DURATION_BINS, 1), dtype=np.int64)
    assert math.isnan(quantile_hours(bins, 0.5)[0])
    bins[-1] = 3
    assert duration_class_h(float(quantile_hours(bins, 0.5)[0])) == (DURATION_EDGES_H[-1], None)


def test_under_one_hour_is_one_class() -> None:
    assert duration_class_h(0.0) == duration_class_h(0.7) == duration_class_h(1.0) == (0.0, 1.0)
