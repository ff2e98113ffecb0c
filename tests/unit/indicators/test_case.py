"""What becomes of cases, event by event, written down by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from indicators.case import fold
from tests.helpers.strategies import Event, event, table
from tests.helpers.tiny_state import at, axes
from warehouse.batch import CASE_SCHEMA

AXES = axes()
APRIL = [None, *(date(2025, 4, day) for day in range(1, 31))]


def opened(when: datetime, service: str = "certificate", **fields: Any) -> Event:
    fields = {"case_id": "C1", "service": service, "area": "T-a-x-1", "channel": "online"} | fields
    return event("open", "ksmart", "case.opened", when, **fields)


def then(kind: str, when: datetime, event_id: str = "", **fields: Any) -> Event:
    return event(event_id or f"{kind}/{when}", "ksmart", f"case.{kind}", when, case_id="C1", **fields)


def row(*events: Event) -> dict[str, Any]:
    rows = fold(table(events), CASE_SCHEMA.empty_table(), AXES).to_pylist()
    assert len(rows) == 1
    return rows[0]


def test_a_case_that_is_opened() -> None:
    case = row(opened(at(APRIL[1], 10), office="o1", post="clerk", step="scrutiny"))
    assert case["status"] == "open"
    assert (case["opened_at"], case["opened_day"]) == (at(APRIL[1], 10), APRIL[1])
    assert (case["due_at"], case["due_stated"]) == (at(APRIL[8], 23, 59, 59), False)
    assert (case["office"], case["post"], case["step"], case["channel"]) == ("o1", "clerk", "scrutiny", "online")


def test_the_last_named_holder_holds_it() -> None:
    case = row(
        opened(at(APRIL[1]), office="o1", post="clerk"),
        then("moved", at(APRIL[2]), office="o2"),
        then("moved", at(APRIL[3]), post="tahsildar"),
        then("delivered", at(APRIL[4]), office="o3", post="peon"),
    )
    assert (case["office"], case["post"]) == ("o2", "tahsildar")


def test_decided_twice_counts_the_first_time() -> None:
    case = row(
        opened(at(APRIL[1])),
        then("decided", at(APRIL[2]), outcome="approved"),
        then("decided", at(APRIL[5]), outcome="rejected"),
    )
    assert (case["status"], case["decided_day"], case["outcome"]) == ("decided", APRIL[2], "approved")


def test_reopened_takes_the_decision_back_and_keeps_the_due_instant() -> None:
    case = row(
        opened(at(APRIL[1])),
        then("decided", at(APRIL[2]), outcome="approved"),
        then("reopened", at(APRIL[20])),
        then("reopened", at(APRIL[21])),
    )
    assert (case["status"], case["decided_at"], case["decided_day"], case["outcome"]) == ("open", None, None, None)
    assert (case["reopened"], case["reopened_day"]) == (1, APRIL[20])
    assert case["due_at"] == at(APRIL[8], 23, 59, 59)


def test_decided_again_after_reopening() -> None:
    case = row(
        opened(at(APRIL[1])),
        then("decided", at(APRIL[2]), outcome="approved"),
        then("reopened", at(APRIL[4])),
        then("withdrawn", at(APRIL[6])),
        then("decided", at(APRIL[7]), outcome="rejected"),
    )
    assert (case["status"], case["withdrawn_day"], case["decided_day"]) == ("withdrawn", APRIL[6], None)


def test_without_opening_nothing_but_the_holder_is_known() -> None:
    case = row(then("moved", at(APRIL[2]), office="o2"), then("decided", at(APRIL[3]), outcome="approved"))
    assert (case["status"], case["office"], case["decided_at"], case["service"]) == ("unopened", "o2", None, None)


def test_decided_before_it_was_opened_takes_no_time() -> None:
    case = row(then("decided", at(APRIL[1]), outcome="approved"), opened(at(APRIL[2])))
    assert (case["status"], case["decided_day"], case["opened_day"]) == ("decided", APRIL[1], APRIL[2])


def test_pauses_move_the_due_instant_and_take_time_out() -> None:
    case = row(
        opened(at(APRIL[1])),
        then("paused", at(APRIL[3], 9)),
        then("paused", at(APRIL[4], 9)),
        then("resumed", at(APRIL[5], 9)),
        then("resumed", at(APRIL[6], 9)),
        then("paused", at(APRIL[10], 9)),
    )
    assert case["due_at"] == at(APRIL[10], 23, 59, 59)
    assert case["paused_s"] == 2 * 86_400
    assert case["paused_at"] == at(APRIL[10], 9)


def test_a_pause_after_the_due_instant_does_not_count() -> None:
    case = row(opened(at(APRIL[1])), then("paused", at(APRIL[9])), then("resumed", at(APRIL[12])))
    assert (case["due_at"], case["paused_s"]) == (at(APRIL[8], 23, 59, 59), 0)


def test_a_closing_ends_the_pause() -> None:
    case = row(opened(at(APRIL[1])), then("paused", at(APRIL[8], 12)), then("decided", at(APRIL[20], 12)))
    assert (case["due_at"], case["paused_at"]) == (at(APRIL[20], 23, 59, 59), None)
    assert case["decided_at"] <= case["due_at"]


def test_a_closed_case_is_not_paused() -> None:
    case = row(
        opened(at(APRIL[1])),
        then("decided", at(APRIL[2])),
        then("paused", at(APRIL[3])),
        then("reopened", at(APRIL[4])),
    )
    assert (case["paused_at"], case["paused_s"]) == (None, 0)


def test_a_stated_due_instant_is_never_moved() -> None:
    stated = at(APRIL[3], 17)
    case = row(
        opened(at(APRIL[1]), due_at=stated), then("paused", at(APRIL[2])), then("resumed", at(APRIL[9])),
    )  # fmt: skip
    assert (case["due_at"], case["due_stated"]) == (stated, True)
    assert case["paused_s"] == 7 * 86_400


def test_events_of_one_instant_go_by_kind_then_source_then_id() -> None:
    noon = at(APRIL[2], 12)
    case = row(then("decided", noon, outcome="approved"), then("reopened", noon), opened(noon))
    assert (case["status"], case["reopened"]) == ("decided", 0)
    case = row(opened(noon), then("moved", noon, "b", post="second"), then("moved", noon, "a", post="first"))
    assert case["post"] == "second"


def test_an_answer_makes_its_case_known_but_not_opened() -> None:
    answer = event("f", "ras", "feedback.given", at(APRIL[2]), case_id="C1", rating=5)
    case = row(answer)
    assert (case["status"], case["source"], case["last_event_at"]) == ("unopened", "ras", at(APRIL[2]))
    case = row(answer, opened(at(APRIL[1])))
    assert (case["status"], case["source"], case["last_event_at"]) == ("open", "ksmart", at(APRIL[1]))
