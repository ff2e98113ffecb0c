"""The simulated state as sources: one generator, one Source per named feed, resumable at any instant.

Everything that will ever arrive is fixed by seed, parameters, reference data, story and the instant of the first
start; a position therefore only says up to which arrival a feed has been read. A resumed simulation draws the cohorts
of the last months again and passes over what had arrived before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from ingest.sources.simulator.block import Block, Nature, by_arrival, join, new_block, picked
from ingest.sources.simulator.cohort import cohort
from ingest.sources.simulator.days import Days, Ints, day_number
from ingest.sources.simulator.disorder import DRAWS, Lags, disorder, reading_draws
from ingest.sources.simulator.encode import Encoder
from ingest.sources.simulator.malformed import PLACE, Breaker
from ingest.sources.simulator.plan import HORIZON_DAYS, Parameters, make_plan
from ingest.sources.simulator.points import make_points
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
from ingest.sources.simulator.story import Story
from warehouse.batch import Batch, empty_rejected
from warehouse.clock import Clock
from warehouse.errors import SourceRefusedError
from warehouse.reference import Reference

_FORMAT: Final = 1
_DAY_S: Final = 86_400.0
_DAY_US: Final = 86_400_000_000
#: Rows of all feeds that are generated at once while catching up: about this many fit a window.
_WINDOW_ROWS: Final = 130_000
_WINDOW_MOST_DAYS: Final = 31
_READING_WINDOW_DAYS: Final = 120
#: Events of one case, on average; only used to size windows and to share out the live rate.
_EVENTS_PER_CASE: Final = 3.9
#: A live feed is read so often, so that commits stay worth their cost; each feed a little less often than the one
#: before, so that they do not all come at once.
_LIVE_EVERY_US: Final = 2_500_000
_LIVE_STAGGER_US: Final = 170_000
#: A feed that has been read up to so long ago is up to date.
_CAUGHT_UP_US: Final = 5_000_000
#: Live readings are computed so far ahead.
_AHEAD_S: Final = 300.0
#: After a longer stop the time in between is filled with sparse readings, as in the history.
_GAP_S: Final = 900.0
#: Readings arrive within so long (late, then corrected or repeated); a resumed simulation looks back that far.
_READING_REACH_S: Final = 14 * 3_600.0
#: The same for events of cases: from the opening of the case.
_CASE_REACH_DAYS: Final = HORIZON_DAYS + 16
#: Live spells that ended longer ago than this leave the position: no reading looks back so far.
_SPELLS_KEPT_S: Final = 30 * _DAY_S
#: Around its beginning the first feed that has outages is silent, so that a late source can be seen from the start.
_OPENING_OUTAGE_S: Final = (-16 * 60.0, 11 * 60.0)


@dataclass(frozen=True, slots=True)
class Run:
    """What a simulation was begun with; two runs with equal values give equal events.

    Attributes:
        digest: of parameters, reference data and story.
        start_s: first instant of the history.
        began_s: instant of the first start: the history's end.
    """

    digest: str
    start_s: float
    began_s: float


@dataclass(slots=True)
class _Pool:
    """Events of one feed that are known and have not been given, by day of arrival.

    Cases bring their events of the next weeks at once. Only those of the days that are asked for are put in order, so
    that what is given costs the same however much waits behind it.

    Attributes:
        ready: what is left of the day up to which was asked, in order.
        days: parts of later days, and of that one, in the order in which they were added.
    """

    ready: Block = field(default_factory=lambda: new_block(0))
    days: dict[int, list[Block]] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        if not block.size:
            return
        day = block["received_us"] // _DAY_US
        first = int(day.min())
        day = (day - first).astype(np.int16)  # short numbers are sorted without comparing them
        ordered = picked(block, np.argsort(day, kind="stable"))
        for number, part in enumerate(np.split(ordered, np.cumsum(np.bincount(day))[:-1])):
            if part.size:
                # a view would keep all days of the block as long as the last of them waits
                self.days.setdefault(first + number, []).append(join([part]))

    def take(self, until_us: int) -> Block:
        """Remove and return all that arrive before an instant."""
        due = sorted(day for day in self.days if day * _DAY_US < until_us)
        if due:
            self.ready = by_arrival(join([self.ready, *(part for day in due for part in self.days.pop(day))]))
        count = int(np.searchsorted(self.ready["received_us"], until_us))
        taken, rest = self.ready[:count], self.ready[count:]
        # a view would keep all that was taken; a copy for a few rows would cost more than it frees
        self.ready = join([rest]) if count > rest.size else rest
        return taken


class Simulation:
    """A whole state that behaves like one.

    Args:
        reference: areas, services, offices, assets of the state.
        story: its peculiarities.
        parameters: how much of everything.
        clock: its time is the present of the state.
        positions: stored position of each feed by name; a feed without one is read from the beginning.

    Raises:
        SourceRefusedError: a stored position is not ours, or belongs to a simulation with other parameters.
    """

    def __init__(
        self,
        reference: Reference,
        story: Story,
        parameters: Parameters,
        clock: Clock,
        positions: Mapping[str, str | None] | None = None,
    ) -> None:
        stored = {name: _read_position(name, text) for name, text in (positions or {}).items() if text}
        self.run = _run(reference, story, parameters, clock.now(), stored)
        self.clock = clock
        self.parameters = parameters
        first_day = day_number(datetime.fromtimestamp(self.run.start_s, UTC).date()) - 3
        self.days = Days.from_reference(first_day, reference)
        self._plan = make_plan(
            reference, story, parameters, self.days, start_s=self.run.start_s, anchor_s=self.run.began_s
        )
        self._points = make_points(reference, story, parameters.seed, self.days, self.run.began_s)
        self._paces = self._make_paces()
        self._lags = Lags(parameters.seed, story.feeds, self._opening_outage(story))
        self.encoder = Encoder.make(reference, story, self.days, self._points)
        self.breaker = Breaker(reference, self.encoder, story.feed_names())
        self.live = _live_spells(self.run, parameters.live, clock.now(), stored)
        self.feeds = tuple(Feed(self, code, name, stored.get(name)) for code, name in enumerate(story.feed_names()))
        self._next_case_day = self._first_case_day()

    @property
    def share_given(self) -> float:
        """How much of the time from the history's begin to the present has been given, 0 to 1; 1 = nothing waits."""
        begin_us, end_us = int(self.run.start_s * 1e6), min(feed.end_us() for feed in self.feeds)
        if all(end_us - feed.until_us < max(_CAUGHT_UP_US, feed.every_us) for feed in self.feeds):
            return 1.0
        given_us = min(feed.until_us for feed in self.feeds)
        return max(0.0, (given_us - begin_us) / (end_us - begin_us))

    def window_end_us(self, after_us: int, window_days: int) -> int:
        """The next instant at which a feed that catches up is to stop: midnight of every so many days."""
        day = int(self.days.day_of(np.array([after_us / 1e6]))[0])
        number = (day - self.days.first) // window_days + 1
        return int(self.days.start_s(self.days.first + number * window_days) * 1e6)

    @property
    def window_days(self) -> int:
        """Days that feeds with cases are given at once while catching up: about _WINDOW_ROWS rows of all feeds.

        They go in step, so that what is said of a case comes after it; a feed of readings alone can run ahead.
        """
        rows = self.parameters.cases * _EVENTS_PER_CASE + HISTORY_READINGS * bool(len(self._points))
        return max(1, min(_WINDOW_MOST_DAYS, int(_WINDOW_ROWS * self.parameters.history_days / max(rows, 1))))

    def has_cases(self, feed: int) -> bool:
        """Whether anything about cases comes by a feed, given by its code."""
        return self._plan.has_cases(feed)

    def draw_until(self, until_us: int) -> None:
        """Make sure that everything that arrives before an instant is in the pools."""
        last_day = int(self.days.day_of(np.array([(until_us - 1) / 1e6]))[0])
        while self._next_case_day <= last_day:
            self._draw_cases(self._next_case_day)
            self._next_case_day += 1

    def read_points(self, feed: Feed, begin_s: float, end_s: float) -> Block:
        """All readings of a feed that are taken in [begin, end), with their arrivals."""
        block = readings(self._points, feed.points, self._stretches(), begin_s, end_s)
        return disorder(block, self.parameters, self._lags, reading_draws(self.parameters.seed, block))

    def points_of(self, feed: int) -> Ints:
        """Points whose readings come by a feed, given by its code."""
        return np.flatnonzero(self._points.feed == feed)

    def _draw_cases(self, day: int) -> None:
        block = cohort(self._plan, day)
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((self.parameters.seed, 2, day))))
        block = disorder(block, self.parameters, self._lags, rng.random((DRAWS, block.size)))
        order = np.argsort(block["feed"], kind="stable")
        edges = np.searchsorted(block["feed"][order], np.arange(len(self.feeds) + 1))
        for feed, begin, end in zip(self.feeds, edges, edges[1:], strict=False):
            feed.offer(picked(block, order[begin:end]))

    def _stretches(self) -> list[Stretch]:
        """At which pace points are read when: sparse in the history, denser in its last days, live after its end."""
        run, paces = self.run, self._paces
        spells = [
            Stretch(-np.inf, paces["seldom"]),
            Stretch(run.began_s - DAILY_DAYS * _DAY_S, paces["daily"]),
            Stretch(run.began_s - RECENT_DAYS * _DAY_S, paces["recent"]),
        ]
        for begin_s, end_s in self.live:
            spells.append(Stretch(begin_s, paces["live"]))
            if end_s is not None:
                spells.append(Stretch(end_s, paces["recent"]))
        return spells

    def _first_case_day(self) -> int:
        """The first cohort of which something may not have been given yet."""
        start, oldest = self.days.day_of(np.array([self.run.start_s, min(feed.until_us for feed in self.feeds) / 1e6]))
        return max(int(start), int(oldest) - _CASE_REACH_DAYS)

    def _make_paces(self) -> dict[str, Pace]:
        cases_per_minute = self.parameters.cases / self.parameters.history_days * _EVENTS_PER_CASE / (12 * 60)
        rate = max(self.parameters.events_per_minute - cases_per_minute, 0.1 * self.parameters.events_per_minute)
        return {
            "seldom": seldom_pace(self._points, self.parameters.history_days),
            "daily": daily_pace(self._points),
            "recent": recent_pace(self._points),
            "live": live_pace(self._points, rate),
        }

    def _opening_outage(self, story: Story) -> tuple[int, float, float] | None:
        """A silence around the beginning, in the first feed that has any."""
        for code, feed in enumerate(story.feeds):
            if feed.outages_per_day > 0 and self.parameters.live:
                begin_s, end_s = (self.run.began_s + shift for shift in _OPENING_OUTAGE_S)
                return code, begin_s, end_s
        return None


class Feed:
    """One named source system of the simulated state (implements Source).

    Attributes:
        points: codes of the points whose readings come by it.
        every_us: live, it is read not more often than this, in microseconds.
        until_us: everything that arrives before this instant was given.
    """

    def __init__(self, simulation: Simulation, code: int, name: str, stored: _Position | None) -> None:
        self._simulation = simulation
        self._code = code
        self._name = name
        run = simulation.run
        self.points = simulation.points_of(code)
        self.every_us = _LIVE_EVERY_US + code * _LIVE_STAGGER_US
        self._has_cases = simulation.has_cases(code)
        self._window_days = simulation.window_days if self._has_cases else _READING_WINDOW_DAYS
        self.until_us = int(run.start_s * 1e6) if stored is None else stored.until_us
        self._read_until_s = max(run.start_s, self.until_us / 1e6 - _READING_REACH_S)
        self._cases, self._readings = _Pool(), _Pool()
        self._window = new_block(0)
        self._window_end_us = self.until_us
        self._closed = False

    @property
    def name(self) -> str:
        """Name of the source in config."""
        return self._name

    @property
    def done(self) -> bool:
        """True when the history has been given and nothing live is wanted, or after close."""
        return self._closed or (not self._simulation.parameters.live and self.until_us >= self.end_us())

    def next_batch(self) -> Batch | None:
        """Rows that have arrived by now and were not given, as many as one batch may have; None = nothing now."""
        chunk = self.next_chunk()
        return None if chunk is None else self.batch(chunk)

    def next_chunk(self) -> Block | None:
        """The rows of the next batch as the simulation knows them; None = nothing now."""
        if self._closed:
            return None
        now_us = self.end_us()
        every_us = self.every_us if self._simulation.parameters.live else 1
        while not self._window.size:
            if now_us - self.until_us < every_us:
                return None
            self._fill(min(now_us, self._simulation.window_end_us(self.until_us, self._window_days)))
        return self._cut()

    def batch(self, chunk: Block) -> Batch:
        """The batch of rows, with the position after what was cut last. Args: chunk: rows of it, maybe none."""
        broken = chunk["nature"] == Nature.MALFORMED
        encoder, breaker = self._simulation.encoder, self._simulation.breaker
        return Batch(
            source=self._name,
            events=encoder.table(picked(chunk, ~broken)),
            rejected=breaker.rejected(self._name, picked(chunk, broken)) if broken.any() else empty_rejected(),
            received=chunk.size,
            position=self.position(),
            origin=PLACE,
        )

    def position(self) -> str:
        """Up to which arrival the feed has been given, and the run that it belongs to."""
        simulation = self._simulation
        return json.dumps(
            {"format": _FORMAT, **asdict(simulation.run), "until_us": self.until_us, "live": simulation.live},
            separators=(",", ":"),
        )

    def close(self) -> None:
        """Forget what is still to come."""
        self._closed = True
        self._cases, self._readings, self._window = _Pool(), _Pool(), new_block(0)

    def offer(self, block: Block) -> None:
        """Take events of cases that arrive some day; those given before are dropped. Args: block of this feed."""
        if not self._closed:
            self._cases.add(picked(block, block["received_us"] >= self.until_us))

    def end_us(self) -> int:
        """The present, or the end of the history when nothing live is wanted."""
        now_us = int(self._simulation.clock.now().timestamp() * 1e6)
        return now_us if self._simulation.parameters.live else min(now_us, int(self._simulation.run.began_s * 1e6))

    def _fill(self, end_us: int) -> None:
        """Make everything that arrives until an instant the window to be given next."""
        if self._has_cases:
            self._simulation.draw_until(end_us)
        if self._read_until_s < end_us / 1e6:
            begin_s, self._read_until_s = self._read_until_s, self._ahead_s(end_us / 1e6)
            block = self._simulation.read_points(self, begin_s, self._read_until_s)
            self._readings.add(picked(block, block["received_us"] >= self.until_us))
        parts = [self._cases.take(end_us), self._readings.take(end_us)]
        self._window = by_arrival(join(parts)) if all(part.size for part in parts) else max(parts, key=len)
        self._window_end_us = end_us
        if not self._window.size:
            self.until_us = end_us

    def _ahead_s(self, until_s: float) -> float:
        """Live readings are computed some minutes at a time."""
        spells = self._simulation.live
        live = spells and until_s >= spells[-1][0]
        return (until_s // _AHEAD_S + 1) * _AHEAD_S if live else until_s

    def _cut(self) -> Block:
        """Take as many rows off the window as a batch may have; rows that arrived together stay together."""
        count, arrivals = self._simulation.parameters.batch_rows, self._window["received_us"]
        if arrivals.size <= count:
            chunk, self._window, self.until_us = self._window, new_block(0), self._window_end_us
            return chunk
        edge = int(np.searchsorted(arrivals, arrivals[count]))
        if edge == 0:
            edge = int(np.searchsorted(arrivals, arrivals[count], side="right"))
        chunk, self._window = self._window[:edge], self._window[edge:]
        self.until_us = int(self._window["received_us"][0]) if self._window.size else self._window_end_us
        return chunk


@dataclass(frozen=True, slots=True)
class _Position:
    """A stored position, taken apart."""

    run: Run
    until_us: int
    live: list[tuple[float, float | None]]


def _read_position(name: str, text: str) -> _Position:
    try:
        plain: dict[str, Any] = json.loads(text)
        if plain["format"] != _FORMAT:
            raise SourceRefusedError(f"source {name}: its position is of format {plain['format']}, not {_FORMAT}")
        run = Run(plain["digest"], float(plain["start_s"]), float(plain["began_s"]))
        live = [(float(begin), None if end is None else float(end)) for begin, end in plain["live"]]
        return _Position(run, int(plain["until_us"]), live)
    except (ValueError, KeyError, TypeError) as error:
        raise SourceRefusedError(f"source {name}: its position is not one of the simulator: {text[:200]}") from error


def _run(
    reference: Reference, story: Story, parameters: Parameters, now: datetime, stored: Mapping[str, _Position]
) -> Run:
    """The run that the stored positions belong to, or a new one that ends its history now."""
    digest = _digest(reference, story, parameters)
    runs = {position.run for position in stored.values()}
    if not runs:
        began_s = float(int(now.timestamp()))
        day_s = int(parameters.history_days * _DAY_S)
        return Run(digest, _local_midnight_s(reference, began_s - day_s), began_s)
    if len(runs) > 1 or next(iter(runs)).digest != digest:
        raise SourceRefusedError(
            "the warehouse holds another simulated state (other [demo] settings, reference data or program version); "
            "it cannot be continued: set the settings back, or start with an empty data folder"
        )
    return runs.pop()


def _live_spells(
    run: Run, live: bool, now: datetime, stored: Mapping[str, _Position]
) -> list[tuple[float, float | None]]:
    """Times with live readings: a longer stop since the last read of any feed ends one, and another begins now."""
    now_s = float(int(now.timestamp()))
    newest = max(stored.values(), key=lambda position: position.until_us, default=None)
    if newest is None or not newest.live:
        return [(run.began_s if newest is None else now_s, None)] if live else []
    alive_s = newest.until_us / 1e6
    spells = [spell for spell in newest.live if spell[1] is None or spell[1] > alive_s - _SPELLS_KEPT_S]
    begin_s, end_s = spells[-1]
    if not live or now_s - max(alive_s, begin_s) <= _GAP_S:
        return spells
    before = [(begin_s, min(alive_s, end_s or alive_s))] if begin_s < alive_s else []
    return [*spells[:-1], *before, (now_s, None)]


def _local_midnight_s(reference: Reference, at_s: float) -> float:
    zone = ZoneInfo(reference.state.timezone)
    return datetime.combine(datetime.fromtimestamp(at_s, zone).date(), time(), zone).timestamp()


def _digest(reference: Reference, story: Story, parameters: Parameters) -> str:
    """What makes the events of two runs equal, as a short text."""
    counted = replace(parameters, live=True, events_per_minute=0, batch_rows=0)
    known = (
        tuple(area.code for area in reference.areas),
        tuple((service.code, service.limits) for service in reference.services.values()),
        tuple(reference.offices),
        tuple((asset.code, asset.metrics, asset.capacity) for asset in reference.assets.values()),
        tuple(sorted(reference.holidays)),
    )
    return hashlib.blake2b(repr((_FORMAT, counted, story, known)).encode(), digest_size=8).hexdigest()
