"""Points: every metric of every asset, and what it says at any instant, as pure functions of place and time.

Nothing is drawn: noise is a hash of (seed, point, time), so that a reading is the same whenever it is computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.sources.simulator.chance import unit_of, units_of
from ingest.sources.simulator.days import Days, Floats, Ints
from ingest.sources.simulator.story import Failing, Story, Supply, matches
from warehouse.reference import Asset, Metric, Reference

Mask = npt.NDArray[np.bool_]

_DAY_S: Final = 86_400.0
#: Weights of the 24 hours by name, for flows.
_HOURS: Final = {
    "always": (1,) * 24,
    "transport": (0, 0, 0, 0, 2, 6, 8, 10, 10, 8, 6, 6, 6, 6, 7, 8, 10, 10, 8, 6, 4, 2, 1, 0),
    "day": (0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 10, 10, 8, 8, 8, 8, 8, 6, 3, 1, 0, 0, 0, 0),
    "morning": (0, 0, 0, 0, 0, 0, 0, 1, 6, 10, 10, 8, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}
#: How the load of a level moves with the time of day, −1 to 1, with its peak in the evening; last = first.
_LOAD: Final = np.array((-7, -8, -9, -9, -8, -5, -1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 9, 6, 1, -4, -7)) / 10.0
_FULL_HOURS_S: Final = np.arange(25) * 3600.0


@dataclass(frozen=True, slots=True)
class Points:
    """All points as arrays of equal length.

    Attributes:
        seed: of the noise.
        days: the calendar.
        metrics, assets: codes.
        area, feed: positions.
        flow: adds up over time.
        middle: typical value (of a flow: of a day; of a bounded point: share or multiple of its bound).
        swing, load, expected: as in Supply.
        season: weight of each month. Shape: (points, 12).
        hours: cumulated share of the day's flow at each full hour. Shape: (points, 25).
        bound: the point that bounds this one, −1 = none.
        share: bounded, and never above its bound.
        whole: whole numbers only.
        closed: neither flows nor is read on days off.
        least, most: range.
        failing_to, failing_from_s: what a failing point goes to and since when; nan = not failing.
        per_day: readings wanted a day, 0 = let the rate decide.
        every_days: least days between two readings.
    """

    seed: int
    days: Days
    metrics: tuple[str, ...]
    assets: tuple[str, ...]
    area: npt.NDArray[np.int32]
    feed: npt.NDArray[np.int8]
    flow: Mask
    middle: Floats
    swing: Floats
    load: Floats
    expected: Floats
    season: Floats
    hours: Floats
    bound: Ints
    share: Mask
    whole: Mask
    closed: Mask
    least: Floats
    most: Floats
    failing_to: Floats
    failing_from_s: Floats
    per_day: Floats
    every_days: Floats

    def __len__(self) -> int:
        return len(self.metrics)

    def values(self, points: Ints, at_s: Floats) -> Floats:
        """What points say at instants: levels as they stand, flows as the amount of a whole day at the present rate."""
        value = self._unbounded(points, at_s, failing=True)
        value = np.where(self.share[points], np.clip(value, 0.0, 1.0), value)
        bounded = np.flatnonzero(self.bound[points] >= 0)
        value[bounded] *= self._unbounded(self.bound[points[bounded]], at_s[bounded], failing=True)
        value = np.clip(value, self.least[points], self.most[points])
        return np.where(self.whole[points] & ~self.flow[points], np.round(value), value)

    def increments(self, points: Ints, before_s: Floats, at_s: Floats, *, planned: bool = False) -> Floats:
        """What has flowed at points between two instants.

        Args:
            points: flows only.
            before_s: begin of each.
            at_s: end of each.
            planned: without what fails or falls short of the bound: the amount that was to be expected.
        """
        first, last = self.days.day_of(before_s), self.days.day_of(at_s)
        amount = self._until(points, last, at_s, planned) - self._until(points, first, before_s, planned)
        for step in range(int((last - first).max(initial=0))):
            rows = np.flatnonzero(first + step < last)
            day = first[rows] + step
            amount[rows] += self._until(points[rows], day, self._midnight(day + 1), planned)
        return amount

    def is_read(self, points: Ints, at_s: Floats) -> Mask:
        """Whether anybody is there to read a point."""
        day = self.days.day_of(at_s)
        return ~self.closed[points] | self.days.working[day - self.days.first]

    def _midnight(self, day: Ints) -> Floats:
        return self.days.midnight_s[day - self.days.first]

    def _until(self, points: Ints, day: Ints, at_s: Floats, planned: bool) -> Floats:
        """What has flowed from the beginning of a day until an instant; whole points count whole things only."""
        midnight_s = self._midnight(day)
        noon_s = midnight_s + _DAY_S / 2
        total = self._planned(points, noon_s) if planned else self.values(points, noon_s)
        total = np.where(self.closed[points] & ~self.days.working[day - self.days.first], 0.0, total)
        hour = np.clip((at_s - midnight_s) / 3600.0, 0.0, 24.0)
        full = np.minimum(hour.astype(np.int64), 23)
        low, high = self.hours[points, full], self.hours[points, full + 1]
        amount = total * (low + (high - low) * (hour - full))
        return np.where(self.whole[points], np.floor(amount + 1e-9), np.round(amount, 3))

    def _planned(self, points: Ints, at_s: Floats) -> Floats:
        """The value without failing, and of a bounded point that of its bound."""
        bound = self.bound[points]
        return self._unbounded(np.where(bound >= 0, bound, points), at_s, failing=False)

    def _unbounded(self, points: Ints, at_s: Floats, *, failing: bool) -> Floats:
        """The value of a point for itself; of a bounded one its share or multiple of the bound."""
        day = at_s / _DAY_S
        knot = np.floor(day)
        part = day - knot
        smooth = part * part * (3 - 2 * part)
        number = knot.astype(np.int64)
        one, other = noise(self.seed, points, number), noise(self.seed, points, number + 1)
        wave = 0.85 * (one + (other - one) * smooth) + 0.15 * noise(self.seed + 1, points, at_s.astype(np.int64))
        load = np.interp(at_s - self._midnight(self.days.day_of(at_s)), _FULL_HOURS_S, _LOAD)
        value = self.middle[points] * self._season(points, day)
        value = value * (1 + self.load[points] * load) * (1 + self.swing[points] * wave)
        if not failing:
            return value
        begun = np.clip((at_s - self.failing_from_s[points]) / _DAY_S, 0.0, 1.0)
        bad = self.failing_to[points] * (1 + 0.05 * wave)
        return np.where(np.isnan(bad), value, value + (bad - value) * np.nan_to_num(begun))

    def _season(self, points: Ints, day: Floats) -> Floats:
        """Month's weight, sliding from the middle of one month to that of the next."""
        month = (day % 365.2425) / 365.2425 * 12 - 0.5
        low = np.floor(month).astype(np.int64)
        part = month - low
        return self.season[points, low % 12] * (1 - part) + self.season[points, (low + 1) % 12] * part


def noise(seed: int, points: Ints, number: Ints) -> Floats:
    """Numbers in [−1, 1) that the same arguments always give."""
    return 2 * units_of(seed, points, number) - 1


def make_points(reference: Reference, story: Story, seed: int, days: Days, anchor_s: float) -> Points:
    """Lay out all points of the state.

    Args:
        reference: assets and metrics.
        story: how they run.
        seed: of the noise.
        days: the calendar.
        anchor_s: instant at which the simulation is begun; failing is counted back from it.
    """
    both = [(asset, reference.metrics[code]) for asset in reference.assets.values() for code in asset.metrics]
    metrics = {metric.code: metric for _, metric in both}  # some hundred, of thousands of assets
    supply_of = {code: story.supply_of(code) for code in metrics}
    feed_of = {code: _feed(story, metric) for code, metric in metrics.items()}
    lines_of = {code: [line for line in story.failing if fnmatchcase(code, line.metric)] for code in metrics}
    supplies = [supply_of[metric.code] for _, metric in both]
    place = {(asset.code, metric.code): number for number, (asset, metric) in enumerate(both)}
    triples = [(supply, asset, metric) for supply, (asset, metric) in zip(supplies, both, strict=True)]
    failing = [_failing(lines_of[metric.code], asset) for asset, metric in both]
    bound = np.array([place.get((asset.code, supply.of), -1) for supply, asset, _ in triples], np.int64)
    return Points(
        seed=seed,
        days=days,
        metrics=tuple(metric.code for _, metric in both),
        assets=tuple(asset.code for asset, _ in both),
        area=np.array([reference.area_index[asset.area] for asset, _ in both], np.int32),
        feed=np.array([feed_of[metric.code] for _, metric in both], np.int8),
        flow=np.array([metric.time == "flow" for _, metric in both], bool),
        middle=np.array([_middle(*triple) for triple in triples]),
        swing=np.array([supply.swing for supply in supplies]),
        load=np.array([supply.daily for supply in supplies]),
        expected=np.array([supply.expected for supply in supplies]),
        season=np.array([supply.season for supply in supplies]).reshape(-1, 12),
        hours=np.array([_cumulated(supply.hours) for supply in supplies]).reshape(-1, 25),
        bound=bound,
        share=(bound >= 0) & np.array([not supply.multiple for supply in supplies], bool),
        whole=np.array([supply.whole for supply in supplies], bool),
        closed=np.array([supply.closed for supply in supplies], bool),
        least=np.array([_limit(metric.least, supply.keep_within, 0, -np.inf) for supply, _, metric in triples]),
        most=np.array([_limit(metric.most, supply.keep_within, 1, np.inf) for supply, _, metric in triples]),
        failing_to=np.array([np.nan if one is None else one.value for one in failing]),
        failing_from_s=np.array([np.nan if one is None else anchor_s - one.since_days * _DAY_S for one in failing]),
        per_day=np.array([_per_day(supply) for supply in supplies]),
        every_days=np.array([supply.every_days for supply in supplies]),
    )


def _middle(supply: Supply, asset: Asset, metric: Metric) -> float:
    differs = 1 + supply.spread * (2 * unit_of("middle", asset.code, metric.code) - 1)
    size = 1.0
    if supply.of_capacity:
        size = asset.capacity or 1.0
    elif supply.of_note and (found := re.search(supply.of_note, asset.note or "")):
        size = float(found.group(1))
    return supply.typical * differs * size


def _per_day(supply: Supply) -> float:
    return 1 / supply.every_days if supply.every_days else supply.per_day


def _cumulated(hours: str) -> Floats:
    weights = np.array(_HOURS[hours], np.float64)
    return np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])


def _limit(of_metric: float | None, keep_within: tuple[float, float] | None, side: int, otherwise: float) -> float:
    if keep_within is not None:
        return keep_within[side]
    return otherwise if of_metric is None else of_metric


def _failing(lines: list[Failing], asset: Asset) -> Failing | None:
    return next((line for line in lines if matches(asset.code, line.assets)), None)


def _feed(story: Story, metric: Metric) -> int:
    names = story.feed_names()
    name = story.reading_feeds.get(metric.source or "", metric.source)
    return names.index(name if name in names else story.default_feed)
