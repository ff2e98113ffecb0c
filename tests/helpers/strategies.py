"""Hypothesis strategies for events of the tiny state: few cases, coarse times, many ties, many corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from hypothesis import Phase
from hypothesis import strategies as st

from tests.helpers.tiny_state import ASSETS, METRICS, RULES, local_day
from warehouse.event import CASE_KINDS, EVENT_COLUMNS, EVENT_SCHEMA

Event = dict[str, Any]
SOURCES: Final = ("edesk", "ksmart")
CASES: Final = ("C1", "C2")
BODIES: Final = ("T-a-x-1", "T-a-x-2", "T-a-y-1", "T-b-z-1", "T-a", "T-b-z")
#: Explaining a failure takes minutes here and says less than the shrunk example.
PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
_BEGIN: Final = datetime(2025, 1, 27, tzinfo=UTC)
_RECEIVED: Final = datetime(2025, 4, 16, 6, 0, tzinfo=UTC)

#: Mostly the last weeks before the tests' clock (2025-04-16), some days months ago; some minutes around local midnight.
_days: Final = st.one_of(st.integers(40, 79), st.integers(0, 79), st.sampled_from([63, 64, 73, 78, 79]))
_minutes: Final = st.one_of(st.sampled_from([0, 300, 600, 1109, 1110]), st.integers(0, 1439))
_seconds: Final = st.sampled_from([0, 0, 0, 59, 59.5])
_any_instant: Final = st.builds(
    lambda day, minute, second: _BEGIN + timedelta(days=day, minutes=minute, seconds=second), _days, _minutes, _seconds
)
_few_instants: Final = st.sampled_from([_BEGIN + timedelta(days=day, hours=6) for day in (44, 63, 70, 73, 79)])
instants: Final = st.one_of(_few_instants, _few_instants, _any_instant)
_maybe_service: Final = st.sampled_from([None, None, *RULES])
_maybe_area: Final = st.sampled_from([None, None, *BODIES])


def event(event_id: str, source: str, kind: str, at: datetime, **fields: Any) -> Event:
    """One event as a dict of all columns."""
    plain = dict.fromkeys(EVENT_COLUMNS)
    given = {"event_id": event_id, "source": source, "kind": kind, "occurred_at": at, "day": local_day(at)}
    return plain | given | {"received_at": _RECEIVED, "digest": 0} | fields


def table(events: Sequence[Event]) -> pa.Table:
    """The same as an Arrow table. Shape: EVENT_SCHEMA."""
    rows = [{name: item[name] for name in EVENT_COLUMNS} for item in events]
    return pa.Table.from_pylist(rows, schema=EVENT_SCHEMA)


def _case_event(spec: tuple[Any, ...]) -> Event:
    kind, case_id, source, at, service, area, channel, due_at, outcome, office, post, step = spec
    fields = {"case_id": case_id, "office": office, "post": post, "step": step}
    if kind == "case.opened":
        fields |= {"service": service, "area": area, "channel": channel, "due_at": due_at}
    if kind == "case.decided":
        fields["outcome"] = outcome
    return event("", source, kind, at, **fields)


def _loose_event(spec: tuple[Any, ...]) -> Event:
    kind, source, at, case_id, service, area, rating, amount, metric, asset, value = spec
    if kind == "feedback.given":
        return event("", source, kind, at, case_id=case_id, service=service, area=area, rating=rating)
    if kind == "amount.recorded":
        return event("", source, kind, at, case_id=case_id, service=service, area=area, amount=amount)
    return event("", source, kind, at, area=area, metric=metric, asset=asset, value=value)


def _change(spec: tuple[Any, ...]) -> Event:
    kind, at, about, service, area, due_at, rating, amount, value, outcome, office = spec
    fields: dict[str, Any] = {"ref": about}
    if kind == "event.corrected":
        fields |= {"service": service, "area": area, "due_at": due_at, "rating": rating, "amount": amount}
        fields |= {"value": value, "outcome": outcome, "office": office}
    return event("", "", kind, at, **fields)


def _named(events: list[Event]) -> list[Event]:
    """Ids, and what corrections are about: an event at the place drawn, or one that never comes."""
    for number, item in enumerate(events):
        item["event_id"] = f"e{number}"
    originals = [item for item in events if item["ref"] is None]
    for item in events:
        if item["ref"] is not None:
            place = item["ref"]
            known = originals[place] if place < len(originals) else {"source": "ksmart", "event_id": "nowhere"}
            item |= {"source": known["source"], "ref": known["event_id"]}
    return events


def _sometimes(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, None, *values])


def _lists(items: st.SearchStrategy[Event]) -> st.SearchStrategy[list[Event]]:
    return st.one_of(st.lists(items, min_size=1, max_size=8), st.lists(items, min_size=10, max_size=24))


_sources: Final = st.sampled_from(SOURCES)
_bodies: Final = st.sampled_from(BODIES)
_maybe_instant: Final = st.one_of(st.none(), st.none(), instants)
_often: Final = ("case.opened", "case.opened", "case.paused", "case.resumed", "case.decided")
case_events: Final = st.tuples(
    st.sampled_from([*CASE_KINDS, *_often]), st.sampled_from(CASES), _sources, instants, st.sampled_from(list(RULES)),
    _bodies, _sometimes("online"), _maybe_instant, st.sampled_from(["approved", "rejected", None]),
    _sometimes("office1", "office2"), _sometimes("post1", "post2"), _sometimes("step1", "step2"),
).map(_case_event)  # fmt: skip
loose_events: Final = st.tuples(
    st.sampled_from(["feedback.given", "amount.recorded", "reading.taken", "expected.set"]), _sources, instants,
    st.sampled_from([None, *CASES]), _maybe_service, _maybe_area, st.integers(1, 5), st.integers(-500, 10**7),
    st.sampled_from(METRICS), st.sampled_from([None, *ASSETS]),
    st.one_of(st.integers(-3, 90).map(float), st.floats(-5, 5, allow_nan=False)),
).map(_loose_event)  # fmt: skip
changes: Final = st.tuples(
    st.sampled_from(["event.corrected", "event.corrected", "event.retracted"]), instants, st.integers(0, 12),
    _maybe_service, _maybe_area, _maybe_instant, _sometimes(1, 5), _sometimes(700), _sometimes(8.25),
    _sometimes("rejected"), _sometimes("office3"),
).map(_change)  # fmt: skip
#: Distinct events of cases, in no particular order.
case_event_sets: Final = _lists(case_events).map(_named)
#: Distinct events of every kind, corrections and retractions among them.
event_sets: Final = _lists(st.one_of(case_events, case_events, case_events, loose_events, changes)).map(_named)
