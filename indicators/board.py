"""The board: every measure of every subject and area in every live period, kept current with each batch.

It holds nothing that the warehouse cannot rebuild: `load` reads it from cells, open cases and last readings. `prepare`
runs inside the writer's transaction and changes nothing; `apply` runs after the commit. What readers see (`at`,
`bins_at`, `counted`, `in_use`) moves only in `take_touched` and `load`: values evaluated together belong together.

Sums are kept for single services and for the groups of indicators/service_group.py; a row is the place of either. A
pair is a row in an area: row × areas + area.

Threads: prepare, apply and load on the write thread; tick, take_touched and reading on the publisher's.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Final, Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from indicators.axes import Axes
from indicators.case_rows import CaseRows
from indicators.cell import thousandths
from indicators.columns import Bools, Int32s, Int64s, codes, days, integers
from indicators.period import span_of
from indicators.plan import Asked, Touched
from indicators.preparation import Prepared, prepare
from indicators.sla import day_number
from indicators.stock import Stocks
from indicators.tree_sum import TreeSums
from warehouse.batch import CASE_SCHEMA, CaseReader, Change
from warehouse.clock import Clock
from warehouse.errors import InternalError
from warehouse.measure import (
    CASE_COUNTS,
    CASE_FLOWS,
    CASE_STOCKS,
    DAY_SPAN_DAYS,
    DURATION_BINS,
    METRIC_FLOWS,
    METRIC_LEVELS,
)
from warehouse.principal import Principal
from warehouse.reference import Reference
from warehouse.value import PERIODS

#: Periods for which histograms of decision times are kept.
BIN_PERIODS: Final = ("mtd", "fy", "lm")
#: Periods that together say whether a service has been used at all.
_USED_IN: Final = ("fy", "pmtd", "p7d", "lm")
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_READER: Final = Principal.state_reader("board")

#: Kinds, subjects, areas and amounts to be added to sums.
_Entries: TypeAlias = tuple[Int64s, Int64s, Int32s, Int64s]


class BoardReader(Protocol):
    """Named queries of the warehouse."""

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Run a query of warehouse/queries."""
        ...


def microseconds(instant: datetime) -> int:
    """UTC microseconds since 1970 of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


class Board:
    """Sums of all live periods, and the stocks of this instant."""

    def __init__(self, reference: Reference, clock: Clock) -> None:
        """An empty board as of the clock's day.

        Args:
            reference: services, metrics and areas.
            clock: decides which day is today.
        """
        self.axes = Axes.of(reference)
        self._clock = clock
        self._lock = threading.Lock()
        self._version = 0
        #: Set whenever a commit changed any number; cleared by whoever waits for it.
        self.changed = threading.Event()
        self._all_touched = True
        self._prepared: Prepared | None = None
        services, areas = self.axes.groups.line, self.axes.area_line
        metrics = np.arange(len(self.axes.metrics), dtype=np.int32)[:, np.newaxis]
        wide = [place for place, (_, name) in enumerate(product(PERIODS, CASE_FLOWS)) if name not in CASE_COUNTS]
        self._flows = TreeSums(services, areas, len(PERIODS) * len(CASE_FLOWS), wide=wide)
        self._bins = TreeSums(services, areas, len(BIN_PERIODS) * DURATION_BINS, wide=())
        self._metrics = TreeSums(metrics, areas, len(PERIODS) * len(METRIC_FLOWS))
        self._levels = TreeSums(metrics, areas, len(METRIC_LEVELS))
        self._stocks = Stocks(self.axes, microseconds(clock.now()))
        self._kinds = self._by_name()
        self._set_day(clock.now())

    @property
    def version(self) -> int:
        """Grows whenever any number changed."""
        return self._version

    @property
    def clock(self) -> Clock:
        """What says which day is today."""
        return self._clock

    @property
    def today(self) -> date:
        """The local day that `today` stands for; see needs_roll."""
        return self._today

    @property
    def stocks_at(self) -> datetime:
        """The instant for which stocks are counted."""
        return _EPOCH + timedelta(microseconds=self._stocks.at)

    @property
    def horizon(self) -> int:
        """First day for which batches write cells by day, days since 1970."""
        return day_number(self._today) - DAY_SPAN_DAYS

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        """Say what new events change; see indicators/preparation.py."""
        self._prepared = prepare(events, reader, self.axes, self.horizon)
        return self._prepared.change

    def apply(self, change: Change) -> None:
        """Take a committed change over."""
        prepared, self._prepared = self._prepared, None
        if prepared is None or prepared.change is not change:
            raise InternalError("a change was applied that is not the one prepared last")
        flows = self._in_periods(change.cells, self.axes.services, CASE_FLOWS)
        metrics = self._in_periods(change.cell_metrics, self.axes.metrics, METRIC_FLOWS)
        bins = self._bins_in_periods(change.cell_bins)
        parts = [(self._flows, flows), (self._metrics, metrics), (self._bins, bins)]
        gauges = [(self._gauge_entries(change.gauges_before), -1), (self._gauge_entries(change.gauges), 1)]
        with self._lock:
            for sums, entries in parts:
                for entry in entries:
                    sums.add(*entry)
            for (kinds, metric, areas, amounts), sign in gauges:
                self._levels.add(kinds, metric, areas, sign * amounts)
            self._stocks.change(prepared.before, -1)
            self._stocks.change(prepared.after, 1)
            self._version += 1
        self.changed.set()

    def tick(self, now: datetime | None = None) -> bool:
        """Move the stocks to an instant.

        Args:
            now: aware; None = the clock's.

        Returns:
            Whether any number changed.
        """
        at = microseconds(self._clock.now() if now is None else now)
        with self._lock:
            changed = self._stocks.tick(at)
            self._version += changed
        return changed

    def needs_roll(self) -> bool:
        """Whether the clock's local day is another one than the board's: time to `load` again."""
        return self._local_day(self._clock.now()) != self._today

    def load(self, reader: BoardReader) -> None:
        """Read everything from the warehouse, as of the clock's day; also the roll-over at local midnight.

        Must run on the write thread, so that no batch is committed between reading and taking over.

        Args:
            reader: sees everything that was committed.
        """
        now = self._clock.now()
        day = self._local_day(now)
        spans = [span_of(period, day, self.axes.fiscal_year_start_month) for period in PERIODS]
        flows = [reader.query("board_cells", _READER, from_day=begin, to_day=end) for begin, end in spans]
        metrics = [reader.query("board_metric_cells", _READER, from_day=begin, to_day=end) for begin, end in spans]
        bins = [
            reader.query("board_bins", _READER, from_day=begin, to_day=end)
            for begin, end in (spans[PERIODS.index(period)] for period in BIN_PERIODS)
        ]
        gauges = self._gauge_entries(reader.query("board_gauges", _READER))
        cases = CaseRows.of(_as_cases(reader.query("board_open_cases", _READER)), self.axes)
        with self._lock:
            self._set_day(now)
            for sums in (self._flows, self._bins, self._metrics, self._levels):
                sums.clear()
            for place in range(len(PERIODS)):
                self._flows.add(*self._entries(flows[place], self.axes.services, CASE_FLOWS, place))
                self._metrics.add(*self._entries(metrics[place], self.axes.metrics, METRIC_FLOWS, place))
            for place in range(len(BIN_PERIODS)):
                self._bins.add(*self._bin_entries(bins[place], place))
            self._levels.add(*gauges)
            self._stocks.load(cases, microseconds(now))
            self._show()
            self._all_touched = True
            self._version += 1

    def load_span(self, reader: BoardReader, days: tuple[date, date], period: str) -> None:
        """Read what happened in a span of days into the place of a period; see indicators/span.py.

        Args:
            reader: sees what was committed.
            days: first and last.
            period: one of BIN_PERIODS.
        """
        span = {"from_day": days[0], "to_day": days[1]}
        place = PERIODS.index(period)
        flows = self._entries(reader.query("board_cells", _READER, **span), self.axes.services, CASE_FLOWS, place)
        read = reader.query("board_metric_cells", _READER, **span)
        metrics = self._entries(read, self.axes.metrics, METRIC_FLOWS, place)
        bins = self._bin_entries(reader.query("board_bins", _READER, **span), BIN_PERIODS.index(period))
        with self._lock:
            for sums, entries in ((self._flows, flows), (self._metrics, metrics), (self._bins, bins)):
                sums.add(*entries)

    def take_touched(self) -> Touched | None:
        """Bring what readers see up to date.

        Returns:
            What changed since the last call; None = treat everything as touched.
        """
        with self._lock:
            touched = self._show()
            everything, self._all_touched = self._all_touched, False
        return None if everything else touched

    def at(self, asked: Sequence[Asked], pairs: Int64s) -> Int64s:
        """Measures summed over the subtree of areas, as of the last take_touched or load.

        Args:
            asked: period (stocks and levels ignore it) and name of warehouse/measure.py; all of services, or all of
                metrics.
            pairs: of services and their groups, or of metrics; distinct, in order.

        Returns:
            Shape: [asked, pair].
        """
        made = np.zeros((len(asked), len(pairs)), dtype=np.int64)
        of_sums: dict[int, tuple[TreeSums, list[int], list[int]]] = {}
        for place, (period, measure) in enumerate(asked):
            sums, kind = self._kind(period, measure)
            _, places, kinds = of_sums.setdefault(id(sums), (sums, [], []))
            places.append(place)
            kinds.append(kind)
        with self._lock:
            for sums, places, kinds in of_sums.values():
                made[places] = sums.at(np.array(kinds, dtype=np.int64), pairs)
        return made

    def bins_at(self, periods: Sequence[str], pairs: Int64s) -> Int64s:
        """Histograms of decision times, see `at`. Args: periods of BIN_PERIODS. Shape: [bin, period, pair]."""
        first = np.array([BIN_PERIODS.index(period) for period in periods], dtype=np.int64) * DURATION_BINS
        kinds = np.arange(DURATION_BINS)[:, np.newaxis] + first
        with self._lock:
            return self._bins.at(kinds.ravel(), pairs).reshape(*kinds.shape, len(pairs))

    def counted(self) -> Int64s:
        """Where anything is counted, as of the last take_touched or load.

        Returns:
            Pairs of subjects: place in reference.subjects × areas + area; in order.
        """
        with self._lock:
            services = [sums.counted() for sums in self._of_services()]
            return self._of_subjects(services, [sums.counted() for sums in self._of_metrics()])

    def in_use(self) -> Bools:
        """Which services had anything lately in the whole state, or have cases open. Shape: [service]."""
        asked = [("today", "open"), *product(_USED_IN, CASE_FLOWS)]
        found: Bools = np.any(self.at(asked, np.arange(len(self.axes.services)) * len(self.axes.areas)), axis=0)
        return found

    def span(self, period: str) -> tuple[date, date]:
        """First and last day of a period as the board counts it now. Args: one of PERIODS."""
        return span_of(period, self._today, self.axes.fiscal_year_start_month)

    def rolled_now(self, period: str, measure: str) -> Int64s:
        """A measure of all rows as of now. Shape: [row, area]."""
        sums, kind = self._kind(period, measure)
        with self._lock:
            return sums.now(kind)

    def bin_now(self, period: str, number: int) -> Int64s:
        """One bin of the histograms of all rows as of now. Shape: [row, area]."""
        with self._lock:
            return self._bins.now(BIN_PERIODS.index(period) * DURATION_BINS + number)

    def stocks_now(self, now: datetime) -> tuple[datetime, dict[str, Int64s]]:
        """Move the stocks to an instant. Returns: that instant; every stock as `rolled_now` gives it."""
        with self._lock:
            self._version += self._stocks.tick(microseconds(now))
            return self.stocks_at, {name: self._stocks.sums.now(kind) for kind, name in enumerate(CASE_STOCKS)}

    def _kind(self, period: str, measure: str) -> tuple[TreeSums, int]:
        """The sums of a measure and its kind there."""
        found = self._kinds.get((period, measure))
        if found is None:
            raise InternalError(f"there is no measure {measure!r}")
        return found

    def _by_name(self) -> dict[Asked, tuple[TreeSums, int]]:
        """The sums of every measure and its kind there, by period and name."""
        flows = ((self._flows, CASE_FLOWS), (self._metrics, METRIC_FLOWS))
        levels = ((self._stocks.sums, CASE_STOCKS), (self._levels, METRIC_LEVELS))
        return {
            (period, name): (sums, (number * len(names) if is_flow else 0) + kind)
            for of_kind, is_flow in ((flows, True), (levels, False))
            for sums, names in of_kind
            for kind, name in enumerate(names)
            for number, period in enumerate(PERIODS)
        }

    def _show(self) -> Touched:
        """Let readers see what changed. Returns: that."""
        services = [sums.show() for sums in self._of_services()]
        metrics = [sums.show() for sums in self._of_metrics()]
        by_period = (
            (self._flows, PERIODS, len(CASE_FLOWS)),
            (self._metrics, PERIODS, len(METRIC_FLOWS)),
            (self._bins, BIN_PERIODS, DURATION_BINS),
        )
        return Touched(
            self._of_subjects(services, metrics),
            frozenset(
                periods[place] for sums, periods, kinds in by_period for place in set(sums.changed_kinds // kinds)
            ),
        )

    def _of_services(self) -> tuple[TreeSums, ...]:
        return self._flows, self._bins, self._stocks.sums

    def _of_metrics(self) -> tuple[TreeSums, ...]:
        return self._metrics, self._levels

    def _of_subjects(self, services: Sequence[Int64s], metrics: Sequence[Int64s]) -> Int64s:
        """Pairs of subjects, of pairs of services and groups and of those of metrics; in order."""
        end = len(self.axes.services) * len(self.axes.areas)
        found = np.zeros(end + len(self.axes.metrics) * len(self.axes.areas), dtype=np.bool_)
        for pairs in services:
            found[pairs[: np.searchsorted(pairs, end)]] = True
        for pairs in metrics:
            found[pairs + end] = True
        return np.flatnonzero(found)

    def _local_day(self, now: datetime) -> date:
        return self.axes.clock.local.date_of(now)

    def _set_day(self, now: datetime) -> None:
        self._today = self._local_day(now)
        self._spans = {period: tuple(map(day_number, self.span(period))) for period in PERIODS}

    def _in_periods(self, cells: pa.Table, subjects: pa.Array, names: tuple[str, ...]) -> list[_Entries]:
        """What cells add in every period that their span lies in.

        A month is written only for days before the horizon, and only the financial year reaches back that far; it
        begins with a month, so that the first day of a span decides.
        """
        if not cells.num_rows:
            return []
        start = days(cells["span_start"])
        inside = [self._inside(start, period) for period in PERIODS]
        measure, subject, area, amount, cell = _sums(cells, subjects, self.axes.areas, names)
        found = []
        for place in range(len(PERIODS)):
            some = np.flatnonzero(inside[place][cell])
            found.append((place * len(names) + measure[some], subject[some], area[some], amount[some]))
        return found

    def _bins_in_periods(self, cells: pa.Table) -> list[_Entries]:
        if not cells.num_rows:
            return []
        start = days(cells["span_start"])
        inside = [self._inside(start, period) for period in BIN_PERIODS]
        return [self._bin_entries(cells.filter(pa.array(some)), place) for place, some in enumerate(inside)]

    def _inside(self, start: Int32s, period: str) -> Bools:
        begin, end = self._spans[period]
        inside: Bools = (start >= begin) & (start <= end)
        return inside

    def _entries(self, cells: pa.Table, subjects: pa.Array, names: tuple[str, ...], place: int) -> _Entries:
        """Entries of cells that are the sums of one period."""
        measure, subject, area, amount, _ = _sums(cells, subjects, self.axes.areas, names)
        return place * len(names) + measure, subject, area, amount

    def _bin_entries(self, cells: pa.Table, place: int) -> _Entries:
        """Entries of histogram cells in one of BIN_PERIODS."""
        service = codes(cells["subject"], self.axes.services, "a subject of cells").astype(np.int64)
        area = codes(cells["area"], self.axes.areas, "an area of cells")
        return place * DURATION_BINS + integers(cells["bin"]), service, area, integers(cells["cases"])

    def _gauge_entries(self, gauges: pa.Table) -> _Entries:
        metric = codes(gauges["metric"], self.axes.metrics, "a metric of gauges").astype(np.int64)
        area = codes(gauges["area"], self.axes.areas, "an area of gauges")
        amounts = np.concatenate([np.ones(len(metric), dtype=np.int64), thousandths(gauges["value"])])
        kinds = np.repeat(np.arange(len(METRIC_LEVELS)), len(metric))
        return kinds, np.tile(metric, len(METRIC_LEVELS)), np.tile(area, len(METRIC_LEVELS)), amounts


def _sums(
    cells: pa.Table, subjects: pa.Array, areas: pa.Array, names: tuple[str, ...]
) -> tuple[Int64s, Int64s, Int32s, Int64s, Int64s]:
    """Measure, subject, area, amount and row of every sum that is not zero."""
    subject = codes(cells["subject"], subjects, "a subject of cells").astype(np.int64)
    area = codes(cells["area"], areas, "an area of cells")
    sums = np.column_stack([integers(cells[name]) for name in names])
    cell, measure = np.nonzero(sums)
    return measure, subject[cell], area[cell], sums[cell, measure], cell


def _as_cases(open_cases: pa.Table) -> pa.Table:
    """Open cases as case rows; columns that stocks do not need are null. Shape: CASE_SCHEMA."""
    given = set(open_cases.column_names)
    columns = [
        open_cases[field.name].cast(field.type) if field.name in given else pa.nulls(open_cases.num_rows, field.type)
        for field in CASE_SCHEMA
    ]
    return pa.table(columns, names=CASE_SCHEMA.names)
