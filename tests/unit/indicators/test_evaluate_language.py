"""The whole language on a board that can be counted by hand: other times, areas by themselves, missing readings."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from indicators.definition import Catalogue, Definition, TimeOperator
from indicators.evaluate import Evaluator
from indicators.expression import Missing
from indicators.load import read_catalogue
from indicators.lookup import show, value
from indicators.period import periods_of
from tests.helpers.fake_board import FakeBoard
from tests.helpers.repeated import sql_of
from tests.helpers.small_catalogue import DEPARTMENT, FAMILIES, Make, maker, small_reference, write_catalogue
from warehouse.errors import DataError
from warehouse.value import PERIODS, State

REFERENCE = small_reference()
BODIES = ("T-a-x-1", "T-a-x-2", "T-a-y-1", "T-b-z-1")


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    return maker(tmp_path_factory.mktemp("language"), "load_per_officer")


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard(REFERENCE)


def cell(item: Definition, board: FakeBoard, area: str = "T", period: str = "mtd") -> tuple[float | None, State]:
    answer = value(item, board, REFERENCE, area=area, period=period)  # type: ignore[arg-type]
    return answer.value, answer.state


def test_the_period_before_is_there_for_the_week_and_the_month_only(make: Make, board: FakeBoard) -> None:
    item = make("received - received.shift(-1)")
    for period, amount in (("7d", 5), ("p7d", 2), ("mtd", 9), ("pmtd", 10), ("today", 1), ("fy", 30)):
        board.put(period, "received", "certificate", "T-a-x-1", amount)
    assert periods_of(item) == ("7d", "mtd")
    assert cell(item, board, period="7d") == (3, State.OK)
    assert cell(item, board, "T-a") == (-1, State.OK)
    assert cell(item, board, period="fy") == (None, State.NOT_APPLICABLE)
    evaluated = {
        PERIODS[period]: part.values.state[0, place, 0]
        for part in Evaluator(Catalogue.of((item,)), REFERENCE).evaluate(board)
        for place, period in enumerate(part.periods)
    }
    gone = dict.fromkeys(("today", "fy", "p7d", "pmtd", "lm"), State.NOT_APPLICABLE)
    assert evaluated == {"7d": State.OK, "mtd": State.OK} | gone


def test_year_to_date_is_that_of_the_financial_year_in_every_period_that_ends_now(make: Make, board: FakeBoard) -> None:
    item = make("received", "received.year_to_date()", factor=100.0)
    board.put("fy", "received", "certificate", "T-a-x-1", 40)
    board.put("mtd", "received", "certificate", "T-a-x-1", 10)
    assert periods_of(item) == ("today", "7d", "mtd", "fy")
    assert cell(item, board) == (25, State.OK)
    assert cell(item, board, period="fy") == (100 * 40 / 40, State.OK)
    assert cell(item, board, period="today") == (0, State.OK)


def test_numbers_of_the_calendar(make: Make, board: FakeBoard) -> None:
    board.today = date(2025, 5, 16)
    board.put_always("received", "certificate", "T-a-x-1", 32)
    assert cell(make("received", "period_days"), board) == (2, State.OK)
    assert cell(make("received", "period_in_year"), board) == (16, State.OK)
    assert cell(make("received", "periods_per_year"), board) == (32 / 12, State.OK)
    assert cell(make("received", "period_in_year"), board, period="today") == (32 / 46, State.OK)
    assert cell(make("received", "period_in_year"), board, period="7d") == (None, State.NOT_APPLICABLE)
    assert cell(make("received * 365", "population * period_days", factor=100.0), board)[0] == pytest.approx(
        100 * 32 * 365 / (1000 * 16)
    )


def test_areas_by_themselves_are_worked_out_before_they_are_put_together(make: Make, board: FakeBoard) -> None:
    for area, received, decided in (("T-a-x-1", 10, 5), ("T-a-x-2", 4, 4), ("T-a-y-1", 8, 0), ("T-a-x", 2, 1)):
        board.put_always("received", "certificate", area, received)
        board.put_always("decided", "certificate", area, decided)
    shares = make("per_area(decided / received).aggregate(average)")
    assert cell(shares, board)[0] == pytest.approx((0.5 + 1 + 0 + 0.5) / 4)
    assert cell(shares, board, "T-a-x")[0] == pytest.approx((0.5 + 1 + 0.5) / 3)
    assert cell(shares, board, "T-a-x-1") == (0.5, State.OK)
    slow = make("per_area(if(decided / received < 0.6, 1, 0))", "per_area(received).aggregate(count)", factor=100.0)
    assert cell(slow, board) == (75, State.OK)
    assert cell(slow, board, "T-b-z-1") == (None, State.NO_DATA)
    best = make("per_area(decided / received).aggregate(maximum)")
    assert cell(best, board, "T-a-y") == (0, State.OK)
    assert cell(make("per_area(received).aggregate(count)", "areas(body)"), board)[0] == pytest.approx(4 / len(BODIES))


def test_stocks_by_themselves(make: Make, board: FakeBoard) -> None:
    for area, overdue in (("T-a-x-1", 6), ("T-a-x-2", 1)):
        board.put("", "open", "certificate", area, 10)
        board.put("", "overdue", "certificate", area, overdue)
    item = make("per_area(if(overdue / open > 0.5, 1, 0))", time=TimeOperator.STOCK)
    assert cell(item, board, period="today") == (1, State.OK)


@pytest.mark.parametrize(
    ("text", "missing", "expected"),
    [
        ("sum(power) + sum(beds)", Missing.SKIP, 3),
        ("sum(power) + sum(beds)", Missing.NULL, None),
        ("sum(power) + sum(beds)", Missing.ZERO, 3),
        ("sum(beds)", Missing.SKIP, None),
        ("sum(beds)", Missing.ZERO, 0),
        ("sum(beds) + 1", Missing.NULL, None),
        ("received + sum(beds)", Missing.SKIP, 7),
        ("received + sum(beds)", Missing.NULL, None),
        ("first_value(sum(beds), sum(power))", Missing.SKIP, 3),
        ("is_missing(sum(beds)) - is_missing(sum(power))", Missing.SKIP, 1),
        ("average(power)", Missing.SKIP, 1.5),
        ("reported(power).aggregate(average, maximum)", Missing.SKIP, 2),
    ],
)
def test_missing_readings(make: Make, board: FakeBoard, text: str, missing: Missing, expected: float | None) -> None:
    board.put_always("received", "certificate", "T-a-x-1", 7)
    for area, amount in (("T-a-x-1", 2000), ("T-a-x-2", 1000)):
        board.put_always("readings", "power", area, 1)
        board.put_always("sum", "power", area, amount)
    found, state = cell(make(text, missing=missing), board)
    assert found == expected
    assert state is (State.NO_DATA if expected is None else State.OK)


def test_a_value_that_cannot_be_worked_out_in_one_area_leaves_the_others(make: Make, board: FakeBoard) -> None:
    board.put_always("received", "certificate", "T-a-x-1", 8)
    item = make("log(received) / log(2)")
    found = [cell(item, board, area) for area in ("T-a-x-1", "T-b-z-1")]
    assert found[0][0] == pytest.approx(3)
    assert found[1] == (None, State.NO_DATA)


def test_touching_a_service_of_a_nested_indicator_evaluates_the_outer_one(tmp_path: Path, board: FakeBoard) -> None:
    text = indicator("outer", "#load_per_officer * 2")
    folder = write_catalogue(tmp_path / "c", department=DEPARTMENT + text)
    catalogue, issues = read_catalogue(folder, REFERENCE)
    assert [issue for issue in issues if issue.rule == "expression"] == []
    assert show(catalogue, "outer").formula == "#load_per_officer * 2"
    evaluator = Evaluator(catalogue, REFERENCE)
    for measure, amount in (("received", 8), ("decided", 4), ("approved", 2)):
        board.put_always(measure, "certificate", "T-a-x-1", amount)
    touched = np.array([REFERENCE.subject_index["certificate"] * len(REFERENCE.areas)])
    rows = {catalogue.definitions[row].code for part in evaluator.evaluate(board, touched) for row in part.rows.flat}
    assert "outer" in rows
    assert cell(catalogue["outer"], board) == (2 * (8 / 4) / (2 / 8), State.OK)


def test_sql_of_a_period_that_an_indicator_does_not_have_is_refused(make: Make) -> None:
    item, now = make("received.shift(-1)"), np.datetime64("2025-04-16T00:00").item()
    text = sql_of(item, REFERENCE, "mtd", now=now, today=date(2025, 4, 16))
    assert "between date '2025-03-01' and date '2025-03-16'" in text
    with pytest.raises(DataError, match=r"no values in the period 'fy': it needs received\(certificate\)\.shift\(-1\)"):
        sql_of(item, REFERENCE, "fy", now=now, today=date(2025, 4, 16))


def indicator(code: str, numerator: str, more: str = "") -> str:
    """One indicator written out, of certificates."""
    return f"""
[[indicator]]
code = "{code}"
name_en = "Indicator {code}"
name_ml = "സൂചകം {code}"
subjects = ["certificate"]
numerator = "{numerator}"
unit_en = "cases"
unit_ml = "എണ്ണം"
direction = "neutral"
time = "flow"
words_numerator_en = "cases"
words_numerator_ml = "എണ്ണം"
{more}
"""


@pytest.mark.parametrize(
    ("indicators", "rule", "says"),
    [
        (indicator("one", "#two") + indicator("two", "1 + #one"), "expression",
         "one: `#one` refers to itself: one (c/gad.toml:94) → two (c/gad.toml:108) → one (c/gad.toml:94)"),
        (indicator("one", "#power_use"), "expression", "there is no indicator `#power_use`; nearest: power_used"),
        (indicator("one", "#all_median_days"), "expression", "is a quantile"),
        (indicator("one", "received.shift(-2)"), "held_by_board", "does not hold received(certificate).shift(-2)"),
        (indicator("one", "received.last_year()"), "held_by_board", "does not hold received(certificate).last_year()"),
        (indicator("one", "maximum(power)"), "held_by_board", "does not hold maximum(power)"),
        (indicator("one", "received + sum(power).since('2026-04-01')"), "held_by_board", ".since('2026-04-01')"),
        (indicator("one", "received", 'missing = "ignore"'), "structure", "one of skip, null, zero"),
        (indicator("one", "received.shift(-1)", 'headline_period = "fy"'), "headline", "must be one of 7d, mtd"),
        (indicator("one", "open.year_to_date()").replace('"flow"', '"stock"'), "held_by_board", "does not hold open"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_file_and_line(tmp_path: Path, indicators: str, rule: str, says: str) -> None:
    folder = write_catalogue(tmp_path / "c", department=DEPARTMENT + indicators)
    found = [issue for issue in read_catalogue(folder, REFERENCE)[1] if issue.rule == rule]
    assert found
    assert any(says in issue.message for issue in found), found
    assert found[0].file == "c/gad.toml"
    assert found[0].line >= len(DEPARTMENT.splitlines())


def test_constants_of_the_catalogue(tmp_path: Path, board: FakeBoard) -> None:
    constant = '[constant.working_days]\nvalue = 25\nreason = "Orders on working hours"\n'
    folder = write_catalogue(
        tmp_path / "c",
        families=constant + FAMILIES,
        department=DEPARTMENT + indicator("one", "received / working_days"),
    )
    catalogue, issues = read_catalogue(folder, REFERENCE)
    assert [issue for issue in issues if issue.rule in {"family", "expression"}] == []
    board.put_always("received", "certificate", "T-a-x-1", 50)
    assert cell(catalogue["one"], board) == (2, State.OK)


@pytest.mark.parametrize(
    ("constant", "says"),
    [
        ('[constant.open]\nvalue = 1\nreason = "x"\n', "that the language does not use itself"),
        ('[constant.Days]\nvalue = 1\nreason = "x"\n', "must be a word of a-z"),
        ('[constant.days]\nvalue = "1"\nreason = "x"\n', "value must be a number, not '1'"),
        ("[constant.days]\nvalue = 1\n", "needs `value` and `reason`"),
        ('[constant.days]\nvalue = 1\nreason = "x"\nunit = "d"\n', "and nothing else"),
    ],
)
def test_a_constant_that_is_none_is_said(tmp_path: Path, constant: str, says: str) -> None:
    _, issues = read_catalogue(write_catalogue(tmp_path / "c", families=constant + FAMILIES), REFERENCE)
    [found] = [issue for issue in issues if issue.rule == "family"]
    assert says in found.message
    assert (found.file, found.line) == ("c/families.toml", 1)


def test_no_value_is_one_and_the_same_not_a_number(make: Make, board: FakeBoard) -> None:
    """Unchanged values must be equal bit by bit, or they are given out again and again."""
    item = make("received / decided + first_value(sum(beds), 1 / 0)")
    board.put("mtd", "received", "certificate", "T-a-x-1", 1)
    for part in Evaluator(Catalogue.of((item,)), REFERENCE).evaluate(board):
        bits = part.values.value.view(np.int64)
        assert set(bits[np.isnan(part.values.value)].tolist()) <= {np.float64(math.nan).view(np.int64)}
