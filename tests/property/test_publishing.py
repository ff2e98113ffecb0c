"""What is given out step by step, each time only what was touched, is what is given out at once by a new engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indicators.board import BIN_PERIODS
from indicators.load import read_catalogue
from indicators.publish import BoardPublisher
from tests.helpers.fake_board import FakeBoard
from tests.helpers.search import examples
from tests.helpers.small_catalogue import DEPARTMENT, small_reference, write_catalogue
from warehouse.clock import SettableClock
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, METRIC_FLOWS, METRIC_LEVELS
from warehouse.value import PERIODS
from warehouse.value_layout import COLUMNS

REFERENCE: Final = small_reference()
AREAS: Final = [area.code for area in REFERENCE.areas]
CLOCK: Final = SettableClock(datetime(2025, 4, 16, 6, 30, tzinfo=UTC))
#: Code, subjects, numerator and denominator: of two periods, of the year to date, of what is open now, of areas by
#: themselves (of two services, so that two parts have one pattern), of people, of several services at once.
OTHERS: Final = [
    ("against_before", ["certificate"], "received - received.shift(-1)", "1"),
    ("of_year", ["certificate"], "received.year_to_date()", "1"),
    ("with_open", ["certificate"], "received + open", "1"),
    ("slow_places", ["certificate"], "per_area(if(received > 30, 1, 0))", "per_area(received).aggregate(count)"),
    ("slow_places_of_permits", ["permit"], "per_area(if(received > 30, 1, 0))", "per_area(received).aggregate(count)"),
    ("best_place", ["permit"], "per_area(received / (decided + 1)).aggregate(maximum)", "1"),
    ("of_people", ["permit"], "received", "population / lakh"),
    ("of_both", ["certificate", "permit"], "decided", "received"),
    ("one_of_both", ["certificate", "permit"], "decided(permit)", "received(certificate, permit)"),
    ("other_of_both", ["certificate", "permit"], "decided(certificate)", "received(certificate, permit)"),
]
MORE: Final = "".join(
    f"""
[[indicator]]
code = "{code}"
name_en = "{code}"
name_ml = "{code} മലയാളം"
subjects = {json.dumps(subjects)}
numerator = "{numerator}"
denominator = "{denominator}"
unit_en = "cases"
unit_ml = "അപേക്ഷകൾ"
direction = "neutral"
time = "flow"
words_numerator_en = "cases"
words_numerator_ml = "അപേക്ഷകൾ"
words_denominator_en = "cases"
words_denominator_ml = "അപേക്ഷകൾ"
"""
    for code, subjects, numerator, denominator in OTHERS
)
with TemporaryDirectory() as folder:
    CATALOGUE: Final = read_catalogue(write_catalogue(Path(folder) / "c", department=DEPARTMENT + MORE), REFERENCE)[0]

amounts = st.sampled_from([1, 40, 40, -1, -40])
puts = st.one_of(
    st.tuples(
        st.sampled_from(PERIODS),
        st.sampled_from([*CASE_FLOWS, *CASE_STOCKS]),
        st.sampled_from(sorted(REFERENCE.services)),
        st.sampled_from(AREAS),
        amounts,
    ),
    st.tuples(
        st.sampled_from(PERIODS),
        st.sampled_from([*METRIC_FLOWS, *METRIC_LEVELS]),
        st.sampled_from(sorted(REFERENCE.metrics)),
        st.sampled_from(AREAS),
        amounts,
    ),
    st.tuples(
        st.sampled_from(BIN_PERIODS),
        st.integers(0, 20),
        st.sampled_from(sorted(REFERENCE.services)),
        st.sampled_from(AREAS),
        st.just(1),
    ),
)


def put(board: FakeBoard, change: tuple[str, str | int, str, str, int]) -> None:
    period, what, subject, area, amount = change
    if isinstance(what, int):
        board.put_bin(period, subject, area, what, amount)
    else:
        board.put(period, what, subject, area, amount)


def dense(publisher: BoardPublisher) -> dict[str, np.ndarray]:
    """Every value by column. Shape of each: [period, indicator, area]."""
    axes = np.ix_(range(len(PERIODS)), range(len(CATALOGUE)), range(len(AREAS)))
    return {name: getattr(publisher._held, name)[publisher._layout.at(*axes)] for name in COLUMNS}


#: A reading where no asset is declared, taken back together with something at the other end of the state.
TAKEN_BACK: Final = [
    [("today", "received", "certificate", "T", 1)],
    [("today", "assets_reporting", "beds", "T-a-x-2", 40)],
    [("today", "received", "certificate", "T-a-x-1", 1), ("today", "assets_reporting", "beds", "T-a-x-2", -40)],
]


@settings(max_examples=examples(60), deadline=None)
@example(TAKEN_BACK)
@given(st.lists(st.lists(puts, min_size=1, max_size=4), min_size=1, max_size=8))
def test_values_given_out_in_steps_are_those_given_out_at_once(
    steps: Sequence[Sequence[tuple[str, str | int, str, str, int]]],
) -> None:
    board = FakeBoard(REFERENCE)
    following = BoardPublisher(board, CATALOGUE, REFERENCE, CLOCK)
    following.set_phase("live")
    following.publish()
    for step in steps:
        for change in step:
            put(board, change)
        following.publish()
    beginning = BoardPublisher(board, CATALOGUE, REFERENCE, CLOCK)
    beginning.set_phase("live")
    beginning.publish()
    found, expected = dense(following), dense(beginning)
    for name in COLUMNS:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
