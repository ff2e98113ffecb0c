"""Verification finds what was tampered with, wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from indicators.board import Board
from indicators.verify import Report, verify
from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import CLOCK_AT, at, reference

APRIL = [None, *(date(2025, 4, day) for day in range(1, 31))]


def events() -> list[dict[str, object]]:
    """Cases in every state, an answer, a payment, readings, long ago and today."""
    made = []
    for number in range(1, 7):
        fields = {"case_id": f"C{number}", "service": "certificate", "area": "T-a-x-1"}
        opened_on = date(2024, 12, 3) if number == 6 else APRIL[number]
        made.append(event(f"o{number}", "ksmart", "case.opened", at(opened_on), **fields))
    made += [
        event("d1", "ksmart", "case.decided", at(APRIL[4]), case_id="C1", outcome="approved"),
        event("d2", "ksmart", "case.decided", at(APRIL[12]), case_id="C2", outcome="rejected"),
        event("w3", "ksmart", "case.withdrawn", at(APRIL[5]), case_id="C3"),
        event("p4", "ksmart", "case.paused", at(APRIL[5]), case_id="C4"),
        event("d6", "ksmart", "case.decided", at(date(2024, 12, 20)), case_id="C6", outcome="approved"),
        event("f1", "ras", "feedback.given", at(APRIL[5]), case_id="C1", rating=5),
        event("a1", "treasury", "amount.recorded", at(APRIL[5]), case_id="C1", amount=700),
        event("r1", "scada", "reading.taken", at(APRIL[16], 8), metric="power", asset="H1", area="T-a-x-1", value=4.5),
        event("x1", "scada", "expected.set", at(APRIL[16], 8), metric="power", asset="H1", area="T-a-x-1", value=5.0),
    ]
    return made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Store, Board]]:
    with open_store(tmp_path) as store:
        board = Board(reference(), store.clock)
        store.writer.commit(batch(table(events())), board)
        yield store, board


def differing(report: Report) -> set[str]:
    assert report.different == sum(check.different for check in report.checks)
    assert report.compared == sum(check.compared for check in report.checks)
    return {check.name for check in report.checks if check.different}


def test_nothing_differs_in_a_sound_house(house: tuple[Store, Board]) -> None:
    store, board = house
    for now in (CLOCK_AT, CLOCK_AT + timedelta(days=3), CLOCK_AT - timedelta(days=9)):
        report = verify(store.reader, board, now)
        assert report.different == 0, report
        assert all(check.compared for check in report.checks), report


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("""update "case" set due_at = due_at + interval 1 second where case_id = 'C5'""", {"cases"}),
        ("""update "case" set office = 'o' where case_id = 'C5'""", {"cases"}),
        ("""delete from "case" where case_id = 'C5'""", {"cases", "cells", "cell_days", "board", "board stocks"}),
        ("update cell set late = late + 1 where late = 1", {"cells"}),
        ("update cell set decide_s = decide_s + 1, paid_paise = paid_paise - 1 where span_kind = 'm'", {"cells"}),
        ("""insert into cell_day select * replace (date '2025-04-09' as "day") from cell_day limit 1""", {"cell_days"}),
        ("delete from cell_bin where span_kind = 'm'", {"bins"}),
        ("update cell_metric set expected_sum = 1", {"metrics"}),
        ("update cell_metric_day set readings = 2", {"metric_days"}),
        ('update gauge set "value" = 4', {"gauges", "board levels"}),
        ("delete from gauge", {"gauges", "board levels"}),
        ("delete from event where event_id = 'f1'", {"cells", "cell_days", "board"}),
        ("delete from event where event_id = 'd1'", {"cases"}),
    ],
)
def test_what_was_tampered_with_is_found(house: tuple[Store, Board], statement: str, found: set[str]) -> None:
    store, board = house
    store.writer.run(lambda connection: connection.execute(statement).fetchall())
    report = verify(store.reader, board, CLOCK_AT)
    assert differing(report) == found
    assert all(check.samples for check in report.checks if check.different)


def test_a_board_that_missed_a_batch_is_found(house: tuple[Store, Board]) -> None:
    store, board = house
    other = Board(reference(), store.clock)
    late = [event("o9", "ksmart", "case.opened", at(APRIL[9]), case_id="C9", service="file", area="T-b-z-1")]
    store.writer.commit(batch(table(late)), other)
    assert differing(verify(store.reader, board, CLOCK_AT)) == {"board", "board stocks"}
