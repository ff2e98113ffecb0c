"""A span of days that somebody asks for has the values that the board gives out for the same days."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.board import BIN_PERIODS, Board
from indicators.definition import TimeOperator
from indicators.load import read_catalogue
from indicators.publish import BoardPublisher
from indicators.span import SPAN_VALUES, SpanReader
from tests.helpers.search import examples
from tests.helpers.small_catalogue import small_reference, write_catalogue
from tests.helpers.store import EVERYBODY, Store, batch, open_store
from tests.helpers.strategies import Event, event_sets, local_day, table
from tests.property.test_incremental import INSTANTS, PHASES, batches
from warehouse.errors import AccessError, DataError
from warehouse.maintenance import Maintenance
from warehouse.measure import DAY_SPAN_DAYS
from warehouse.principal import Principal
from warehouse.value import PERIODS, State

REFERENCE: Final = small_reference()
AREAS: Final = [area.code for area in REFERENCE.areas]
with TemporaryDirectory() as folder:
    CATALOGUE: Final = read_catalogue(write_catalogue(Path(folder) / "c"), REFERENCE)[0]
OF_DAYS: Final = {TimeOperator.FLOW: PERIODS, TimeOperator.QUANTILE: BIN_PERIODS}


def house(store: Store) -> tuple[Board, BoardPublisher, SpanReader]:
    board = Board(REFERENCE, store.clock)
    publisher = BoardPublisher(board, CATALOGUE, REFERENCE, store.clock)
    publisher.set_phase("live")
    return board, publisher, SpanReader(store.reader, board, lambda: publisher, CATALOGUE, REFERENCE)


def values_of(spans: SpanReader, days: tuple[date, date], areas: list[str]) -> dict[tuple[str, str], tuple[Any, ...]]:
    asked = {"from_day": days[0], "to_day": days[1], "areas": areas, "indicators": list(CATALOGUE.index)}
    rows = spans.query(SPAN_VALUES, EVERYBODY, **asked).to_pylist()
    return {(row.pop("indicator"), row.pop("area")): tuple(row.values()) for row in rows}


def plain(number: float) -> float | None:
    return None if math.isnan(number) else number


@pytest.mark.slow
@given(event_sets, st.randoms(use_true_random=False), st.sampled_from(INSTANTS), st.booleans())
@settings(max_examples=examples(8), deadline=None, phases=PHASES)
def test_a_span_has_the_values_of_the_period_of_the_same_days(
    events: list[Event], random: Any, now: datetime, compacted: bool
) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        store.clock.at = now
        board, publisher, spans = house(store)
        for part in batches(events, random):
            store.writer.commit(batch(table(part)), board)
        publisher.publish()
        if compacted:
            Maintenance(store.writer).compact(local_day(now))
        for period in PERIODS:
            found = values_of(spans, board.span(period), AREAS)
            for item in CATALOGUE.definitions:
                for area in AREAS:
                    held = publisher.held(item.code, area, period)
                    exists = period in OF_DAYS.get(item.time, ()) and held.state is not State.NOT_APPLICABLE
                    if period in OF_DAYS.get(item.time, PERIODS):
                        numbers = plain(held.value), plain(held.numerator), plain(held.denominator)
                        expected = (*numbers, held.band, held.state) if exists else None
                        assert found.get((item.code, area)) == expected, (period, item.code, area)


def test_some_places_have_the_values_that_they_have_among_all(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        _, publisher, spans = house(store)
        publisher.publish()
        days = date(2025, 4, 3), date(2025, 4, 9)
        every = values_of(spans, days, AREAS)
        assert values_of(spans, days, AREAS[1:3]) == {key: one for key, one in every.items() if key[1] in AREAS[1:3]}


def test_what_cannot_be_counted_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        board, _, spans = house(store)
        old = board.today - timedelta(days=DAY_SPAN_DAYS + 40)
        month = old.replace(day=1), (old.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        assert values_of(spans, month, ["T"]) is not None
        wrong = [
            (month[0] + timedelta(days=1), month[1]),
            (month[0], month[1] - timedelta(days=1)),
            (board.today, board.today + timedelta(days=1)),
            (board.today, board.today - timedelta(days=1)),
        ]
        for days in wrong:
            with pytest.raises(DataError, match="cannot be counted: spans end today at the latest"):
                values_of(spans, days, ["T"])
        asked: dict[str, object] = {"from_day": board.today, "to_day": board.today, "areas": ["T"], "indicators": ["x"]}
        with pytest.raises(DataError, match="there is no indicator 'x'"):
            spans.query(SPAN_VALUES, EVERYBODY, **asked)
        with pytest.raises(DataError, match="query span_values takes from_day, to_day, areas, indicators"):
            spans.query(SPAN_VALUES, EVERYBODY, areas=["T"])
        only_b = Principal("b", "collector", frozenset({"T-b"}))
        with pytest.raises(AccessError, match="b may not see T"):
            spans.query(SPAN_VALUES, only_b, **asked)
