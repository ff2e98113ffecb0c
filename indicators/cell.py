"""Cells: what cases and events contribute to which measure, on which day, of which subject, in which area.

A cell is a sum of integers, so a batch appends the differences it makes: contributions after minus contributions before
(docs/decisions/0001-cells-are-deltas.md). Contributions of a case are a pure function of its row:

- received on the day of opening; decided, approved or rejected, in_time or late or undated, decide_s and the histogram
  bin on the day of the decision; withdrawn, delivered and reopened on their (latest) days.
- An answer counts feedback, satisfied (4 or 5) and rating on its day, a payment payments and paid_paise, at the event's
  own service and area or else its case's; a reading readings and reading_sum, an expectation expected_sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from indicators.axes import Axes
from indicators.case import WITHDRAWN
from indicators.case_rows import CaseRows
from indicators.columns import NO_DAY, NO_INSTANT, Int32s, Int64s, days, equals, flat, from_days, integers, present
from warehouse.batch import CELL_BIN_SCHEMA, CELL_DAY_SCHEMA, CELL_METRIC_DAY_SCHEMA, CELL_METRIC_SCHEMA, CELL_SCHEMA
from warehouse.errors import InternalError
from warehouse.measure import CASE_FLOWS, DURATION_BINS, DURATION_EDGES_H, METRIC_FLOWS

_FLOW: Final = {name: place for place, name in enumerate(CASE_FLOWS)}
_METRIC_FLOW: Final = {name: place for place, name in enumerate(METRIC_FLOWS)}
_EDGES_S: Final = np.array(DURATION_EDGES_H) * 3600.0
#: Largest absolute value of a reading, the same as at the door of ingest: its thousandths are exact in a double.
_MOST_VALUE: Final = 2.0**53 / 1000
_SPANS: Final = pa.array(["d", "m"])


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of measures per day (or first day of a span), subject and area; no key twice.

    Attributes:
        day: days since 1970. Shape: [row].
        subject: index of the service or metric. Shape: [row].
        area: index of the area. Shape: [row].
        sums: Shape: [row, measure].
    """

    day: Int32s
    subject: Int32s
    area: Int32s
    sums: Int64s

    def regrouped(self, day: Int32s, area: Int32s) -> Sums:
        """The same sums under coarser days or areas."""
        if not len(self.day):
            return self
        order, starts = _groups(day, self.subject, area)
        first = order[starts]
        sums = np.add.reduceat(self.sums[order], starts, axis=0)
        return Sums(day[first], self.subject[first], area[first], sums).without_zeros()

    def without_zeros(self) -> Sums:
        """Rows that are not all zero."""
        some = self.sums.any(axis=1)
        return self if some.all() else self.where(np.flatnonzero(some))

    def where(self, places: Int64s) -> Sums:
        """Some of the rows."""
        return Sums(self.day[places], self.subject[places], self.area[places], self.sums[places])


class SumsAdder:
    """Collects contributions and adds up those of the same day, subject and area."""

    def __init__(self, measures: int) -> None:
        self._measures = measures
        self._keys: list[tuple[Int32s, Int32s, Int32s]] = []
        self._amounts: list[dict[int, Int64s | int]] = []

    def add(self, day: Int32s, subject: Int32s, area: Int32s, amounts: dict[int, Int64s | int]) -> None:
        """Take contributions.

        Args:
            day: days since 1970.
            subject: indices.
            area: indices.
            amounts: by place of the measure; one number stands for all rows.
        """
        if len(day):
            self._keys.append((day, subject, area))
            self._amounts.append(amounts)

    def total(self) -> Sums:
        """The sums so far, without rows of zeros."""
        if not self._keys:
            none = np.empty(0, dtype=np.int32)
            return Sums(none, none, none, np.empty((0, self._measures), dtype=np.int64))
        day, subject, area = (np.concatenate(parts) for parts in zip(*self._keys, strict=True))
        order, starts = _groups(day, subject, area)
        group = np.empty(len(order), dtype=np.int64)
        group[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
        sums = np.zeros(len(starts) * self._measures, dtype=np.int64)
        begin = 0
        for (days_of, *_), amounts in zip(self._keys, self._amounts, strict=True):
            rows = group[begin : begin + len(days_of)] * self._measures
            begin += len(days_of)
            for measure, amount in amounts.items():
                np.add.at(sums, rows + measure, amount)
        first = order[starts]
        return Sums(day[first], subject[first], area[first], sums.reshape(-1, self._measures)).without_zeros()


def _groups(day: Int32s, subject: Int32s, area: Int32s) -> tuple[Int64s, Int64s]:
    """Rows ordered by (day, subject, area), and where in that order each different key begins."""
    least = int(day.min())
    key = (day.astype(np.int64) - least) * (int(subject.max()) + 1) + subject
    key = key * (int(area.max()) + 1) + area
    order = np.argsort(key)
    ordered = key[order]
    return order, np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


@dataclass(frozen=True, slots=True)
class Contributions:
    """Adders of one batch.

    Attributes:
        flows: measures of CASE_FLOWS of services.
        bins: cases per histogram bin; the subject is service * DURATION_BINS + bin.
        readings: measures of METRIC_FLOWS of metrics.
    """

    flows: SumsAdder
    bins: SumsAdder
    readings: SumsAdder

    @classmethod
    def none(cls) -> Contributions:
        """Nothing yet."""
        return cls(SumsAdder(len(CASE_FLOWS)), SumsAdder(1), SumsAdder(len(METRIC_FLOWS)))

    def add_cases(self, rows: CaseRows, sign: int) -> None:
        """Contributions of case rows. Args: rows; sign is 1 to count them, -1 to take them back."""
        counted = rows.is_counted
        for name, column in (
            ("received", rows.opened_day),
            ("delivered", rows.delivered_day),
            ("reopened", rows.reopened_day),
        ):
            self._count(np.flatnonzero(counted & (column != NO_DAY)), rows, column, {_FLOW[name]: sign})
        withdrawn = np.flatnonzero(counted & (rows.status == WITHDRAWN))
        self._count(withdrawn, rows, rows.withdrawn_day, {_FLOW["withdrawn"]: sign})
        self._add_decisions(rows, np.flatnonzero(rows.is_decided), sign)

    def _count(self, places: Int64s, rows: CaseRows, day: Int32s, amounts: dict[int, Int64s | int]) -> None:
        self.flows.add(day[places], rows.service[places], rows.area[places], amounts)

    def _add_decisions(self, rows: CaseRows, places: Int64s, sign: int) -> None:
        due, outcome, took = rows.due_at[places], rows.outcome[places], rows.decide_s(places)
        undated, in_time = due == NO_INSTANT, rows.decided_at[places] <= due
        marks = {
            "approved": outcome == 0,
            "rejected": outcome == 1,
            "in_time": in_time & ~undated,
            "late": ~in_time & ~undated,
            "undated": undated,
        }
        amounts: dict[int, Int64s | int] = {_FLOW[name]: sign * mark.astype(np.int64) for name, mark in marks.items()}
        self._count(places, rows, rows.decided_day, amounts | {_FLOW["decided"]: sign, _FLOW["decide_s"]: sign * took})
        subject = rows.service[places] * DURATION_BINS + np.searchsorted(_EDGES_S, took, side="right")
        self.bins.add(rows.decided_day[places], subject.astype(np.int32), rows.area[places], {0: sign})

    def add_answers(self, events: pa.Table, service: Int32s, area: Int32s, sign: int) -> None:
        """Contributions of feedback.given and amount.recorded.

        Args:
            events: effective events. Shape: EVENT_SCHEMA.
            service: of each; -1 = nowhere (yet).
            area: of each; -1 = nowhere (yet).
            sign: 1 to count them, -1 to take them back.
        """
        day, known = days(events["day"]), (service >= 0) & (area >= 0)
        is_answer = equals(events["kind"], "feedback.given")
        answers = np.flatnonzero(known & is_answer & present(events["rating"]))
        rating = integers(events["rating"])[answers]
        amounts: dict[int, Int64s | int] = {
            _FLOW["feedback"]: sign,
            _FLOW["satisfied"]: sign * (rating >= 4).astype(np.int64),
            _FLOW["rating"]: sign * rating,
        }
        self.flows.add(day[answers], service[answers], area[answers], amounts)
        payments = np.flatnonzero(known & ~is_answer & present(events["amount"]))
        paid = sign * integers(events["amount"])[payments]
        amounts = {_FLOW["payments"]: sign, _FLOW["paid_paise"]: paid}
        self.flows.add(day[payments], service[payments], area[payments], amounts)

    def add_readings(self, events: pa.Table, metric: Int32s, area: Int32s, sign: int) -> None:
        """Contributions of reading.taken and expected.set.

        Args:
            events: effective events. Shape: EVENT_SCHEMA.
            metric: of each; -1 = nowhere.
            area: of each; -1 = nowhere.
            sign: 1 to count them, -1 to take them back.
        """
        day = days(events["day"])
        known = (metric >= 0) & (area >= 0) & present(events["value"])
        value = thousandths(events["value"])
        is_reading = equals(events["kind"], "reading.taken")
        taken, expected = np.flatnonzero(known & is_reading), np.flatnonzero(known & ~is_reading)
        amounts: dict[int, Int64s | int] = {
            _METRIC_FLOW["readings"]: sign,
            _METRIC_FLOW["reading_sum"]: sign * value[taken],
        }
        self.readings.add(day[taken], metric[taken], area[taken], amounts)
        amounts = {_METRIC_FLOW["expected_sum"]: sign * value[expected]}
        self.readings.add(day[expected], metric[expected], area[expected], amounts)


def thousandths(values: pa.ChunkedArray | pa.Array) -> Int64s:
    """Readings as whole thousandths of their unit, halves to even; null becomes 0.

    Raises:
        InternalError: if a value is not a number or too large; the door of ingest refuses such readings.
    """
    plain = flat(values).fill_null(0.0).to_numpy(zero_copy_only=False)
    if not (np.abs(plain) <= _MOST_VALUE).all():
        raise InternalError(f"a reading beyond ±{_MOST_VALUE:g} reached the warehouse")
    return np.rint(plain * 1000.0).astype(np.int64)


def month_start(day: Int32s) -> Int32s:
    """First day of the month of each day."""
    months = day.astype(np.int64).view("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    return months.astype(np.int64).astype(np.int32)


@dataclass(frozen=True, slots=True)
class CellTables:
    """The deltas of one batch as tables; columns as in warehouse/batch.py."""

    cells: pa.Table
    cell_days: pa.Table
    cell_bins: pa.Table
    cell_metrics: pa.Table
    cell_metric_days: pa.Table


def cell_tables(contributions: Contributions, axes: Axes, horizon: int) -> CellTables:
    """Group contributions to cell rows.

    Args:
        contributions: of one batch.
        axes: the codes.
        horizon: first day that is kept by day, days since 1970; earlier days go to their months.
    """
    flows, readings = contributions.flows.total(), contributions.readings.total()
    return CellTables(
        cells=_by_span(flows, horizon, axes.services, axes, CELL_SCHEMA),
        cell_days=_by_day(flows, axes.services, axes, CELL_DAY_SCHEMA),
        cell_bins=_bins_by_span(contributions.bins.total(), horizon, axes),
        cell_metrics=_by_span(readings, horizon, axes.metrics, axes, CELL_METRIC_SCHEMA),
        cell_metric_days=_by_day(readings, axes.metrics, axes, CELL_METRIC_DAY_SCHEMA),
    )


def _by_span(sums: Sums, horizon: int, subjects: pa.Array, axes: Axes, schema: pa.Schema) -> pa.Table:
    parts = [_table(part, kind, subjects, axes, schema) for kind, part in _spans(sums, horizon)]
    return pa.concat_tables(parts)


def _spans(sums: Sums, horizon: int) -> list[tuple[int, Sums]]:
    """Days from the horizon on, and before it months."""
    by_day = sums.day >= horizon
    if by_day.all():
        return [(0, sums)]
    old = sums.where(np.flatnonzero(~by_day))
    return [(0, sums.where(np.flatnonzero(by_day))), (1, old.regrouped(month_start(old.day), old.area))]


def _by_day(sums: Sums, subjects: pa.Array, axes: Axes, schema: pa.Schema) -> pa.Table:
    coarse = sums.regrouped(sums.day, axes.series_area[sums.area])
    return _table(coarse, None, subjects, axes, schema)


def _table(sums: Sums, span: int | None, subjects: pa.Array, axes: Axes, schema: pa.Schema) -> pa.Table:
    head = [] if span is None else [_SPANS.take(pa.array(np.full(len(sums.day), span)))]
    place = [from_days(sums.day), subjects.take(pa.array(sums.subject)), axes.areas.take(pa.array(sums.area))]
    columns = [pa.array(np.ascontiguousarray(sums.sums[:, measure])) for measure in range(sums.sums.shape[1])]
    return pa.table([*head, *place, *columns], schema=schema)


def _bins_by_span(sums: Sums, horizon: int, axes: Axes) -> pa.Table:
    parts = []
    for span, part in _spans(sums, horizon):
        service, number = np.divmod(part.subject, DURATION_BINS)
        columns = [
            _SPANS.take(pa.array(np.full(len(part.day), span))),
            from_days(part.day),
            axes.services.take(pa.array(service)),
            axes.areas.take(pa.array(part.area)),
            pa.array(number.astype(np.uint8)),
            pa.array(np.ascontiguousarray(part.sums[:, 0])),
        ]
        parts.append(pa.table(columns, schema=CELL_BIN_SCHEMA))
    return pa.concat_tables(parts)
