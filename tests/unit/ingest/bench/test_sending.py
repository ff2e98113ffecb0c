"""The events and the sender of the benchmark."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.bench.cases import make_cases
from ingest.bench.door import in_bodies
from ingest.bench.sender import send_requests
from tests.helpers.door import event, open_door
from tests.helpers.house import ROOT
from warehouse.errors import InternalError
from warehouse.reference import load_reference

REFERENCE = load_reference(ROOT / "warehouse" / "states" / "kerala")
NOW = datetime(2026, 10, 2, 6, 30, tzinfo=UTC)


def test_events_are_sent_in_the_order_in_which_they_happened() -> None:
    cases = make_cases(900, REFERENCE, NOW, history_s=3600)
    events = [json.loads(one) for one in cases.cloudevents("made_up")]
    assert len(events) == cases.events
    assert len({one["id"] for one in events}) == len(events)
    times = [one["time"] for one in events]
    assert times == sorted(times)
    assert times[0] >= "2026-10-02T05:30:00Z"
    assert times[-1] <= "2026-10-02T06:30:00Z"


def test_every_event_is_of_a_place_that_has_an_office_for_it() -> None:
    for one in map(json.loads, make_cases(900, REFERENCE, NOW).cloudevents("made_up")):
        service, area = one["data"]["service"], one["data"]["area"]
        assert REFERENCE.area(area).level == REFERENCE.services[service].level
        assert REFERENCE.office_for(service, area) is not None


def test_requests_are_sent_when_they_are_due_and_answered_after_the_commit(tmp_path: Path) -> None:
    lines = [json.dumps(event(number)).encode() for number in range(10)]
    with open_door(tmp_path) as door:
        found = send_requests(door.server.port, door.tokens["native"], in_bodies(lines, 3), 2, every_s=0.05)
        assert door.store.count("event") == 10
    assert [round(one.due_s - found[0].due_s, 6) for one in found] == [0, 0.05, 0.1, 0.15]
    for one in found:
        assert one.due_s <= one.sent_s < one.answered_s


def test_a_request_that_is_not_taken_ends_the_benchmark(tmp_path: Path) -> None:
    with open_door(tmp_path) as door, pytest.raises(InternalError, match="the door answered 401"):
        send_requests(door.server.port, "cmd_unknown", [b"{}"], 1)
