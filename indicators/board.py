"""The board: every measure of every subject and area in every live period, kept current with each batch.

It holds nothing that the warehouse cannot rebuild: `load` reads it from cells, open cases and last readings. `prepare`
runs inside the writer's transaction and changes nothing; `apply` runs after the commit. What readers see (`rolled`,
`rolled_bins`) is a copy that moves only in `take_touched` and `load`: values evaluated together belong together.

Threads: prepare, apply and load on the write thread; tick, take_touched and reading on the publisher's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indicators.axes import Axes
from indicators.case_rows import CaseRows
from indicators.cell import thousandths
from indicators.columns import Int32s, Int64s, codes, days, integers
from indicators.dense import Dense
from indicators.period import span_of
from indicators.preparation import Prepared, prepare
from indicators.sla import day_number
from indicators.stock import Stocks
from warehouse.batch import CASE_SCHEMA, CaseReader, Change
from warehouse.clock import Clock
from warehouse.errors import InternalError
from warehouse.measure import (
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

#: Measures that are sums of large amounts; all others are counts, and 32 bits are enough for a whole state.
_LARGE: Final = ("decide_s", "paid_paise")
_COUNTS: Final = tuple(name for name in CASE_FLOWS if name not in _LARGE)
#: Periods for which histograms of decision times are kept.
BIN_PERIODS: Final = ("mtd", "fy")
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_READER: Final = Principal.state_reader("board")


#: Rows, areas and amounts to be added to a dense array.
_Entries: TypeAlias = tuple[Int64s, Int32s, Int64s]
_Addition: TypeAlias = tuple[Dense, Int64s, Int32s, Int64s]
#: A dense array and the measures that its rows stand for.
_Family: TypeAlias = tuple[Dense, tuple[str, ...]]


class BoardReader(Protocol):
    """Named queries of the warehouse."""

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Run a query of warehouse/queries."""
        ...


def microseconds(instant: datetime) -> int:
    """UTC microseconds since 1970 of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


class Board:
    """Dense sums of all live periods, and the stocks of this instant."""

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
        self._all_touched = True
        self._prepared: Prepared | None = None
        ends = self.axes.area_end
        services, metrics = len(self.axes.services), len(self.axes.metrics)
        self._counts = Dense(services * len(PERIODS) * len(_COUNTS), ends, np.int32)
        self._large = Dense(services * len(PERIODS) * len(_LARGE), ends)
        self._bins = Dense(services * len(BIN_PERIODS) * DURATION_BINS, ends, np.int32)
        self._metrics = Dense(metrics * len(PERIODS) * len(METRIC_FLOWS), ends)
        self._levels = Dense(metrics * len(METRIC_LEVELS), ends)
        self._stocks = Stocks(self.axes, microseconds(clock.now()))
        self._set_day(clock.now())

    @property
    def version(self) -> int:
        """Grows whenever any number changed."""
        return self._version

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
        parts = [
            *self._in_periods(change.cells, self.axes.services, (self._counts, _COUNTS), (self._large, _LARGE)),
            *self._in_periods(change.cell_metrics, self.axes.metrics, (self._metrics, METRIC_FLOWS)),
            *self._bins_in_periods(change.cell_bins),
        ]
        gauges = [(self._gauge_rows(change.gauges_before), -1), (self._gauge_rows(change.gauges), 1)]
        with self._lock:
            for dense, rows, areas, amounts in parts:
                dense.add(rows, areas, amounts)
            for (rows, areas, amounts), sign in gauges:
                self._levels.add(rows, areas, sign * amounts)
            self._stocks.change(prepared.before, -1)
            self._stocks.change(prepared.after, 1)
            self._version += 1

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
        gauges = self._gauge_rows(reader.query("board_gauges", _READER))
        cases = CaseRows.of(_as_cases(reader.query("board_open_cases", _READER)), self.axes)
        with self._lock:
            self._set_day(now)
            for dense in (*self._of_flows(), self._levels):
                dense.clear()
            for place in range(len(PERIODS)):
                self._counts.add(*self._period_rows(flows[place], self.axes.services, _COUNTS, place))
                self._large.add(*self._period_rows(flows[place], self.axes.services, _LARGE, place))
                self._metrics.add(*self._period_rows(metrics[place], self.axes.metrics, METRIC_FLOWS, place))
            for place in range(len(BIN_PERIODS)):
                row, area, amount = self._bin_rows(bins[place])
                self._bins.add(row + place * DURATION_BINS, area, amount)
            self._levels.add(*gauges)
            self._stocks.load(cases, microseconds(now))
            self._show()
            self._all_touched = True
            self._version += 1

    def take_touched(self) -> NDArray[np.intp] | None:
        """Bring what readers see up to date.

        Returns:
            Places in reference.subjects whose numbers changed since the last call; None = treat all as touched.
        """
        with self._lock:
            touched = self._show()
            everything, self._all_touched = self._all_touched, False
        return None if everything else touched

    def rolled(self, period: str, measure: str) -> NDArray[Any]:
        """A measure summed over the subtree of every area, as of the last take_touched or load.

        Args:
            period: one of PERIODS; stocks and levels ignore it.
            measure: a name of warehouse/measure.py.

        Returns:
            Whole numbers of 32 or 64 bits. Shape: [service, area], or [metric, area] for measures of metrics; do not
            write to it.
        """
        dense, first, step = self._rows(period, measure)
        return dense.shown[first::step]

    def rolled_bins(self, period: str) -> NDArray[np.integer]:
        """Histogram of decision times. Args: period, mtd or fy. Shape: [bin, service, area]."""
        cube = self._bins.shown.reshape(-1, len(BIN_PERIODS), DURATION_BINS, len(self.axes.areas))
        return cube[:, BIN_PERIODS.index(period)].transpose(1, 0, 2)

    def span(self, period: str) -> tuple[date, date]:
        """First and last day of a period as the board counts it now. Args: one of PERIODS."""
        return span_of(period, self._today, self.axes.fiscal_year_start_month)

    def rolled_now(self, period: str, measure: str) -> NDArray[np.integer]:
        """The same as `rolled`, summed anew as of now; only on the write thread."""
        dense, first, step = self._rows(period, measure)
        return dense.rolled(np.arange(first, len(dense.shown), step))

    def bin_now(self, period: str, number: int) -> NDArray[np.integer]:
        """One bin of `rolled_bins`, summed anew as of now; only on the write thread."""
        first = BIN_PERIODS.index(period) * DURATION_BINS + number
        return self._bins.rolled(np.arange(first, len(self._bins.shown), len(BIN_PERIODS) * DURATION_BINS))

    def stocks_now(self, now: datetime) -> tuple[datetime, dict[str, NDArray[np.integer]]]:
        """Move the stocks to an instant. Returns: that instant; every stock as `rolled` gives it."""
        with self._lock:
            self._version += self._stocks.tick(microseconds(now))
            return self.stocks_at, {name: self.rolled_now("today", name) for name in CASE_STOCKS}

    def _of_flows(self) -> tuple[Dense, Dense, Dense, Dense]:
        """Arrays that sum over periods."""
        return self._counts, self._large, self._bins, self._metrics

    def _rows(self, period: str, measure: str) -> tuple[Dense, int, int]:
        """The array of a measure, its row of the first subject, and how far it is to that of the next."""
        place = PERIODS.index(period)
        for dense, names, spans in (
            (self._counts, _COUNTS, len(PERIODS)),
            (self._large, _LARGE, len(PERIODS)),
            (self._stocks.sums, CASE_STOCKS, 1),
            (self._metrics, METRIC_FLOWS, len(PERIODS)),
            (self._levels, METRIC_LEVELS, 1),
        ):
            if measure in names:
                first = (place if spans > 1 else 0) * len(names) + names.index(measure)
                return dense, first, spans * len(names)
        raise InternalError(f"there is no measure {measure!r}")

    def _show(self) -> NDArray[np.intp]:
        """Copy what changed to what readers see. Returns: places of the subjects."""
        services = [
            self._counts.show() // (len(PERIODS) * len(_COUNTS)),
            self._large.show() // (len(PERIODS) * len(_LARGE)),
            self._bins.show() // (len(BIN_PERIODS) * DURATION_BINS),
            self._stocks.sums.show() // len(CASE_STOCKS),
        ]
        metrics = [
            self._metrics.show() // (len(PERIODS) * len(METRIC_FLOWS)),
            self._levels.show() // len(METRIC_LEVELS),
        ]
        return np.unique(np.concatenate([*services, *(rows + len(self.axes.services) for rows in metrics)]))

    def _local_day(self, now: datetime) -> date:
        return self.axes.clock.local.date_of(now)

    def _set_day(self, now: datetime) -> None:
        self._today = self._local_day(now)
        self._spans = {period: tuple(map(day_number, self.span(period))) for period in PERIODS}

    def _in_periods(self, cells: pa.Table, subjects: pa.Array, *families: _Family) -> Iterator[_Addition]:
        """What cells add in every period that their span lies in.

        A month is written only for days before the horizon, and only the financial year reaches back that far; it
        begins with a month, so that the first day of a span decides.
        """
        if not cells.num_rows:
            return
        subject = codes(cells["subject"], subjects, "a subject of cells").astype(np.int64)
        area = codes(cells["area"], self.axes.areas, "an area of cells")
        start = days(cells["span_start"])
        for dense, names in families:
            cell, measure, amount = _sums(cells, names)
            for place, period in enumerate(PERIODS):
                some = np.flatnonzero(self._inside(start, period)[cell])
                of = cell[some]
                row = (subject[of] * len(PERIODS) + place) * len(names) + measure[some]
                yield dense, row, area[of], amount[some]

    def _bins_in_periods(self, cells: pa.Table) -> Iterator[_Addition]:
        if not cells.num_rows:
            return
        start = days(cells["span_start"])
        row, area, amount = self._bin_rows(cells)
        for place, period in enumerate(BIN_PERIODS):
            some = np.flatnonzero(self._inside(start, period))
            yield self._bins, row[some] + place * DURATION_BINS, area[some], amount[some]

    def _inside(self, start: Int32s, period: str) -> NDArray[np.bool_]:
        begin, end = self._spans[period]
        inside: NDArray[np.bool_] = (start >= begin) & (start <= end)
        return inside

    def _period_rows(self, cells: pa.Table, subjects: pa.Array, names: tuple[str, ...], place: int) -> _Entries:
        """Entries of cells that are the sums of one period."""
        subject = codes(cells["subject"], subjects, "a subject of cells").astype(np.int64)
        area = codes(cells["area"], self.axes.areas, "an area of cells")
        cell, measure, amount = _sums(cells, names)
        return (subject[cell] * len(PERIODS) + place) * len(names) + measure, area[cell], amount

    def _bin_rows(self, cells: pa.Table) -> _Entries:
        """Entries of histogram cells in the first of BIN_PERIODS."""
        service = codes(cells["subject"], self.axes.services, "a subject of cells").astype(np.int64)
        row = service * len(BIN_PERIODS) * DURATION_BINS + integers(cells["bin"])
        return row, codes(cells["area"], self.axes.areas, "an area of cells"), integers(cells["cases"])

    def _gauge_rows(self, gauges: pa.Table) -> _Entries:
        metric = codes(gauges["metric"], self.axes.metrics, "a metric of gauges").astype(np.int64) * len(METRIC_LEVELS)
        area = codes(gauges["area"], self.axes.areas, "an area of gauges")
        amounts = np.concatenate([np.ones(len(metric), dtype=np.int64), thousandths(gauges["value"])])
        return np.concatenate([metric, metric + 1]), np.concatenate([area, area]), amounts


def _sums(cells: pa.Table, names: tuple[str, ...]) -> tuple[Int64s, Int64s, Int64s]:
    """Row, measure and amount of every sum that is not zero."""
    sums = np.column_stack([integers(cells[name]) for name in names])
    cell, measure = np.nonzero(sums)
    return cell, measure, sums[cell, measure]


def _as_cases(open_cases: pa.Table) -> pa.Table:
    """Open cases as case rows; columns that stocks do not need are null. Shape: CASE_SCHEMA."""
    given = set(open_cases.column_names)
    columns = [
        open_cases[field.name].cast(field.type) if field.name in given else pa.nulls(open_cases.num_rows, field.type)
        for field in CASE_SCHEMA
    ]
    return pa.table(columns, names=CASE_SCHEMA.names)
