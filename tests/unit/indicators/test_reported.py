"""Tables of reported values: completeness, texts, options, and what such a table does not have."""

from __future__ import annotations

import pytest

from indicators.calendar_period import CalendarPeriod
from indicators.expression import Missing, parse
from indicators.nesting import Formula
from indicators.reported import DataSet, Report, ReportedTable, ReportedValue
from warehouse.errors import DataError

MAY, JUNE = CalendarPeriod.of("2026-05"), CalendarPeriod.of("2026-06")
QUARTER = CalendarPeriod.of("2026Q2")
TABLE = ReportedTable(
    parents={"S": None, "A": "S", "B": "S"},
    values=[
        ReportedValue("anc", "A", MAY, 10.0, "young"),
        ReportedValue("anc", "A", MAY, 30.0, "old"),
        ReportedValue("anc", "B", JUNE, 5.0, "old"),
        ReportedValue("stock", "A", MAY, 7.0),
        ReportedValue("stock", "A", JUNE, 4.0),
        ReportedValue("stock", "B", MAY, 1.0),
        ReportedValue("status", "A", MAY, "open"),
    ],
    data_sets={"form": DataSet(frozenset({"A", "B"}), CalendarPeriod.of("2020-01"))},
    reports=[
        Report("form", "A", MAY), Report("form", "A", JUNE, is_on_time=False), Report("form", "B", MAY),
        Report("form", "S", MAY), Report("other", "B", JUNE),
    ],
    population={"A": 1000.0, "B": 500.0},
)  # fmt: skip


def value(text: str, *areas: str, period: CalendarPeriod = QUARTER, missing: Missing = Missing.SKIP) -> float | None:
    return TABLE.value(parse(text, TABLE.names(), missing), areas or ("S",), [period])


@pytest.mark.parametrize(
    ("text", "areas", "expected"),
    [
        ("reported(anc)", (), 45),
        ("reported(anc.old)", (), 35),
        ("reported(anc.young)", ("B",), None),
        ("reported(anc) / population * 1000", ("A",), 40),
        ("population", (), 1500),
        ("level(stock)", (), 5),
        ("sum(stock)", (), 12),
        ("assets(stock)", (), 2),
        ("last(stock)", (), 5),
        ("first(stock)", (), 8),
        ("stddev(stock)", ("B",), None),
        ("variance(stock)", ("A",), 4.5),
        ("reports(form)", (), 3),
        ("reports_on_time(form)", (), 2),
        ("reports_expected(form)", (), 6),
        ("reports_expected(form)", ("B",), 3),
        ("per_area(reported(anc) / population).aggregate(average)", (), 0.025),
        ("per_area(if(reported(status) == 'open', 1, 0))", (), 1),
        ("per_area(if(reported(status) == 'shut', 1, 0))", (), 0),
    ],
)
def test_values(text: str, areas: tuple[str, ...], expected: float | None) -> None:
    found = value(text, *areas)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_form_that_nobody_has_to_send_is_missing_and_one_that_nobody_sent_is_zero() -> None:
    early = CalendarPeriod.of("2019-12")
    assert value("reports(form)", period=early) == 0
    assert value("reports(form)", period=CalendarPeriod.of("20260501")) is None


def test_overlapping_areas_count_once() -> None:
    assert value("reported(anc)", "S", "A") == 45


def test_a_quotient_without_a_base_has_no_value_and_a_factor_is_applied() -> None:
    names = TABLE.names()
    share = Formula(parse("reported(anc.young)", names), parse("reported(anc)", names), 100)
    assert TABLE.indicator_value(share, ["A"], [MAY]) == 25
    assert TABLE.indicator_value(share, ["B"], [MAY]) is None
    none = Formula(parse("1", names), parse("reported(anc) * 0", names))
    assert TABLE.indicator_value(none, ["A"], [MAY]) is None


def test_what_a_table_does_not_have_is_said() -> None:
    with pytest.raises(DataError, match="has no `expected`"):
        value("expected(stock)")
