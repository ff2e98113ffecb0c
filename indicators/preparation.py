"""What a batch of new events changes: case rows, last readings and cells. Pure; nothing is kept between batches.

Everything is "contributions after minus contributions before". Touched are: cases with a new event; cases, answers,
payments and readings that a new correction or retraction is about; unopened cases of which an answer or payment without
a place of its own speaks (they wait for the case, and its row remembers that). A case goes on from its stored row when
all its new events come after it, and is folded again from all its events otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.axes import Axes
from indicators.case import fold, ranks
from indicators.case_rows import CaseRows
from indicators.cell import Contributions, cell_tables
from indicators.columns import NO_INSTANT, Bools, Int32s, Int64s, codes, equals, flat, instants, present
from indicators.correction import effective, is_change, names
from indicators.gauge import area_of, change_gauges
from warehouse.batch import CASE_SCHEMA, CaseReader, Change
from warehouse.event import CASE_KINDS, EVENT_SCHEMA, KIND_RANK

_ANSWER_RANKS: Final = (KIND_RANK["feedback.given"], KIND_RANK["amount.recorded"])
_RANK_READING: Final = KIND_RANK["reading.taken"]
_RANK_EXPECTED: Final = KIND_RANK["expected.set"]
_NAME: Final = ("source", "event_id")
_ANY_COLUMNS: Final = (*_NAME, "kind", "occurred_at", "day", "area")
_OWN_COLUMNS: Final = (
    *_ANY_COLUMNS, "case_id", "service", "office", "post", "step", "outcome", "channel", "due_at",
)  # fmt: skip
_ANSWER_COLUMNS: Final = (*_ANY_COLUMNS, "case_id", "service", "amount", "rating")
_READING_COLUMNS: Final = (*_ANY_COLUMNS, "metric", "asset", "value")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change, and its case rows as arrays.

    Attributes:
        change: for the writer.
        before: of change.cases_before.
        after: of change.cases.
    """

    change: Change
    before: CaseRows
    after: CaseRows


def prepare(events: pa.Table, reader: CaseReader, axes: Axes, horizon: int) -> Prepared:
    """Say what new events change.

    Args:
        events: new events only. Shape: EVENT_SCHEMA.
        reader: the warehouse inside the transaction, the new events included.
        axes: services, metrics, areas and the SLA clock.
        horizon: first day that cells keep by day, days since 1970.
    """
    return _Preparation(events.select(EVENT_SCHEMA.names), reader, axes).change(horizon)


@dataclass(frozen=True, slots=True)
class _Split:
    """Events by what they are about, with the columns of EVENT_SCHEMA that matter there.

    Attributes:
        own: of CASE_KINDS.
        answers: answers and payments.
        readings: readings.
        expected: expectations.
    """

    own: pa.Table
    answers: pa.Table
    readings: pa.Table
    expected: pa.Table

    @classmethod
    def of(cls, events: pa.Table) -> _Split:
        """Sort events; corrections and retractions are left out."""
        if not events.num_rows:
            columns = (_OWN_COLUMNS, _ANSWER_COLUMNS, _READING_COLUMNS, _READING_COLUMNS)
            return cls(*(events.select(names_of) for names_of in columns))
        rank = ranks(events["kind"])
        return cls(
            _where(events.select(_OWN_COLUMNS), (rank < len(CASE_KINDS)) & present(events["case_id"])),
            _where(events.select(_ANSWER_COLUMNS), np.isin(rank, _ANSWER_RANKS)),
            _where(events.select(_READING_COLUMNS), rank == _RANK_READING),
            _where(events.select(_READING_COLUMNS), rank == _RANK_EXPECTED),
        )

    def effective(self, corrections: pa.Table) -> _Split:
        """The same as corrections and retractions leave them."""
        if not corrections.num_rows:
            return self
        parts = (self.own, self.answers, self.readings, self.expected)
        return _Split(*(effective(part, corrections) for part in parts))


@dataclass(frozen=True, slots=True)
class _CaseChange:
    """What becomes of the touched cases, and every case row that answers may need.

    Attributes:
        before: stored rows of touched cases.
        after: the rows that replace them.
        untouched: stored rows of cases that are only spoken of.
        refolded: case_ids that were folded again from all their events.
        history: all stored answers and payments of those, new ones included.
        history_corrections: everything said of them.
    """

    before: pa.Table
    after: pa.Table
    untouched: pa.Table
    refolded: pa.Array
    history: pa.Table
    history_corrections: pa.Table


class _Preparation:
    """One batch on its way."""

    def __init__(self, events: pa.Table, reader: CaseReader, axes: Axes) -> None:
        self._reader, self._axes, self._events = reader, axes, events
        changing = is_change(events)
        self._said = _where(events, changing)
        originals = _where(events, ~changing)
        stored = self._originals(originals)
        self._corrections = reader.corrections_of(pa.concat_tables([originals, stored]).select(_NAME))
        self._fresh, self._stored = _Split.of(originals), _Split.of(stored)
        self._ready = self._fresh.effective(self._corrections)
        self._stored_after = self._stored.effective(self._corrections)
        self._stored_before = self._stored.effective(self._old(self._corrections))

    def change(self, horizon: int) -> Prepared:
        cases = self._cases()
        before, after = CaseRows.of(cases.before, self._axes), CaseRows.of(cases.after, self._axes)
        sums = Contributions.none()
        sums.add_cases(before, -1)
        sums.add_cases(after, 1)
        self._add_answers(cases, sums)
        for part, sign in ((self._ready, 1), (self._stored_after, 1), (self._stored_before, -1)):
            self._add_readings(part, sums, sign)
        gauges = change_gauges(self._fresh.readings, self._stored.readings, self._corrections, self._reader, self._axes)
        tables = cell_tables(sums, self._axes, horizon)
        change = Change(
            events=self._events,
            cases_before=cases.before,
            cases=cases.after,
            gauges_before=gauges.before,
            gauges=gauges.after,
            cells=tables.cells,
            cell_days=tables.cell_days,
            cell_bins=tables.cell_bins,
            cell_metrics=tables.cell_metrics,
            cell_metric_days=tables.cell_metric_days,
        )
        return Prepared(change, before, after)

    def _originals(self, fresh: pa.Table) -> pa.Table:
        """Earlier originals that the new corrections and retractions are about."""
        if not self._said.num_rows:
            return self._said
        found = self._reader.events_by_id(self._said.select(["source", "ref"]))
        return _without(_where(found, ~is_change(found)), fresh)

    def _old(self, corrections: pa.Table) -> pa.Table:
        """Corrections that were known before this batch."""
        return _without(corrections, self._said) if self._said.num_rows else corrections

    def _cases(self) -> _CaseChange:
        """Which cases are touched, which of them go on from their row, and what becomes of all."""
        named = _where(self._ready.answers, _is_mention(self._ready.answers))
        about = (self._fresh.own, named, self._stored.own, self._stored.answers)
        ids, places = _encoded([flat(part["case_id"]) for part in about])
        rows = self._reader.cases(ids).select(CASE_SCHEMA.names)
        row = pc.index_in(ids, value_set=flat(rows["case_id"])).fill_null(-1).to_numpy()
        is_opened = np.append(~equals(rows["status"], "unopened"), np.False_)[row]
        touched, again = _marks(len(ids), places[0], places[2], places[3]), _marks(len(ids), places[2], places[3])
        waiting = places[1][~is_opened[places[1]]]
        touched[waiting] = True
        again |= touched & (row >= 0) & ~is_opened
        again[self._behind(rows, row, ids)] = True
        found = np.flatnonzero(row >= 0)
        return self._folded(
            rows,
            _spread(touched[found], row[found], rows.num_rows),
            _spread(again[found], row[found], rows.num_rows),
            ids.filter(pa.array(again)),
            _where(named, ~is_opened[places[1]]),
        )

    def _behind(self, rows: pa.Table, row: Int32s, ids: pa.Array) -> Int64s:
        """Places of cases of which a new event does not come after the stored row's last one."""
        own = self._ready.own
        place = codes(own["case_id"], ids, "a case")
        last = np.append(instants(rows["last_event_at"]), NO_INSTANT)[row]
        return place[instants(own["occurred_at"]) <= last[place]].astype(np.int64)

    def _folded(
        self, rows: pa.Table, touched: Bools, again: Bools, refolded: pa.Array, waiting: pa.Table
    ) -> _CaseChange:
        """Fold the touched cases.

        Args:
            rows: stored ones.
            touched: which of them are touched.
            again: which of them are not gone on from.
            refolded: case_ids of cases to be folded from all their events.
            waiting: answers and payments about cases that are not opened.
        """
        onward, whole = _together(self._ready.own, waiting), []
        history, said = waiting.slice(0, 0), self._said.slice(0, 0)
        if len(refolded):
            events = self._reader.events_of_cases(refolded)
            said = self._reader.corrections_of(events)
            stored = _Split.of(events)
            history, after = stored.answers, stored.effective(said)
            onward = onward.filter(pc.invert(_among(onward, refolded)))
            whole = [after.own, _where(after.answers, _is_mention(after.answers))]
        folded = fold(_together(onward, *whole), _where(rows, touched & ~again), self._axes)
        before, untouched = _where(rows, touched), _where(rows, ~touched)
        return _CaseChange(before, folded, untouched, refolded, history, said)

    def _add_answers(self, cases: _CaseChange, sums: Contributions) -> None:
        """Answers and payments: new ones, changed ones, and all of cases that were folded again."""
        fresh, history, said = self._ready.answers, cases.history, cases.history_corrections
        if len(cases.refolded):
            fresh = fresh.filter(pc.invert(_among(fresh, cases.refolded)))
        earlier = _without(history, self._fresh.answers) if history.num_rows else history
        after = [fresh, _caseless(self._stored_after.answers), effective(history, said)]
        before = [_caseless(self._stored_before.answers), effective(earlier, self._old(said))]
        self._add_placed(pa.concat_tables(after), [cases.after, cases.untouched], sums, 1)
        self._add_placed(pa.concat_tables(before), [cases.before, cases.untouched], sums, -1)

    def _add_placed(self, events: pa.Table, cases: list[pa.Table], sums: Contributions, sign: int) -> None:
        """Count answers and payments at their own place, or else that of their case if it is opened."""
        if not events.num_rows:
            return
        known = pa.concat_tables([part.select(["case_id", "service", "area"]) for part in cases])
        row = pc.index_in(flat(events["case_id"]), value_set=flat(known["case_id"])).fill_null(-1).to_numpy()
        service = self._own_or_cases("service", self._axes.services, events, known, row)
        area = self._own_or_cases("area", self._axes.areas, events, known, row)
        sums.add_answers(events, service, area, sign)

    @staticmethod
    def _own_or_cases(name: str, known: pa.Array, events: pa.Table, cases: pa.Table, row: Int32s) -> Int32s:
        own = codes(events[name], known, f"the {name} of an event")
        of_cases = np.append(codes(cases[name], known, f"the {name} of a case"), np.int32(-1))
        return np.where(own >= 0, own, of_cases[row]).astype(np.int32)

    def _add_readings(self, part: _Split, sums: Contributions, sign: int) -> None:
        for events in (part.readings, part.expected):
            if events.num_rows:
                metric = codes(events["metric"], self._axes.metrics, "a metric")
                sums.add_readings(events, metric, area_of(events, self._axes), sign)


def _where(table: pa.Table, mark: Bools) -> pa.Table:
    """Rows that are marked; the table itself where all are, which is the usual case and costs nothing."""
    if mark.all():
        return table
    return table.filter(pa.array(mark)) if mark.any() else table.slice(0, 0)


def _together(*events: pa.Table) -> pa.Table:
    """Events of cases and answers in one table, with the columns that a fold looks at."""
    parts = [_with_columns(part) for part in events if part.num_rows]
    if not parts:
        return EVENT_SCHEMA.empty_table().select(_OWN_COLUMNS)
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts)


def _with_columns(events: pa.Table) -> pa.Table:
    """The same with nulls for columns of case events that answers do not have."""
    for name in _OWN_COLUMNS:
        if name not in events.column_names:
            field = EVENT_SCHEMA.field(name)
            events = events.append_column(field, pa.nulls(len(events), field.type))
    return events.select(_OWN_COLUMNS)


def _encoded(columns: list[pa.Array]) -> tuple[pa.Array, list[Int32s]]:
    """The distinct texts of some columns, and for each column the places in them; nulls are left out."""
    columns = [column.drop_null() for column in columns]
    encoded = pa.concat_arrays(columns).dictionary_encode()
    ends = np.cumsum([len(column) for column in columns])
    return encoded.dictionary, np.split(encoded.indices.to_numpy(), ends[:-1])


def _marks(count: int, *places: Int32s) -> Bools:
    marks = np.zeros(count, dtype=np.bool_)
    for place in places:
        marks[place] = True
    return marks


def _spread(mark: Bools, places: Int32s, count: int) -> Bools:
    """Marks put at some places of a longer array."""
    marks = np.zeros(count, dtype=np.bool_)
    marks[places] = mark
    return marks


def _among(table: pa.Table, case_ids: pa.Array) -> pa.Array:
    """Which rows are of one of some cases; a row without a case is not."""
    return pc.is_in(flat(table["case_id"]), value_set=case_ids, skip_nulls=True)


def _caseless(events: pa.Table) -> pa.Table:
    return _where(events, ~present(events["case_id"]))


def _without(events: pa.Table, others: pa.Table) -> pa.Table:
    """Events that are not among others."""
    return events.filter(pc.invert(pc.is_in(names(events), value_set=names(others))))


def _is_mention(answers: pa.Table) -> Bools:
    """Answers and payments that need the service or the area of their case."""
    placed = present(answers["service"]) & present(answers["area"])
    mention: Bools = present(answers["case_id"]) & ~placed
    return mention
