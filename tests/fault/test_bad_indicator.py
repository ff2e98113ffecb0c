"""An indicator whose evaluation raises keeps back no other one: it says that it could not be computed, until it can."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indicators import evaluate
from indicators.definition import Catalogue
from indicators.evaluate_group import FlowGroup, Group, NowGroup, QuantileGroup, Slice
from indicators.load import read_catalogue
from indicators.publish import BoardPublisher
from tests.helpers.fake_board import FakeBoard
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.clock import SettableClock
from warehouse.value import State

REFERENCE = small_reference()
NOW = datetime(2025, 4, 16, 6, 30, tzinfo=UTC)
Break = Callable[..., None]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder: Path = tmp_path_factory.mktemp("bad") / "c"
    return read_catalogue(write_catalogue(folder), REFERENCE)[0]


@pytest.fixture
def board() -> FakeBoard:
    made = FakeBoard(REFERENCE)
    dice = np.random.default_rng(4)
    made.fill(lambda shape: dice.integers(0, 50, shape))
    return made


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Indicators whose group raises while they are in it, by their places in the catalogue; after its first slice."""
    rows: set[int] = set()
    for kind in (FlowGroup, NowGroup, QuantileGroup):
        monkeypatch.setattr(kind, "slices", raising(kind, rows))
    return rows


def raising(kind: type[Group], bad: set[int]) -> Callable[..., Iterator[Slice]]:
    plain = kind.slices

    def slices(self: Group, *given: Any) -> Iterator[Slice]:
        for number, one in enumerate(plain(self, *given), start=1):
            if number == 1 and self.rows.size > 1:
                yield one
            if bad & set(self.rows.ravel().tolist()):
                raise ValueError("operands could not be broadcast together")
            if number > 1 or self.rows.size == 1:
                yield one

    return slices


def publisher(board: FakeBoard, catalogue: Catalogue) -> BoardPublisher:
    made = BoardPublisher(board, catalogue, REFERENCE, SettableClock(NOW))
    made.set_phase("live")
    return made


def held(made: BoardPublisher, catalogue: Catalogue) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """All values, by indicator, area and period."""
    found = {}
    for item in catalogue.definitions:
        for area in REFERENCE.areas:
            for period in ("today", "mtd", "fy"):
                one = made.held(item.code, area.code, period)
                plain = [None if np.isnan(x) else x for x in (one.value, one.numerator, one.denominator)]
                found[item.code, area.code, period] = (*plain, one.band, one.state)
    return found


def of_each_kind(catalogue: Catalogue) -> list[int]:
    first: dict[Any, int] = {}
    for row, item in enumerate(catalogue.definitions):
        first.setdefault(item.time, row)
    return list(first.values())


def test_all_other_indicators_are_given_out(
    board: FakeBoard, catalogue: Catalogue, bad: set[int], caplog: pytest.LogCaptureFixture
) -> None:
    bad.update(of_each_kind(catalogue))
    codes = {catalogue.definitions[row].code for row in bad}
    made = publisher(board, catalogue)
    with caplog.at_level(logging.ERROR):
        made.publish()
        board.put_always("received", "certificate", "T-a-x-1", 5)
        made.publish()
    assert set(made.failed) == codes
    found = held(made, catalogue)
    bad.clear()
    again = publisher(board, catalogue)
    again.publish()
    expected = held(again, catalogue)
    for place, value in found.items():
        if place[0] not in codes:
            assert value == expected[place], place
        elif expected[place][-1] is not State.NOT_APPLICABLE and place[1] == "T":
            assert value == (None, None, None, 0, State.ERROR), place
        else:  # where something was counted without an office there, nothing says so while it cannot be computed
            assert value[0] is None, place
    said = [one.getMessage() for one in caplog.records]
    assert sorted(one.split()[1] for one in said if "cannot be computed" in one) == sorted(codes), "once each"


def test_it_is_tried_again_and_comes_back_everywhere(board: FakeBoard, catalogue: Catalogue, bad: set[int]) -> None:
    made = publisher(board, catalogue)
    (row, *_) = of_each_kind(catalogue)
    bad.add(row)
    made.publish()
    assert made.failed == (catalogue.definitions[row].code,)
    bad.clear()
    # something else happens, in one place only
    board.put_always("received", "certificate", "T-a-x-1", 5)
    made.publish()
    assert made.failed == ()
    plain = publisher(board, catalogue)
    plain.publish()
    assert held(made, catalogue) == held(plain, catalogue)


def test_where_too_many_fail_the_last_values_stay(
    board: FakeBoard, catalogue: Catalogue, bad: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publisher(board, catalogue)
    made.publish()
    before = held(made, catalogue)
    monkeypatch.setattr(evaluate, "_MOST_FAILED", 2)
    bad.update(range(len(catalogue.definitions)))
    board.put_always("received", "certificate", "T-a-x-1", 5)
    with pytest.raises(ValueError, match="broadcast"):
        made.publish()
    assert held(made, catalogue) == before
    bad.clear()
    made.publish()
    plain = publisher(board, catalogue)
    plain.publish()
    assert held(made, catalogue) == held(plain, catalogue)
