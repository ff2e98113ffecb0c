"""Readings: the same whenever computed, within range, sums that do not depend on how often somebody looks."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from ingest.sources.simulator.block import KIND_CODE
from ingest.sources.simulator.days import Days, day_number
from ingest.sources.simulator.points import Points, make_points
from ingest.sources.simulator.reading import (
    DAILY_DAYS,
    HISTORY_READINGS,
    RECENT_DAYS,
    Pace,
    Stretch,
    daily_pace,
    live_pace,
    readings,
    recent_pace,
    seldom_pace,
)
from tests.helpers.simulated import BEGAN_AT, ROOT, kerala, story
from warehouse.reference import load_reference

DAY_S = 86_400.0
ANCHOR_S = BEGAN_AT.timestamp()


@pytest.fixture(scope="module")
def points() -> Points:
    days = Days.from_reference(day_number(date(2025, 10, 1)), kerala())
    return make_points(kerala(), story(), 3, days, ANCHOR_S)


def _of(points: Points, asset: str, metric: str) -> np.ndarray:
    return np.array([list(zip(points.assets, points.metrics, strict=True)).index((asset, metric))])


def _every(points: Points, seconds: int) -> Pace:
    return Pace(np.full(len(points), seconds), np.arange(len(points)) % seconds)


def _sum(points: Points, chosen: np.ndarray, stretches: list[Stretch], begin_s: float, end_s: float) -> np.ndarray:
    block = readings(points, chosen, stretches, begin_s, end_s)
    taken = block[block["kind"] == KIND_CODE["reading.taken"]]
    return np.bincount(taken["point"], weights=taken["value"], minlength=len(points))


def test_values_are_the_same_whenever_they_are_computed(points: Points) -> None:
    chosen = np.arange(len(points))
    at_s = np.full(chosen.size, ANCHOR_S)
    alone = np.concatenate([points.values(chosen[i : i + 1], at_s[i : i + 1]) for i in chosen])
    assert np.array_equal(points.values(chosen, at_s), alone)


def test_values_stay_in_the_range_of_their_metric(points: Points) -> None:
    metrics = [kerala().metrics[code] for code in points.metrics]
    for days_ago in range(0, 400, 7):
        chosen = np.arange(len(points))
        values = points.values(chosen, np.full(chosen.size, ANCHOR_S - days_ago * DAY_S))
        for metric, value in zip(metrics, values, strict=True):
            assert metric.least is None or value >= metric.least
            assert metric.most is None or value <= metric.most


def test_a_bounded_value_stays_under_its_bound(points: Points) -> None:
    for hour in range(48):
        at_s = np.array([ANCHOR_S - hour * 3600])
        total = points.values(_of(points, "hospital-mch-kollam", "beds_total"), at_s)
        taken = points.values(_of(points, "hospital-mch-kollam", "beds_occupied"), at_s)
        assert 0.4 * total < taken <= total


def test_the_sum_of_a_flow_does_not_depend_on_how_often_it_is_read(points: Points) -> None:
    flows = np.flatnonzero(points.flow)
    begin_s = ANCHOR_S - 20 * DAY_S
    paces = [_every(points, seconds) for seconds in (600, 3_600, 7 * 3_600)]
    sums = []
    for pace in paces:
        # from one common instant to another: a reading at both ends
        start = begin_s + DAY_S
        last = start + 6 * DAY_S
        amount = points.increments(flows, np.full(flows.size, start), np.full(flows.size, last))
        place, at_s = pace.slots(flows, start, last)
        before = np.maximum(pace.slot_before(place, at_s), start)
        parts = np.bincount(place, weights=points.increments(place, before, at_s), minlength=len(points))[flows]
        tail = points.increments(flows, pace.slot_before(flows, np.full(flows.size, last)), np.full(flows.size, last))
        sums.append(parts + tail)
        assert np.allclose(parts + tail, amount, atol=0.01)
    assert np.allclose(sums[0], sums[2], atol=0.01)


def test_nothing_is_lost_where_the_pace_changes(points: Points) -> None:
    flows = np.flatnonzero(points.flow & ~points.closed)
    begin_s, change_s, end_s = ANCHOR_S - 4 * DAY_S, ANCHOR_S - 2 * DAY_S, ANCHOR_S
    slow, quick = _every(points, 6 * 3_600), _every(points, 900)
    changing = [Stretch(-np.inf, slow), Stretch(change_s, quick)]
    seen = _sum(points, flows, changing, begin_s, end_s)[flows]
    first = slow.slot_before(flows, np.full(flows.size, begin_s))
    last = quick.slot_before(flows, np.full(flows.size, end_s))
    assert np.allclose(seen, points.increments(flows, first, last), atol=0.02)


def test_whole_things_come_in_whole_numbers(points: Points) -> None:
    block = readings(
        points, np.arange(len(points)), [Stretch(-np.inf, _every(points, 900))], ANCHOR_S - DAY_S, ANCHOR_S
    )
    taken = block[block["kind"] == KIND_CODE["reading.taken"]]
    whole = taken[points.whole[taken["point"]]]
    assert whole.size
    assert (whole["value"] == np.round(whole["value"])).all()
    assert (taken["value"][points.flow[taken["point"]]] >= 0).all()


def test_what_is_closed_on_days_off_is_not_read_then(points: Points) -> None:
    sunday_s = points.days.start_s(day_number(date(2026, 11, 15)))
    block = readings(
        points, np.arange(len(points)), [Stretch(-np.inf, _every(points, 3_600))], sunday_s, sunday_s + DAY_S
    )
    assert block.size
    assert not points.closed[block["point"]].any()


def test_failing_assets_fail_and_their_like_do_not(points: Points) -> None:
    now = np.array([ANCHOR_S])
    oxygen = points.values(_of(points, "hospital-th-palakkad-pattambi", "oxygen_hours_left"), now)
    assert 25 < oxygen < 36
    assert points.values(_of(points, "hospital-mch-kollam", "oxygen_hours_left"), now) > 48
    supply = _of(points, "water-alappuzha-kuttanad", "water_supply_hours")
    assert points.values(supply, now) < 4
    assert points.values(supply, now - 10 * DAY_S) > 6
    cancelled = _of(points, "depot-thodupuzha", "bus_trips_cancelled")
    scheduled = _of(points, "depot-thodupuzha", "bus_trips_scheduled")
    day_s = np.array([points.days.start_s(day_number(BEGAN_AT.date()))])
    share = points.increments(cancelled, day_s, now) / points.increments(scheduled, day_s, now)
    assert 0.17 < share < 0.27


def test_expectations_come_with_the_readings_they_belong_to(points: Points) -> None:
    block = readings(
        points, np.arange(len(points)), [Stretch(-np.inf, _every(points, 3_600))], ANCHOR_S - DAY_S, ANCHOR_S
    )
    told = block[block["kind"] == KIND_CODE["expected.set"]]
    assert told.size
    pumped = block[(block["kind"] == KIND_CODE["reading.taken"]) & np.isin(block["point"], told["point"])]
    assert np.array_equal(np.sort(told["at_us"]), np.sort(pumped["at_us"]))


def test_paces_give_the_wanted_numbers(points: Points) -> None:
    everyone = np.arange(len(points))
    place, _ = live_pace(points, 120).slots(everyone, ANCHOR_S, ANCHOR_S + 3_600)
    assert place.size / 60 == pytest.approx(120, rel=0.25)
    place, at_s = daily_pace(points).slots(everyone, ANCHOR_S, ANCHOR_S + 3 * DAY_S)
    often = int((points.every_days == 0).sum())
    assert 0 < often < len(points)
    assert np.count_nonzero(points.every_days[place] == 0) == 3 * often
    clock_h = (at_s - points.days.midnight_s[points.days.day_of(at_s) - points.days.first]) / 3600
    assert clock_h.min() >= 22
    assert clock_h.max() < 24
    place, _ = recent_pace(points).slots(everyone, ANCHOR_S, ANCHOR_S + DAY_S)
    assert np.count_nonzero(points.every_days[place] == 0) == 4 * often
    assert (seldom_pace(points, 400).interval_s >= daily_pace(points).interval_s).all()


def test_what_is_reported_weekly_is_read_weekly_at_every_pace(points: Points) -> None:
    weekly = np.flatnonzero(points.every_days == 7)
    for pace in (daily_pace(points), recent_pace(points), live_pace(points, 120)):
        place, _ = pace.slots(weekly, ANCHOR_S - 28 * DAY_S, ANCHOR_S)
        assert np.bincount(place)[weekly].tolist() == [4] * weekly.size


def test_the_readings_of_the_whole_state_stay_within_their_number() -> None:
    whole = load_reference(ROOT / "warehouse" / "states" / "kerala")
    days = Days.from_reference(day_number(date(2025, 10, 1)), whole)
    points = make_points(whole, story(), 3, days, ANCHOR_S)
    everyone, told = np.arange(len(points)), 1 + (points.expected > 0)
    edges = ANCHOR_S - np.array([400, DAILY_DAYS, RECENT_DAYS, 0]) * DAY_S
    count = 0
    for pace, begin, end in zip(
        (seldom_pace(points, 400), daily_pace(points), recent_pace(points)), edges, edges[1:], strict=False
    ):
        place, at_s = pace.slots(everyone, begin, end)
        count += int(told[place[points.is_read(place, at_s)]].sum())
    assert 0.9 * HISTORY_READINGS < count < 1.01 * HISTORY_READINGS


def test_slots_of_adjoining_times_are_those_of_the_whole_time(points: Points) -> None:
    pace, everyone = _every(points, 777), np.arange(len(points))
    whole = pace.slots(everyone, ANCHOR_S, ANCHOR_S + 5_000)
    parts = [pace.slots(everyone, ANCHOR_S + begin, ANCHOR_S + begin + 1_000) for begin in range(0, 5_000, 1_000)]
    assert sorted(zip(*whole, strict=True)) == sorted(pair for part in parts for pair in zip(*part, strict=True))
