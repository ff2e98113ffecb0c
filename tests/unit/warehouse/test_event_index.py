"""What the index says is what a walk through all events says, however they came and were merged."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.search import examples
from warehouse import postings
from warehouse.event_index import ABOUT, EventIndex

#: Few keys, of which some share the upper and some the lower half.
_HALVES = st.sampled_from([0, 1, 2, 0xFFFFFFFF])
KEY = st.tuples(_HALVES, _HALVES).map(lambda halves: halves[0] << 32 | halves[1])
_EVENT = st.tuples(KEY, KEY, st.none() | KEY, st.none() | KEY, st.none() | KEY)
_Event = tuple[int, int, int | None, int | None, int | None]
BATCHES = st.lists(st.lists(_EVENT, max_size=8), max_size=6)


def numbers(keys: list[int]) -> np.ndarray:
    return np.array(keys, dtype=np.uint64)


def plus(index: EventIndex, batch: list[_Event]) -> EventIndex:
    keys, digests, *about = zip(*batch, strict=True) if batch else ((), (), (), (), ())
    told = {name: pa.array(column, pa.uint64()) for name, column in zip(ABOUT, about, strict=True)}
    return index.plus(numbers(list(keys)), numbers(list(digests)), told)


@settings(deadline=None, max_examples=examples(60))
@given(batches=BATCHES, lost=BATCHES, asked=st.lists(st.tuples(KEY, KEY), max_size=6), longest=st.integers(2, 99))
def test_it_says_what_a_walk_through_all_events_says(
    batches: list[list[_Event]],
    lost: list[list[_Event]],
    asked: list[tuple[int, int]],
    longest: int,
) -> None:
    index = EventIndex()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_LONGEST_RUN", longest)
        for number, batch in enumerate(batches):
            if number < len(lost):
                plus(index, lost[number])  # a transaction that was rolled back
            index = plus(index, batch)
            if number % 2:
                index = index.merged()
    events = [event for batch in batches for event in batch]
    assert len(index) == len(events)
    keys = numbers([key for key, _ in asked])
    found, same = index.find(keys, numbers([digest for _, digest in asked]))
    for place, (key, digest) in enumerate(asked):
        alike = [event for event in events if event[0] == key]
        assert found[place] == bool(alike)
        assert same[place] == any(event[1] & 0xFFFFFFFF == digest & 0xFFFFFFFF for event in alike)
    assert index.rows(keys).tolist() == [row for row, event in enumerate(events) if event[0] in keys]
    upper = {key >> 32 for key in keys.tolist()}
    for column, name in enumerate(ABOUT, start=2):
        about = index.rows_about(name, keys).tolist()
        assert set(about) >= {row for row, event in enumerate(events) if event[column] in keys}
        assert all(key is not None and key >> 32 in upper for row in about for key in [events[row][column]])


def test_nothing_at_all() -> None:
    index = EventIndex().merged()
    assert index.rows(numbers([1])).tolist() == []
    assert index.rows_about("case_key", numbers([])).tolist() == []
    assert [marks.tolist() for marks in index.find(numbers([7]), numbers([7]))] == [[False], [False]]
