"""When points are read, and the events that follow.

Between two readings of a flow lies what has flowed meanwhile, so that the sum of a day does not depend on how often it
is read: sparsely in the history, more often in its last days, every few minutes in live operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.sources.simulator.block import KIND_CODE, Block, join, new_block
from ingest.sources.simulator.chance import unit_of
from ingest.sources.simulator.days import Floats, Ints
from ingest.sources.simulator.points import Points
from warehouse.ranges import joined_ranges

_DAY_S: Final = 86_400.0
#: Most readings of the history; what is older than DAILY_DAYS is read as seldom as this needs.
HISTORY_READINGS: Final = 340_000
#: Before the simulation begins so many days have daily readings, and the last ones have several a day.
DAILY_DAYS: Final = 32
RECENT_DAYS: Final = 2
_RECENT_S: Final = 6 * 3_600.0
_LEAST_INTERVAL_S: Final = 10.0
#: Longest time between two readings of a flow that are added up.
LONGEST_GAP_S: Final = 40 * _DAY_S


@dataclass(frozen=True, slots=True)
class Pace:
    """How often every point is read. Slots of a point lie at (n + phase) × interval, on whole seconds.

    Attributes:
        interval_s: Shape: (points,).
        offset_s: phase × interval. Shape: (points,).
    """

    interval_s: Ints
    offset_s: Ints

    def slots(self, chosen: Ints, begin_s: float, end_s: float) -> tuple[Ints, Floats]:
        """All readings of some points in [begin, end): points and instants of equal length."""
        interval, offset = self.interval_s[chosen], self.offset_s[chosen]
        first = np.ceil((begin_s - offset) / interval).astype(np.int64)
        end = np.ceil((end_s - offset) / interval).astype(np.int64)
        counts = np.maximum(end - first, 0)
        place = np.repeat(np.arange(chosen.size), counts)
        number = joined_ranges(first, counts)
        return chosen[place], (number * interval[place] + offset[place]).astype(np.float64)

    def slot_before(self, points: Ints, at_s: Floats) -> Floats:
        """The last reading before each instant."""
        interval, offset = self.interval_s[points], self.offset_s[points]
        return ((np.ceil((at_s - offset) / interval) - 1) * interval + offset).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time during which points are read at one pace.

    Attributes:
        begin_s: its first instant; it lasts until the next stretch begins.
        pace: how often.
    """

    begin_s: float
    pace: Pace


def readings(points: Points, chosen: Ints, stretches: list[Stretch], begin_s: float, end_s: float) -> Block:
    """All readings that some points take in [begin, end), with what was expected of them where that is announced.

    Args:
        points: all points.
        chosen: those wanted.
        stretches: paces, in the order of time; the first begins before `begin_s`.
        begin_s: first instant.
        end_s: end, itself not included.

    Returns:
        Events in no order; `received_us` is still the time of reading.
    """
    parts = [new_block(0)]
    for number, stretch in enumerate(stretches):
        until = stretches[number + 1].begin_s if number + 1 < len(stretches) else np.inf
        low, high = max(begin_s, stretch.begin_s), min(end_s, until)
        if low < high:
            place, at_s = stretch.pace.slots(chosen, low, high)
            there = points.is_read(place, at_s)
            parts += _taken(points, place[there], at_s[there], stretches[: number + 1])
    block = join(parts)
    block["received_us"] = block["at_us"]
    return block


def _taken(points: Points, place: Ints, at_s: Floats, stretches: list[Stretch]) -> list[Block]:
    value = np.empty(place.size)
    flow = points.flow[place]
    levels, flows = np.flatnonzero(~flow), np.flatnonzero(flow)
    value[levels] = points.values(place[levels], at_s[levels])
    before_s = _last_read(points, stretches, place[flows], at_s[flows])
    value[flows] = points.increments(place[flows], before_s, at_s[flows])
    taken = new_block(
        place.size,
        at_us=at_s.astype(np.int64) * 1_000_000,
        point=place,
        area=points.area[place],
        feed=points.feed[place],
        kind=KIND_CODE["reading.taken"],
        value=np.round(value, 3),
    )
    told = np.flatnonzero(points.expected[place[flows]] > 0)
    expectation = taken[flows[told]]
    expectation["kind"] = KIND_CODE["expected.set"]
    expectation["seq"] = 1
    planned = points.increments(place[flows[told]], before_s[told], at_s[flows[told]], planned=True)
    expectation["value"] = np.round(planned * points.expected[place[flows[told]]], 3)
    return [taken, expectation]


def _last_read(points: Points, stretches: list[Stretch], place: Ints, at_s: Floats) -> Floats:
    """When each point was read last before, across changes of pace and days off."""
    before, limit = np.full(at_s.size, np.nan), at_s
    for stretch in reversed(stretches):
        slot = stretch.pace.slot_before(place, limit)
        for _ in range(_MOST_DAYS_OFF):
            off = ~points.is_read(place, slot) & (slot >= stretch.begin_s)
            if not off.any():
                break
            slot = np.where(off, stretch.pace.slot_before(place, _day_start(points, slot)), slot)
        found = np.isnan(before) & (slot >= stretch.begin_s)
        before = np.where(found, slot, before)
        limit = np.minimum(limit, stretch.begin_s)
    return np.fmax(before, at_s - LONGEST_GAP_S)


#: A run of days off is not longer.
_MOST_DAYS_OFF: Final = 8


def _day_start(points: Points, at_s: Floats) -> Floats:
    days = points.days
    return days.midnight_s[days.day_of(at_s) - days.first]


def live_pace(points: Points, per_minute: float) -> Pace:
    """How often points are read in live operation, so that all together come at the wanted rate.

    Args:
        points: all points.
        per_minute: readings wanted from all of them.
    """
    fixed = points.per_day > 0
    rate = per_minute / 60 - float(points.per_day.sum()) / _DAY_S
    free = np.count_nonzero(~fixed) + np.count_nonzero(points.expected > 0)
    interval = np.where(
        fixed, _DAY_S / np.maximum(points.per_day, 1e-9), max(free / max(rate, 1e-3), _LEAST_INTERVAL_S)
    )
    return _pace(points, np.round(interval).astype(np.int64), "live")


def recent_pace(points: Points) -> Pace:
    """How often points are read in the last days of the history, and in times when nothing ran."""
    return _pace(points, np.maximum(_RECENT_S, points.every_days * _DAY_S).astype(np.int64), "recent")


def daily_pace(points: Points) -> Pace:
    """Every evening, or as seldom as it is reported."""
    return _evening_pace(points, np.ones(len(points)))


def seldom_pace(points: Points, days: float) -> Pace:
    """Every few evenings, as seldom as the wanted size of the history needs.

    Args:
        points: all points.
        days: length of the time in days.
    """
    told = 1.0 + (points.expected > 0)
    every = np.maximum(points.every_days, 1.0)
    recent = np.where(points.every_days > 0, RECENT_DAYS / every, RECENT_DAYS * _DAY_S / _RECENT_S)
    left = HISTORY_READINGS - float((told * (DAILY_DAYS / every + recent)).sum())
    apart = np.ceil(days * float(told.sum()) / max(left, HISTORY_READINGS / 8))
    return _evening_pace(points, np.full(len(points), min(max(apart, 1.0), 38.0)))


def _evening_pace(points: Points, every_days: Floats) -> Pace:
    """Between 22:00 and 23:54 local time; on which of several days differs between assets."""
    every = np.maximum(every_days, points.every_days)
    by_asset = _by_asset(points, "evening")
    second = points.days.midnight_s[0] % _DAY_S + (22 + 1.9 * by_asset) * 3600.0
    day = np.floor(_by_asset(points, "day") * every)
    interval = (every * _DAY_S).astype(np.int64)
    return Pace(interval, np.round(second + day * _DAY_S).astype(np.int64) % interval)


def _pace(points: Points, interval_s: Ints, what: str) -> Pace:
    return Pace(interval_s, np.floor(_by_asset(points, what) * interval_s).astype(np.int64))


def _by_asset(points: Points, what: str) -> Floats:
    """The same number in [0, 1) for all metrics of an asset: they come in one report."""
    of = {asset: unit_of(what, asset) for asset in set(points.assets)}
    return np.array([of[asset] for asset in points.assets])
