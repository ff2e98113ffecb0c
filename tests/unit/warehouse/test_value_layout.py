"""Every cell that exists has a place of its own, and all others share one."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.value import PERIODS, Band, State
from warehouse.value_layout import COLUMNS, FlatValues, Layout

AREAS = 9
#: Planes of a flow, a stock, a quantile, and one without any value.
KINDS = ([0, 1, 2, 3, 4, 5, 6], [0, 0, 0, 0, -1, -1, 0], [-1, -1, 0, 1, -1, -1, 2], [-1] * 7)
masks = st.lists(st.lists(st.booleans(), min_size=AREAS, max_size=AREAS), min_size=1, max_size=4)


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[Layout, np.ndarray, np.ndarray]:
    """A layout, and what it was made of: planes and masks of every indicator."""
    sets = np.array(draw(masks))
    count = draw(st.integers(1, 8))
    planes = np.array([draw(st.sampled_from(KINDS)) for _ in range(count)])
    mask_of = [draw(st.integers(0, len(sets) - 1)) for _ in range(count)]
    return Layout(planes, sets, mask_of), planes, sets[mask_of]


def every_place(layout: Layout, indicators: int) -> np.ndarray:
    """Shape: [period, indicator, area]."""
    return layout.at(*np.ix_(range(len(PERIODS)), range(indicators), range(AREAS)))


@settings(deadline=None)
@given(laid_out())
def test_a_cell_has_a_place_where_its_indicator_exists_and_its_period_has_a_plane(made) -> None:
    layout, planes, exists = made
    places = every_place(layout, len(planes))
    found = places != layout.nowhere
    np.testing.assert_array_equal(found, (planes.T >= 0)[:, :, None] & exists[None])
    for cell, place in np.ndenumerate(places):
        assert layout.place(*cell) == place
    taken = {(row, planes[row, period], area): places[period, row, area] for period, row, area in np.argwhere(found)}
    assert sorted(taken.values()) == list(range(layout.size))
    for period, row, area in np.argwhere(found):
        assert taken[row, planes[row, period], area] == places[period, row, area], "alike periods share a place"


@settings(deadline=None)
@given(laid_out())
def test_a_place_tells_whose_it_is(made) -> None:
    layout, planes, exists = made
    places = np.arange(layout.size)
    indicators, areas = layout.whose(places)
    assert exists[indicators, areas].all()
    assert ((layout.starts[indicators] <= places) & (places < layout.ends[indicators])).all()
    all_places = every_place(layout, len(planes))
    for place, row, area in zip(places, indicators, areas, strict=True):
        assert place in all_places[:, row, area]
    for row, mask in enumerate(exists):
        assert layout.areas_of(row).tolist() == np.flatnonzero(mask).tolist()


@settings(deadline=None)
@given(laid_out())
def test_it_travels_as_json(made) -> None:
    layout, planes, _ = made
    again = Layout.from_json(json.loads(json.dumps(layout.to_json())))
    assert again.size == layout.size
    np.testing.assert_array_equal(every_place(again, len(planes)), every_place(layout, len(planes)))


@settings(deadline=None)
@given(laid_out(), st.data())
def test_values_keep_their_cells_when_room_is_made(made, data: st.DataObject) -> None:
    layout, planes, exists = made
    flat = FlatValues.nothing(layout)
    for number, name in enumerate(COLUMNS):
        getattr(flat, name)[: layout.size] = (np.arange(layout.size) + number) % 5
    row = data.draw(st.integers(0, len(planes) - 1))
    extra = np.array(data.draw(st.lists(st.booleans(), min_size=AREAS, max_size=AREAS)))
    wider = layout.with_more({row: extra})
    moved = flat.moved(layout, wider)
    exists = exists.copy()
    exists[row] |= extra
    assert [wider.areas_of(one).tolist() for one in range(len(planes))] == [
        np.flatnonzero(mask).tolist() for mask in exists
    ]
    old, new = every_place(layout, len(planes)), every_place(wider, len(planes))
    known = old != layout.nowhere
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(moved, name)[new[known]], getattr(flat, name)[old[known]])
    added = ~known & (new != wider.nowhere)
    assert (moved.state[new[added]] == State.NO_DATA).all()


def test_what_does_not_exist_is_not_applicable_and_has_no_number() -> None:
    layout = Layout([KINDS[1]], [[True, False]], [0])
    flat = FlatValues.nothing(layout)
    assert layout.size == 1
    assert layout.place(PERIODS.index("mtd"), 0, 0) == layout.place(PERIODS.index("today"), 0, 0) == 0
    nowhere = layout.place(PERIODS.index("mtd"), 0, 1)
    assert nowhere == layout.place(PERIODS.index("p7d"), 0, 0) == layout.nowhere
    assert np.isnan(flat.value[nowhere])
    assert (flat.state[nowhere], flat.band[nowhere]) == (State.NOT_APPLICABLE, Band.UNBANDED)


def test_a_dense_layout_is_in_the_order_of_indicator_period_area() -> None:
    layout = Layout.dense(3, AREAS)
    expected = np.arange(3 * len(PERIODS) * AREAS).reshape(3, len(PERIODS), AREAS).swapaxes(0, 1)
    np.testing.assert_array_equal(every_place(layout, 3), expected)
