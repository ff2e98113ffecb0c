"""Cases from events: whole batches folded at once, from nothing or from the stored row of a case.

A case row is a pure function of the case's effective events (see indicators/correction.py) taken in the order
(occurred_at, kind, source, event_id); how often, when and in which batches they arrived makes no difference.

Rules (for readers in docs/clock.md):

- The first case.opened gives service, area, channel, opening and a stated due instant. A case without one is
  unopened: it knows who holds it and nothing else, and is counted nowhere.
- Office, post and step are the last ones named by opened, moved, paused, resumed, reopened or decided.
- Of decided, withdrawn and reopened only those count that change whether the case is open. Its decision is the last
  closing; a reopened case is open again, with its old due instant, and its earlier decision is no decision any more.
- paused … (resumed | closing) in order, repeats ignored, none while closed or before opening; see indicators/sla.py.
- feedback.given and amount.recorded only make a case known (unopened) whose service or area they need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from indicators.axes import Axes
from indicators.columns import (
    NO_DAY,
    NO_INSTANT,
    SECOND_US,
    Bools,
    Int8s,
    Int32s,
    Int64s,
    codes,
    days,
    flat,
    from_days,
    from_instants,
    instants,
    integers,
    ordered,
    present,
    taken,
    truths,
)
from indicators.sla import is_counted
from warehouse.batch import CASE_SCHEMA
from warehouse.event import CASE_KINDS, KIND_RANK, KINDS

#: Where a case can be, in the order of their codes.
STATUSES: Final = ("unopened", "open", "decided", "withdrawn")
UNOPENED, OPEN, DECIDED, WITHDRAWN = range(4)

_KINDS: Final = pa.array(KINDS)
_STATUSES: Final = pa.array(STATUSES)
_RANK_OPENED: Final = KIND_RANK["case.opened"]
_RANK_REOPENED: Final = KIND_RANK["case.reopened"]
_RANK_PAUSED: Final = KIND_RANK["case.paused"]
_RANK_RESUMED: Final = KIND_RANK["case.resumed"]
_RANK_DECIDED: Final = KIND_RANK["case.decided"]
_RANK_WITHDRAWN: Final = KIND_RANK["case.withdrawn"]
_RANK_DELIVERED: Final = KIND_RANK["case.delivered"]
_HOLDING: Final = np.array([kind not in {"case.withdrawn", "case.delivered"} for kind in CASE_KINDS])


def ranks(kinds: pa.ChunkedArray | pa.Array) -> Int8s:
    """KIND_RANK of every kind in a column."""
    found: Int8s = codes(kinds, _KINDS, "a kind").astype(np.int8)
    return found


def fold(events: pa.Table, starts: pa.Table, axes: Axes) -> pa.Table:
    """The case rows that events make.

    Args:
        events: effective events of CASE_KINDS, and feedback.given and amount.recorded that only make their case known;
            all of a case's, or for the cases in `starts` those after its last_event_at. Shape: EVENT_SCHEMA.
        starts: stored rows of opened cases to go on from, one per case. Shape: CASE_SCHEMA.
        axes: services, areas and the SLA clock.

    Returns:
        One row per case, those of `starts` first, then in order of first appearance. Shape: CASE_SCHEMA.
    """
    return _Fold(events, starts, axes).rows()


@dataclass(frozen=True, slots=True)
class _Pauses:
    """Pauses of opened cases in order, and since when cases still stand still."""

    case: Int32s
    begin: Int64s
    end: Int64s
    since: Int64s  # per case; NO_INSTANT = running


class _Fold:
    """One run of the fold; arrays are per event in case order, or per case where their name begins with `case_`."""

    def __init__(self, events: pa.Table, starts: pa.Table, axes: Axes) -> None:
        self._events, self._starts, self._axes = events, starts, axes
        both = pa.concat_arrays([flat(starts["case_id"]), flat(events["case_id"])]).dictionary_encode()
        self._ids = both.dictionary
        self._n, self._started = len(both.dictionary), starts.num_rows
        case = both.indices.to_numpy()[self._started :]
        at, rank = instants(events["occurred_at"]), ranks(events["kind"])
        self._row = _order(case, at, rank, events)
        self._case, self._at, self._rank = case[self._row], at[self._row], rank[self._row]
        self._day = days(events["day"])[self._row]
        self._is_case = self._rank < len(CASE_KINDS)
        self._start_status = codes(starts["status"], _STATUSES, "a status")
        self._closed_at_start = np.zeros(self._n, dtype=np.bool_)
        self._closed_at_start[: self._started] = self._start_status >= DECIDED

    def rows(self) -> pa.Table:
        opened = self._first(self._rank == _RANK_OPENED)
        opened[: self._started] = -1
        is_opened = opened >= 0
        is_opened[: self._started] = True
        closings, closed = self._toggles()
        kept = self._kept(closings, closed, self._closed_at_start)
        kept = kept[is_opened[self._case[kept]]]
        columns = self._texts(opened, is_opened)
        columns |= self._times(opened)
        columns |= self._ends(kept, is_opened)
        columns |= self._dues(opened, is_opened, self._pauses(closings, closed), columns)
        return pa.table([columns[name] for name in CASE_SCHEMA.names], schema=CASE_SCHEMA)

    def _first(self, where: Bools) -> Int64s:
        """Place of the first event of each case that satisfies a condition; -1 = none."""
        places = np.flatnonzero(where)[::-1]
        found = np.full(self._n, -1, dtype=np.int64)
        found[self._case[places]] = places
        return found

    def _last(self, places: Int64s) -> Int64s:
        """The last of some places for each case; -1 = none."""
        found = np.full(self._n, -1, dtype=np.int64)
        found[self._case[places]] = places
        return found

    def _firsts(self, places: Int64s) -> Bools:
        """Which of some places in order are the first of their case."""
        case = self._case[places]
        return np.concatenate([np.ones(min(1, len(case)), dtype=np.bool_), case[1:] != case[:-1]])

    def _start(self, values: Int64s | Int32s, missing: int) -> Int64s:
        """Per case: the value of its stored row."""
        found = np.full(self._n, missing, dtype=np.int64)
        found[: self._started] = values
        return found

    def _toggles(self) -> tuple[Int64s, Bools]:
        """Places of decided, withdrawn and reopened events, and which of them close."""
        places = np.flatnonzero(np.isin(self._rank, (_RANK_DECIDED, _RANK_WITHDRAWN, _RANK_REOPENED)))
        return places, self._rank[places] != _RANK_REOPENED

    def _kept(self, places: Int64s, state: Bools, at_start: Bools) -> Int64s:
        """Those of some places that change a two-valued state; at_start is the state of each case before them."""
        before = np.concatenate([np.zeros(min(1, len(state)), dtype=np.bool_), state[:-1]])
        first = self._firsts(places)
        before[first] = at_start[self._case[places[first]]]
        return places[state != before]

    def _texts(self, opened: Int64s, is_opened: Bools) -> dict[str, pa.Array]:
        """Text columns that do not depend on how the case ended."""
        source = np.where(is_opened, opened, self._first(np.ones(len(self._case), dtype=np.bool_)))
        columns = {"case_id": self._ids, "source": self._picked("source", source)}
        columns |= {name: self._picked(name, opened) for name in ("service", "area", "channel")}
        holding = _HOLDING[np.minimum(self._rank, len(_HOLDING) - 1)] & self._is_case
        for name in ("office", "post", "step"):
            named = holding & present(self._events[name])[self._row]
            columns[name] = self._picked(name, self._last(np.flatnonzero(named)))
        return columns

    def _picked(self, name: str, places: Int64s, keep_start: Bools | None = None) -> pa.Array:
        """Values of an event column at a place per case; at -1 the stored row's value, or null."""
        both = pa.concat_arrays([flat(self._events[name]), flat(self._starts[name])])
        index = np.full(self._n, -1, dtype=np.int64)
        index[: self._started] = self._events.num_rows + np.arange(self._started)
        if keep_start is not None:
            index[~keep_start] = -1
        found = places >= 0
        index[found] = self._row[places[found]]
        return taken(both, index)

    def _times(self, opened: Int64s) -> dict[str, pa.Array]:
        """When it was opened and when something last happened."""
        starts, found = self._starts, opened >= 0
        opened_at = self._start(instants(starts["opened_at"]), NO_INSTANT)
        opened_day = self._start(days(starts["opened_day"]), NO_DAY)
        opened_at[found], opened_day[found] = self._at[opened[found]], self._day[opened[found]]
        last = self._last(np.flatnonzero(self._is_case))
        mentioned = self._last(np.flatnonzero(~self._is_case))
        last_at = self._start(instants(starts["last_event_at"]), NO_INSTANT)
        only = (last < 0) & (last_at == NO_INSTANT)
        last[only] = mentioned[only]
        last_at[last >= 0] = self._at[last[last >= 0]]
        return {
            "opened_at": from_instants(opened_at),
            "opened_day": from_days(opened_day.astype(np.int32)),
            "last_event_at": from_instants(last_at),
        }

    def _ends(self, kept: Int64s, is_opened: Bools) -> dict[str, pa.Array]:
        """Status, decision, withdrawal, delivery and reopenings."""
        starts, last = self._starts, self._last(kept)
        stays, end = last < 0, self._rank[last] if len(self._rank) else np.zeros(self._n, dtype=np.int8)
        status = np.where(is_opened, OPEN, UNOPENED)
        status[: self._started] = self._start_status
        decided, withdrawn = ~stays & (end == _RANK_DECIDED), ~stays & (end == _RANK_WITHDRAWN)
        status[~stays] = OPEN
        status[decided], status[withdrawn] = DECIDED, WITHDRAWN
        again = kept[self._rank[kept] == _RANK_REOPENED]
        reopened = np.bincount(self._case[again], minlength=self._n)
        reopened[: self._started] += integers(starts["reopened"])
        delivered = np.flatnonzero(self._rank == _RANK_DELIVERED)
        delivered = delivered[is_opened[self._case[delivered]]]
        decided_at = self._start(instants(starts["decided_at"]), NO_INSTANT)
        decided_at[~stays] = NO_INSTANT
        decided_at[decided] = self._at[last[decided]]
        return {
            "status": _STATUSES.take(pa.array(status)),
            "decided_at": from_instants(decided_at),
            "decided_day": self._days("decided_day", stays, np.where(decided, last, -1)),
            "outcome": self._picked("outcome", np.where(decided, last, -1), keep_start=stays),
            "withdrawn_day": self._days("withdrawn_day", stays, np.where(withdrawn, last, -1)),
            "delivered_day": self._days("delivered_day", None, self._last(delivered)),
            "reopened": pa.array(reopened.astype(np.int32)),
            "reopened_day": self._days("reopened_day", None, self._last(again)),
        }

    def _days(self, name: str, keep_start: Bools | None, places: Int64s) -> pa.Array:
        """Local day at a place per case; at -1 that of the stored row, if it is kept."""
        found = self._start(days(self._starts[name]), NO_DAY)
        if keep_start is not None:
            found[~keep_start] = NO_DAY
        found[places >= 0] = self._day[places[places >= 0]]
        return from_days(found.astype(np.int32))

    def _pauses(self, closings: Int64s, closed: Bools) -> _Pauses:
        """Pauses that ended, and those that go on."""
        since = self._start(instants(self._starts["paused_at"]), NO_INSTANT)
        begins = self._while_open(np.flatnonzero(self._rank == _RANK_PAUSED), closings, closed)
        ends = np.concatenate([np.flatnonzero(self._rank == _RANK_RESUMED), closings[closed]])
        places = np.sort(np.concatenate([begins, ends]))
        kept = self._kept(places, self._rank[places] == _RANK_PAUSED, since != NO_INSTANT)
        begun = np.concatenate([np.zeros(min(1, len(kept)), dtype=np.int64), self._at[kept[:-1]]])
        first = self._firsts(kept)
        begun[first] = since[self._case[kept[first]]]
        over = self._rank[kept] != _RANK_PAUSED
        since[self._case[kept]] = np.where(over, NO_INSTANT, self._at[kept])
        return _Pauses(self._case[kept[over]], begun[over], self._at[kept[over]], since)

    def _while_open(self, places: Int64s, closings: Int64s, closed: Bools) -> Int64s:
        """Those of some places at which the case is open."""
        at_start = self._closed_at_start[self._case[places]]
        if not len(closings):
            return places[~at_start]
        before = np.searchsorted(closings, places) - 1
        same = (before >= 0) & (self._case[closings[before]] == self._case[places])
        return places[~np.where(same, closed[before], at_start)]

    def _dues(
        self, opened: Int64s, is_opened: Bools, pauses: _Pauses, columns: dict[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """Due instant with all pauses taken out, paused seconds and whether the clock stands still."""
        axes, starts = self._axes, self._starts
        service = codes(columns["service"], axes.services, "a service")
        opened_at, opened_day = instants(columns["opened_at"]), days(columns["opened_day"])
        due = self._start(instants(starts["due_at"]), NO_INSTANT)
        paused_s = self._start(integers(starts["paused_s"]), 0)
        stated = np.zeros(self._n, dtype=np.bool_)
        stated[: self._started] = truths(starts["due_stated"])
        fresh = np.flatnonzero(opened >= 0)
        due[fresh] = instants(self._events["due_at"])[self._row[opened[fresh]]]
        stated[fresh] = due[fresh] != NO_INSTANT
        unset = fresh[~stated[fresh]]
        area = codes(columns["area"].take(pa.array(unset)), axes.areas, "an area")
        classes = np.where(area >= 0, axes.area_class[area], 0)
        due[unset] = axes.clock.due_at(service[unset], classes, opened_at[unset], opened_day[unset])
        opened_pause = np.flatnonzero(is_opened[pauses.case])
        case = pauses.case[opened_pause]
        begin = np.maximum(pauses.begin[opened_pause], opened_at[case])
        end = np.maximum(pauses.end[opened_pause], opened_at[case])
        units = axes.clock.unit_of(service, opened_day) if len(case) else np.zeros(self._n, dtype=np.int8)
        for turn in _turns(case):
            now = turn[is_counted(due[case[turn]], begin[turn])]
            paused_s[case[now]] += (end[now] - begin[now]) // SECOND_US
            move = now[(due[case[now]] != NO_INSTANT) & ~stated[case[now]]]
            moved = case[move]
            due[moved] = axes.clock.moved(due[moved], units[moved], begin[move], end[move])
        standing = (pauses.since != NO_INSTANT) & is_opened
        since = np.where(standing, np.maximum(pauses.since, opened_at), NO_INSTANT)
        return {
            "due_at": from_instants(due),
            "due_stated": pa.array(stated),
            "paused_at": from_instants(since),
            "paused_s": pa.array(paused_s),
        }


def _turns(case: Int32s) -> list[Int64s]:
    """Places of the first, second, third … element of each case; elements of a case stand together, in order."""
    if not len(case):
        return []
    place = np.arange(len(case))
    begins = np.concatenate([[True], case[1:] != case[:-1]])
    turn = place - np.maximum.accumulate(np.where(begins, place, 0))
    ordered = np.argsort(turn, kind="stable")
    return np.split(ordered, np.cumsum(np.bincount(turn))[:-1])


def _order(case: Int32s, at: Int64s, rank: Int8s, events: pa.Table) -> Int64s:
    """Rows in the order (case, occurred_at, kind, source, event_id)."""
    return ordered((case, at, rank), events.select(["source", "event_id"]))
