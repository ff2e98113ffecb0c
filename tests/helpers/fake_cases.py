"""Cases of the fake engine one by one: what is told of a number of its lists, and cases that a test puts in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from warehouse.batch import CASE_SCHEMA
from warehouse.event import EVENT_SCHEMA


@dataclass
class FakeCases:
    """Cases that were put in, by number.

    Attributes:
        rows: as in the table "case".
        events: as in the table event, corrections included, in their order.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def put(self, row: Mapping[str, Any], *events: Mapping[str, Any]) -> None:
        """Let a case exist; what is not given is null, or what every open case has."""
        filled = dict.fromkeys(CASE_SCHEMA.names) | {
            "source": "ksmart", "status": "open", "due_stated": False, "paused_s": 0, "reopened": 0,
            "last_event_at": datetime(2026, 1, 1, tzinfo=UTC),
        } | dict(row)  # fmt: skip
        self.rows[filled["case_id"]] = filled
        self.events[filled["case_id"]] = [
            dict.fromkeys(EVENT_SCHEMA.names)
            | {"event_id": f"e{number}", "source": filled["source"], "case_id": filled["case_id"], "digest": 0}
            | {"received_at": one["occurred_at"], "day": one["occurred_at"].date()}
            | dict(one)
            for number, one in enumerate(events)
        ]

    def row_table(self, case_id: str) -> pa.Table:
        """Shape: CASE_SCHEMA, one row or none."""
        return pa.Table.from_pylist([self.rows[case_id]] if case_id in self.rows else [], schema=CASE_SCHEMA)

    def event_table(self, case_id: str) -> pa.Table:
        """Shape: EVENT_SCHEMA."""
        return pa.Table.from_pylist(self.events.get(case_id, []), schema=EVENT_SCHEMA)


def overdue_case(
    case_id: str, service: str, area: str, office: str, posts: tuple[str, ...], due_at: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An open case past its limit that went through two posts and stood still for two days in between.

    Returns:
        What `FakeCases.put` takes.
    """
    opened_at = due_at - timedelta(days=17)
    first, second = posts[0], posts[min(1, len(posts) - 1)]
    at_second = opened_at + timedelta(days=9)
    seat = {"office": office, "post": first}
    row = {
        "case_id": case_id, "service": service, "area": area, "office": office, "post": second, "step": "scrutiny",
        "channel": "online", "opened_at": opened_at, "opened_day": opened_at.date(), "due_at": due_at,
        "paused_s": 2 * 86_400, "last_event_at": at_second,
    }  # fmt: skip
    events: list[dict[str, Any]] = [
        {"kind": "case.opened", "occurred_at": opened_at, "service": service, "area": area, **seat},
        {"kind": "case.paused", "occurred_at": opened_at + timedelta(days=3)},
        {"kind": "case.resumed", "occurred_at": opened_at + timedelta(days=5)},
        {"kind": "case.moved", "occurred_at": at_second, "office": office, "post": second, "step": "scrutiny"},
    ]
    return row, events
