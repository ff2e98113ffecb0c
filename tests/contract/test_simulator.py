"""What the feeds of the simulated state promise as sources: no gap, no repetition, whatever is killed when."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta

import pytest

from tests.helpers.simulated import BEGAN_AT, FEW, counted, everything, positions_of, simulation
from warehouse.batch import Batch
from warehouse.clock import SettableClock

LIVE = dataclasses.replace(FEW, live=True)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    return everything(simulation())


def test_killed_anywhere_it_continues_without_gap_or_repetition(batches: list[Batch]) -> None:
    whole = counted(batches)
    for stop_after in (1, len(batches) // 2, len(batches) - 2):
        before: list[Batch] = []
        first = simulation()
        while len(before) < stop_after:
            before += [batch for feed in first.feeds if (batch := feed.next_batch()) is not None]
        kept = before[:stop_after]  # the rest was generated and never committed
        after = everything(simulation(positions=positions_of(kept)))
        assert counted(kept + after) == whole


def test_live_rows_continue_over_restarts_as_if_it_had_run_on() -> None:
    clock = SettableClock(BEGAN_AT)
    unbroken = simulation(LIVE, clock)
    rows = everything(unbroken)
    broken = list(rows)
    for seconds in (3, 40, 400, 700):
        clock.advance(timedelta(seconds=seconds))
        rows += everything(unbroken)
        broken += everything(simulation(LIVE, clock, positions_of(broken)))
    assert counted(broken) == counted(rows)


def test_after_a_long_stop_nothing_is_missing_and_the_time_between_is_read_sparsely() -> None:
    clock = SettableClock(BEGAN_AT)
    rows = everything(simulation(LIVE, clock))
    clock.advance(timedelta(hours=5))
    missed = everything(simulation(LIVE, clock, positions_of(rows)))
    unbroken_clock = SettableClock(BEGAN_AT)
    unbroken = simulation(LIVE, unbroken_clock)
    everything(unbroken)
    unbroken_clock.advance(timedelta(hours=5))
    ran_on = everything(unbroken)
    of_cases = [event for event in counted(missed).elements() if "-2026-" in event[1]]
    assert Counter(of_cases) == Counter(event for event in counted(ran_on).elements() if "-2026-" in event[1])
    assert sum(batch.received for batch in missed) < sum(batch.received for batch in ran_on) / 5


def test_a_closed_feed_is_done_and_gives_nothing() -> None:
    feed = simulation().feeds[0]
    feed.close()
    feed.close()
    assert feed.done
    assert feed.next_batch() is None


def test_position_names_the_next_read() -> None:
    first = simulation()
    feed = next(feed for feed in first.feeds if feed.name == "ilgms")
    for _ in range(2):
        assert feed.next_batch() is not None
    resumed = simulation(positions={feed.name: feed.position()})
    again = next(one for one in resumed.feeds if one.name == feed.name)
    expected, given = feed.next_batch(), again.next_batch()
    assert expected is not None
    assert given is not None
    assert given.events.equals(expected.events)
    assert given.position == expected.position
