"""Bands of arrays agree with the band of one value, at every level, and only State.OK has one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from indicators.band import BandPlan
from indicators.definition import Catalogue, Thresholds
from indicators.load import read_catalogue
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.value import Band, State

LEVELS = ("state", "district", "taluk", "body")
VALUES = (
    -1.0,
    0.0,
    4.9,
    5.0,
    9.99,
    10.0,
    10.01,
    12.0,
    12.5,
    15.0,
    15.5,
    20.0,
    21.0,
    84.9,
    85.0,
    92.9,
    93.0,
    96.0,
    math.nan,
)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return read_catalogue(write_catalogue(tmp_path_factory.mktemp("band") / "c"), small_reference())[0]


def test_array_bands_are_those_of_single_values_at_every_level(catalogue: Catalogue) -> None:
    area_level = np.array([place for place in range(4) for _ in VALUES])
    value = np.tile(np.array(VALUES * 4), (len(catalogue), 1))
    state = np.where(np.isnan(value), State.NO_DATA, State.OK).astype(np.uint8)
    plan = BandPlan([[item] for item in catalogue.definitions], LEVELS)
    bands = plan.bands(value[:, None], state[:, None], np.zeros_like(area_level), area_level)[:, 0]
    for row, item in enumerate(catalogue.definitions):
        for column in range(value.shape[1]):
            bounds = item.thresholds(LEVELS[area_level[column]])
            expected = Band.UNBANDED if bounds is None else bounds.band(value[row, column])
            assert bands[row, column] == expected, (item.code, LEVELS[area_level[column]], value[row, column])


@pytest.mark.parametrize("state", [State.NO_DATA, State.NOT_APPLICABLE, State.ERROR, State.SMALL_BASE])
def test_only_ok_values_are_banded(catalogue: Catalogue, state: State) -> None:
    value = np.full((len(catalogue), 2, 4), 99.0)
    plan = BandPlan([[item] for item in catalogue.definitions], LEVELS)
    states = np.full(value.shape, state, dtype=np.uint8)
    bands = plan.bands(value, states, np.zeros(4, dtype=np.intp), np.arange(4))
    assert not bands.any()


def test_a_level_without_thresholds_is_unbanded_though_others_have_some(catalogue: Catalogue) -> None:
    share = catalogue["gad_certificate_overdue_share"]
    only_state = type(share)(
        **{name: getattr(share, name) for name in share.__slots__}
        | {"bands": {"state": Thresholds(amber_high=10, red_high=20)}}
    )
    value, state = np.full((1, 2, 4), 30.0), np.zeros((1, 2, 4), dtype=np.uint8)
    bands = BandPlan([[only_state]], LEVELS).bands(value, state, np.zeros(4, dtype=np.intp), np.arange(4))
    assert bands.tolist() == [[[Band.RED, Band.UNBANDED, Band.UNBANDED, Band.UNBANDED]] * 2]


def test_every_part_of_a_pattern_has_its_own_thresholds(catalogue: Catalogue) -> None:
    share = catalogue["gad_certificate_overdue_share"]
    strict = replace(share, bands={"default": Thresholds(amber_high=1, red_high=2)})
    value, state = np.full((1, 1, 3), 30.0), np.zeros((1, 1, 3), dtype=np.uint8)
    plan = BandPlan([[replace(share, bands={}), strict, share]], LEVELS)
    bands = plan.bands(value, state, np.arange(3), np.full(3, LEVELS.index("district")))
    assert bands.tolist() == [[[Band.UNBANDED, Band.RED, Band.RED]]]
