"""A board that holds what a test puts into it, rolled up slowly and plainly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import product

import numpy as np
from numpy.typing import NDArray

from indicators.board import BIN_PERIODS
from indicators.period import span_of
from indicators.plan import BOARD_NAME, Asked, Touched
from indicators.service_group import ServiceGroups
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, DURATION_BINS, METRIC_FLOWS, METRIC_LEVELS
from warehouse.reference import Reference
from warehouse.value import PERIODS


class FakeBoard:
    """Leaf numbers by period, measure, subject and area; rolled up on demand."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.version = 0
        self.today = date(2025, 4, 16)
        self.touched: set[int] = set()
        self.touched_periods: set[str] = set()
        self._kept: dict[tuple[str, str], NDArray[np.int64]] = {}
        self._kept_version = 0
        self._groups = ServiceGroups(reference).members()
        self.leaf: dict[tuple[str, str], NDArray[np.int64]] = {}
        self.bins = {
            period: np.zeros((DURATION_BINS, len(reference.services), len(reference.areas)), dtype=np.int32)
            for period in BIN_PERIODS
        }

    def put(self, period: str, measure: str, subject: str, area: str, amount: int) -> None:
        """Add to one cell. Args: names as in the expression language; thousandths for sum, expected and level."""
        name = BOARD_NAME.get(measure, measure)
        period = "" if name in {*CASE_STOCKS, *METRIC_LEVELS} else period
        self._array(period, name)[self._row(subject), self.reference.area_index[area]] += amount
        self._touch(subject, area, period)

    def put_always(self, measure: str, subject: str, area: str, amount: int) -> None:
        """The same in every period."""
        for period in PERIODS:
            self.put(period, measure, subject, area, amount)

    def put_bin(self, period: str, subject: str, area: str, place: int, cases: int) -> None:
        """Add decisions to a bin of the histogram."""
        self.bins[period][place, self._row(subject), self.reference.area_index[area]] += cases
        self._touch(subject, area, period)

    def _touch(self, subject: str, area: str, period: str) -> None:
        self.touched_periods |= {period} - {""}
        above = [one.code for one in self.reference.ancestors(area)]
        first = self.reference.subject_index[subject] * len(self.reference.areas)
        self.touched |= {first + self.reference.area_index[code] for code in (area, *above)}
        self.version += 1

    def fill(self, make: Callable[[tuple[int, int]], NDArray[np.int64]]) -> None:
        """Every measure of every period from a function of the shape."""
        for period in PERIODS:
            for name in (*CASE_FLOWS, *METRIC_FLOWS):
                array = self._array(period, name)
                array += make(array.shape)
        for name in (*CASE_STOCKS, *METRIC_LEVELS):
            array = self._array("", name)
            array += make(array.shape)
        for period, block in self.bins.items():
            self.bins[period] = block + make(block.shape).astype(np.int32)
        self.version += 1

    def at(self, asked: Sequence[Asked], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums over the subtree of every area, and over the services of every group."""
        assert (np.diff(pairs) > 0).all()
        found = [self._rolled(period, measure).ravel()[pairs] for period, measure in asked]
        return np.array(found, dtype=np.int64).reshape(len(asked), len(pairs))

    def bins_at(self, periods: Sequence[str], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Histograms summed over the subtree of every area."""
        found = [self._rolled_bins(period).reshape(DURATION_BINS, -1)[:, pairs] for period in periods]
        return np.stack(found, axis=1)

    def counted(self) -> NDArray[np.int64]:
        """Where anything is."""
        services = np.zeros((len(self.reference.services), len(self.reference.areas)), dtype=np.bool_)
        metrics = np.zeros((len(self.reference.metrics), len(self.reference.areas)), dtype=np.bool_)
        for name in {name for _, name in self.leaf}:
            found = metrics if name in {*METRIC_FLOWS, *METRIC_LEVELS} else services
            for period in PERIODS:
                found |= self._rolled(period, name)[: len(found)] != 0
        for period in self.bins:
            services |= (self._rolled_bins(period)[:, : len(services)] != 0).any(axis=0)
        return np.flatnonzero(np.concatenate([services, metrics]))

    def in_use(self) -> NDArray[np.bool_]:
        """Services with an open case, or anything in any period."""
        found = self._rolled("", "open")[: len(self.reference.services), 0] != 0
        for period, name in product(PERIODS, CASE_FLOWS):
            found = found | (self._rolled(period, name)[: len(found), 0] != 0)
        return found

    def span(self, period: str) -> tuple[date, date]:
        """First and last day of a period as of the board's day."""
        return span_of(period, self.today, self.reference.state.fiscal_year_start_month)

    def take_touched(self) -> Touched:
        """What was touched since the last call."""
        pairs, self.touched = sorted(self.touched), set()
        periods, self.touched_periods = frozenset(self.touched_periods), set()
        return Touched(np.array(pairs, dtype=np.int64), periods)

    def _rolled_bins(self, period: str) -> NDArray[np.int64]:
        """Shape: [bin, row, area]."""
        leaf = self.bins[period]
        groups = [leaf[:, members].sum(axis=1, keepdims=True) for members in self._groups]
        return self._roll(np.concatenate([leaf, *groups], axis=1).astype(np.int64))

    def _roll(self, leaf: NDArray[np.int64]) -> NDArray[np.int64]:
        ends = self.reference.area_end
        return np.stack([leaf[..., area : ends[area]].sum(axis=-1) for area in range(len(ends))], axis=-1)

    def _rolled(self, period: str, measure: str) -> NDArray[np.int64]:
        if self._kept_version != self.version:
            self._kept, self._kept_version = {}, self.version
        if (period, measure) not in self._kept:
            self._kept[period, measure] = self._summed(period, measure)
        return self._kept[period, measure]

    def _summed(self, period: str, measure: str) -> NDArray[np.int64]:
        leaf = self._array("" if measure in {*CASE_STOCKS, *METRIC_LEVELS} else period, measure)
        is_metric = measure in {*METRIC_FLOWS, *METRIC_LEVELS}
        groups = [] if is_metric else [leaf[members].sum(axis=0, keepdims=True) for members in self._groups]
        return self._roll(np.concatenate([leaf, *groups]))

    def _row(self, subject: str) -> int:
        index = self.reference.service_index
        return index[subject] if subject in index else self.reference.metric_index[subject]

    def _array(self, period: str, name: str) -> NDArray[np.int64]:
        rows = self.reference.metrics if name in {*METRIC_FLOWS, *METRIC_LEVELS} else self.reference.services
        return self.leaf.setdefault((period, name), np.zeros((len(rows), len(self.reference.areas)), dtype=np.int64))
