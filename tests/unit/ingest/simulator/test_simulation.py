"""The simulated state as a source: the same for the same seed, in order of arrival, resumable anywhere."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pyarrow.compute as pc
import pytest

from tests.helpers.simulated import (
    BEGAN_AT,
    FEW,
    counted,
    events_of,
    everything,
    positions_of,
    simulation,
)
from warehouse.batch import BATCH_SCHEMA, Batch
from warehouse.clock import SettableClock
from warehouse.errors import SourceRefusedError
from warehouse.event import REJECTED_SCHEMA

LIVE = dataclasses.replace(FEW, live=True)


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    return everything(simulation())


def test_batches_have_the_schema_and_account_for_every_row(batches: list[Batch]) -> None:
    for batch in batches:
        assert batch.events.schema.equals(BATCH_SCHEMA)
        assert batch.rejected.schema.equals(REJECTED_SCHEMA)
        assert batch.received == batch.events.num_rows + batch.rejected.num_rows > 0
        assert batch.events["row"].to_pylist() == list(range(batch.events.num_rows))
        assert set(batch.events["source"].to_pylist()) | set(batch.rejected["source"].to_pylist()) == {batch.source}
        assert batch.received <= FEW.batch_rows
        batch.events.validate(full=True)


def test_same_seed_gives_the_same_rows_however_they_are_cut(batches: list[Batch]) -> None:
    again = everything(simulation(dataclasses.replace(FEW, batch_rows=700)))
    assert counted(again) == counted(batches)
    one, other = events_of(again), events_of(batches)
    order = [("source", "ascending"), ("event_id", "ascending"), ("received_at", "ascending")]
    assert one.drop_columns("row").sort_by(order).equals(other.drop_columns("row").sort_by(order))


def test_another_seed_gives_another_state(batches: list[Batch]) -> None:
    other = everything(simulation(dataclasses.replace(FEW, seed=8)))
    assert counted(other) != counted(batches)


def test_rows_of_a_feed_come_in_order_of_arrival(batches: list[Batch]) -> None:
    for source in {batch.source for batch in batches}:
        arrivals = events_of(batch for batch in batches if batch.source == source)["received_at"].to_pylist()
        assert arrivals == sorted(arrivals)


def test_nothing_is_received_before_it_happened_or_after_now(batches: list[Batch]) -> None:
    events = events_of(batches)
    assert pc.all(pc.greater_equal(events["received_at"], events["occurred_at"])).as_py()
    assert pc.max(events["received_at"]).as_py() < BEGAN_AT


def test_number_of_cases_is_as_wanted(batches: list[Batch]) -> None:
    events = events_of(batches)
    opened = events.filter(pc.equal(events["kind"], "case.opened"))
    assert len(set(opened["case_id"].to_pylist())) == pytest.approx(FEW.cases, rel=0.08)


def test_a_history_without_live_operation_ends() -> None:
    one = simulation()
    assert not any(feed.done for feed in one.feeds)
    everything(one)
    assert all(feed.done for feed in one.feeds)


def test_cases_of_the_next_day_come_when_it_begins() -> None:
    clock = SettableClock(BEGAN_AT)
    one = simulation(LIVE, clock)
    everything(one)
    clock.advance(timedelta(hours=20))
    events = events_of(everything(one))
    opened = events.filter(pc.equal(events["kind"], "case.opened"))
    assert (BEGAN_AT + timedelta(days=1)).date() in set(opened["day"].to_pylist())


def test_live_rows_come_at_about_the_wanted_rate() -> None:
    clock = SettableClock(BEGAN_AT)
    one = simulation(LIVE, clock)
    everything(one)
    rows = 0
    for _ in range(20):
        clock.advance(timedelta(seconds=30))
        rows += sum(batch.received for batch in everything(one))
    assert rows / 10 == pytest.approx(LIVE.events_per_minute, rel=0.3)


def test_a_feed_is_silent_around_the_beginning_and_then_makes_up_for_it() -> None:
    clock = SettableClock(BEGAN_AT)
    one = simulation(LIVE, clock)
    batches = everything(one)
    water = events_of(batch for batch in batches if batch.source == "kwa")
    assert pc.max(water["received_at"]).as_py() < BEGAN_AT - timedelta(minutes=15)
    clock.advance(timedelta(minutes=12))
    late = events_of(batch for batch in everything(one) if batch.source == "kwa")
    assert late.num_rows
    assert pc.min(late["received_at"]).as_py() >= BEGAN_AT + timedelta(minutes=11)
    assert pc.min(late["occurred_at"]).as_py() < BEGAN_AT + timedelta(minutes=2)


def test_a_clock_set_back_gives_nothing_and_no_error() -> None:
    clock = SettableClock(BEGAN_AT)
    one = simulation(LIVE, clock)
    everything(one)
    clock.advance(timedelta(hours=-1))
    assert everything(one) == []


def test_share_given_grows_to_one() -> None:
    one = simulation()
    shares = [one.share_given]
    while [batch for feed in one.feeds if (batch := feed.next_batch()) is not None]:
        shares.append(one.share_given)
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] == one.share_given == 1


def test_position_says_only_what_is_needed_to_go_on() -> None:
    feed = simulation().feeds[0]
    assert feed.next_batch() is not None
    assert set(json.loads(feed.position())) == {"format", "digest", "start_s", "began_s", "until_us", "live"}


@pytest.mark.parametrize("text", ["not json", "{}", '{"format": 99}', "[]", '{"format": 1, "digest": "x"}'])
def test_a_position_of_another_source_is_refused(text: str) -> None:
    with pytest.raises(SourceRefusedError, match="ksmart"):
        simulation(positions={"ksmart": text})


def test_a_position_of_another_simulation_is_refused(batches: list[Batch]) -> None:
    with pytest.raises(SourceRefusedError, match="another simulated state"):
        simulation(dataclasses.replace(FEW, seed=8), positions=positions_of(batches))


def test_rate_and_batch_size_may_change_between_starts(batches: list[Batch]) -> None:
    changed = dataclasses.replace(FEW, events_per_minute=60, batch_rows=10)
    assert everything(simulation(changed, positions=positions_of(batches))) == []
