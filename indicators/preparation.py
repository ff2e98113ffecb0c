"""What a batch of new events changes: case rows, last readings and cells. Pure; nothing is kept between batches.

Everything is "contributions after minus contributions before". Touched are: cases with a new event; cases, answers,
payments and readings that a new correction or retraction is about; unopened cases of which an answer or payment without
a place of its own speaks (they wait for the case, and its row remembers that). A case goes on from its stored row when
all its new events come after it, and is folded again from all its events otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.axes import Axes
from indicators.case import fold, ranks
from indicators.case_rows import CaseRows
from indicators.cell import Contributions, cell_tables
from indicators.columns import Bools, Int32s, codes, flat, instants, present
from indicators.correction import effective, is_change, names
from indicators.gauge import area_of, change_gauges
from warehouse.batch import CASE_SCHEMA, CaseReader, Change
from warehouse.event import CASE_KINDS, EVENT_SCHEMA, KIND_RANK

_ANSWER_RANKS = (KIND_RANK["feedback.given"], KIND_RANK["amount.recorded"])
_METRIC_RANKS = (KIND_RANK["reading.taken"], KIND_RANK["expected.set"])


def prepare(events: pa.Table, reader: CaseReader, axes: Axes, horizon: int) -> Change:
    """Say what new events change.

    Args:
        events: new events only. Shape: EVENT_SCHEMA.
        reader: the warehouse inside the transaction, the new events included.
        axes: services, metrics, areas and the SLA clock.
        horizon: first day that cells keep by day, days since 1970.
    """
    return _Preparation(events.select(EVENT_SCHEMA.names), reader, axes).change(horizon)


@dataclass(frozen=True, slots=True)
class _CaseChange:
    """What becomes of the touched cases, and every case row that answers may need.

    Attributes:
        before: stored rows of touched cases.
        after: the rows that replace them.
        untouched: stored rows of cases that are only spoken of.
        refolded: case_ids that were folded again from all their events.
        history: all stored events of those, new ones included.
        history_corrections: everything said of `history`.
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
        self._said = events.filter(pa.array(changing)) if changing.any() else events.slice(0, 0)
        self._fresh = events.filter(pa.array(~changing)) if changing.any() else events
        self._stored = self._originals()
        self._corrections = reader.corrections_of(pa.concat_tables([self._fresh, self._stored]))
        self._effective = effective(self._fresh, self._corrections)

    def change(self, horizon: int) -> Change:
        cases = self._cases()
        sums = Contributions.none()
        sums.add_cases(CaseRows.of(cases.before, self._axes), -1)
        sums.add_cases(CaseRows.of(cases.after, self._axes), 1)
        self._add_answers(cases, sums)
        self._add_readings(sums)
        gauges = change_gauges(self._fresh, self._stored, self._corrections, self._reader, self._axes)
        tables = cell_tables(sums, self._axes, horizon)
        return Change(
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

    def _originals(self) -> pa.Table:
        """Earlier originals that the new corrections and retractions are about."""
        if not self._said.num_rows:
            return self._said
        found = self._reader.events_by_id(self._said.select(["source", "ref"]))
        return _without(found.filter(pa.array(~is_change(found))), self._fresh)

    def _old(self, corrections: pa.Table) -> pa.Table:
        """Corrections that were known before this batch."""
        return _without(corrections, self._said) if self._said.num_rows else corrections

    def _cases(self) -> _CaseChange:
        reader, fresh, ready = self._reader, self._fresh, self._effective
        own, named = _of_cases(fresh), ready.filter(pa.array(_is_mention(ready)))
        reconsidered = _ids(self._stored.filter(pa.array(_is_about_case(self._stored))))
        rows = reader.cases(_distinct([_ids(own), _ids(named), reconsidered])).select(CASE_SCHEMA.names)
        opened = rows.filter(pc.not_equal(flat(rows["status"]), "unopened"))
        waiting = named.filter(pc.invert(_among(named, _ids(opened))))
        touched = _distinct([_ids(own), _ids(waiting), reconsidered])
        is_touched = _among(rows, touched)
        before = rows.filter(is_touched)
        ready_own = _of_cases(ready)
        again = pa.concat_tables([ready_own, waiting])
        refolded = _distinct([self._unopened(before), self._behind(ready_own, opened), reconsidered])
        history = reader.events_of_cases(refolded) if len(refolded) else EVENT_SCHEMA.empty_table()
        said = reader.corrections_of(history) if len(refolded) else history
        starts = before.filter(pc.invert(_among(before, refolded)))
        onward = again.filter(pc.invert(_among(again, refolded)))
        whole = effective(history, said)
        whole = whole.filter(pa.array(_is_own(whole) | _is_mention(whole)))
        after = fold(pa.concat_tables([onward, whole]), starts, self._axes)
        return _CaseChange(before, after, rows.filter(pc.invert(is_touched)), refolded, history, said)

    @staticmethod
    def _unopened(rows: pa.Table) -> pa.Array:
        return _ids(rows.filter(pc.equal(flat(rows["status"]), "unopened")))

    @staticmethod
    def _behind(events: pa.Table, rows: pa.Table) -> pa.Array:
        """Cases of which a new event does not come after the stored row's last one."""
        place = pc.index_in(flat(events["case_id"]), value_set=_ids(rows)).fill_null(-1).to_numpy()
        last = np.append(instants(rows["last_event_at"]), np.iinfo(np.int64).min)[place]
        return flat(events["case_id"]).filter(pa.array(instants(events["occurred_at"]) <= last))

    def _add_answers(self, cases: _CaseChange, sums: Contributions) -> None:
        """Answers and payments: new ones, changed ones, and all of cases that were folded again."""
        fresh = self._effective.filter(pa.array(_is_answer(self._effective)))
        stored = self._stored.filter(pa.array(_is_answer(self._stored) & ~present(self._stored["case_id"])))
        history = cases.history.filter(pa.array(_is_answer(cases.history)))
        earlier = _without(history, self._fresh) if history.num_rows else history
        outside = fresh.filter(pc.invert(_among(fresh, cases.refolded))) if len(cases.refolded) else fresh
        after = [
            outside,
            effective(stored, self._corrections),
            effective(history, cases.history_corrections),
        ]
        before = [
            effective(stored, self._old(self._corrections)),
            effective(earlier, self._old(cases.history_corrections)),
        ]
        known_after = pa.concat_tables([cases.after, cases.untouched])
        known_before = pa.concat_tables([cases.before, cases.untouched])
        self._add_placed(pa.concat_tables(after), known_after, sums, 1)
        self._add_placed(pa.concat_tables(before), known_before, sums, -1)

    def _add_placed(self, events: pa.Table, cases: pa.Table, sums: Contributions, sign: int) -> None:
        """Count answers and payments at their own place, or else that of their case if it is opened."""
        if not events.num_rows:
            return
        row = pc.index_in(flat(events["case_id"]), value_set=_ids(cases)).fill_null(-1).to_numpy()
        service = self._own_or_cases("service", self._axes.services, events, cases, row)
        area = self._own_or_cases("area", self._axes.areas, events, cases, row)
        sums.add_answers(events, service, area, sign)

    @staticmethod
    def _own_or_cases(name: str, known: pa.Array, events: pa.Table, cases: pa.Table, row: Int32s) -> Int32s:
        own = codes(events[name], known, f"the {name} of an event")
        of_cases = np.append(codes(cases[name], known, f"the {name} of a case"), np.int32(-1))
        return np.where(own >= 0, own, of_cases[row]).astype(np.int32)

    def _add_readings(self, sums: Contributions) -> None:
        stored = self._stored
        for events, sign in (
            (self._effective, 1),
            (effective(stored, self._corrections), 1),
            (effective(stored, self._old(self._corrections)), -1),
        ):
            readings = events.filter(pa.array(np.isin(ranks(events["kind"]), _METRIC_RANKS)))
            if readings.num_rows:
                metric = codes(readings["metric"], self._axes.metrics, "a metric")
                sums.add_readings(readings, metric, area_of(readings, self._axes), sign)


def _ids(table: pa.Table) -> pa.Array:
    return flat(table["case_id"])


def _distinct(parts: list[pa.Array]) -> pa.Array:
    return pc.unique(pc.drop_null(pa.concat_arrays(parts)))


def _among(table: pa.Table, case_ids: pa.Array) -> pa.Array:
    """Which rows are of one of some cases; a row without a case is not."""
    return pc.is_in(_ids(table), value_set=case_ids, skip_nulls=True)


def _without(events: pa.Table, others: pa.Table) -> pa.Table:
    """Events that are not among others."""
    return events.filter(pc.invert(pc.is_in(names(events), value_set=names(others))))


def _is_own(events: pa.Table) -> Bools:
    """Events of CASE_KINDS."""
    own: Bools = (ranks(events["kind"]) < len(CASE_KINDS)) & present(events["case_id"])
    return own


def _of_cases(events: pa.Table) -> pa.Table:
    return events.filter(pa.array(_is_own(events)))


def _is_answer(events: pa.Table) -> Bools:
    """Answers and payments."""
    return np.isin(ranks(events["kind"]), _ANSWER_RANKS)


def _is_mention(events: pa.Table) -> Bools:
    """Answers and payments that need the service or the area of their case."""
    placed = present(events["service"]) & present(events["area"])
    mention: Bools = _is_answer(events) & present(events["case_id"]) & ~placed
    return mention


def _is_about_case(events: pa.Table) -> Bools:
    about: Bools = _is_own(events) | (_is_answer(events) & present(events["case_id"]))
    return about
