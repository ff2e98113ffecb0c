"""Expressions of DHIS2 in our words: every sign and word of their syntax, and what they come to on a small table."""

from __future__ import annotations

import pytest

from indicators.calendar_period import CalendarPeriod
from indicators.dhis2.words import Codes, in_house_words
from indicators.expression import ExpressionError, parse
from indicators.reported import DataSet, Report, ReportedTable, ReportedValue

MONTHS = ("202401", "202402", "202403")


def value(element: str, area: str, month: str, number: float | str, *parts: str) -> ReportedValue:
    return ReportedValue(element, area, CalendarPeriod.of(month), number, *parts)


@pytest.fixture(scope="module")
def table() -> ReportedTable:
    """A state with two districts, one of which has a village."""
    return ReportedTable(
        parents={"state": None, "north": "state", "south": "state", "village": "north"},
        values=[
            value("births", "north", "202401", 10, "girls", "home"),
            value("births", "north", "202401", 20, "girls", "clinic"),
            value("births", "north", "202402", 40, "boys", "clinic"),
            value("births", "village", "202402", 5, "girls", "home"),
            value("births", "south", "202312", 7, "boys", "home"),
            value("beds", "north", "202401", 100),
            value("beds", "north", "202403", 70),
            value("beds", "south", "202312", 30),
            value("word", "north", "202401", "Dengue, Malaria"),
            value("program", "north", "202401", 3, "fever"),
        ],
        data_sets={"form": DataSet(frozenset({"north", "south"}), CalendarPeriod.of("202401"))},
        reports=[
            Report("form", "north", CalendarPeriod.of("202401")),
            Report("form", "south", CalendarPeriod.of("202401"), is_on_time=False),
            Report("form", "north", CalendarPeriod.of("202402")),
        ],
        groups={"hills": frozenset({"village", "south"})},
        year_start_month=1,
    )


SAID = [
    ("1 + 2 * 3", 7),
    ("-2^2", -4),
    ("2^3^2", 512),
    ("2^-1", 0.5),
    ("-(1 - 3)", 2),
    ("7 % 4 * 2", 6),
    ("-7 % 4", -3),
    (".5 + 1e2 + 2.", 102.5),
    ("10 - (4 - 3)", 9),
    ("10 / (4 / 2)", 5),
    ("1 < 2 == true", 1),
    ("!(1 > 2) && 3 != 4 || false", 1),
    ("not 1 > -1", 1),  # `not` binds tighter there: (not 1) > -1
    ("if(1 >= 1, 5, 6) // a note", 5),
    ("firstNonNull(#{nothing}, 4)", 4),
    ("greatest(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", 10),
    ("least(4, 2)", 2),
    ("isNull(#{nothing}) + isNotNull(#{beds})", 2),
    ("#{nothing} == null", 1),
    ("removeZeros(0)", None),
    ("firstNonNull(removeZeros(#{beds} - 170), 8)", 8),
    ("log(8, 2)", 3),
    ("log10(1000) + log(1)", 3),
    ("is(#{beds} in 1, 170, 3)", 1),
    ("contains(#{word}, 'Dengue', \"Malaria\")", 1),
    ("contains(#{word}, 'Dengue', 'Zika')", 0),
    ("#{word} == 'Dengue, Malaria'", 1),
    ("#{births}", 75),
    ("#{births.girls}", 35),
    ("#{births.girls.*}", 35),
    ("#{births.*}", 75),
    ("#{births.*.clinic}", 60),
    ("#{births.girls.clinic}", 20),
    ("I{program.fever} + D{program.fever} + A{program.fever}", 9),
    ("C{perDay} * 2", 7),
    ("OUG{hills}", 2),
    ("#{births}.periodOffset(-1)", 7),
    ("(#{births} + 1).periodOffset( -1 )", 8),
    ("#{births}.minDate(2024-2-1)", 45),
    ("#{births}.maxDate(2024-01-31).aggregationType(MAX)", 20),
    ("#{births}.aggregationType(MAX_SUM_ORG_UNIT)", 45),
    ("#{births}.aggregationType(COUNT)", 4),
    ("#{beds}.aggregationType(LAST)", 100),
    ("#{beds}.aggregationType(LAST_AVERAGE_ORG_UNIT)", 50),
    ("#{beds}.aggregationType(LAST_IN_PERIOD)", 70),
    ("#{beds}.aggregationType(AVERAGE)", 85),
    ("#{beds}.aggregationType(AVERAGE_SUM_ORG_UNIT) * 91", 100 * 31 + 70 * 31),
    ("R{form.REPORTING_RATE}", 50),
    ("R{form.REPORTING_RATE_ON_TIME} * 3", 100),
    ("R{form.ACTUAL_REPORTS} - R{form.ACTUAL_REPORTS_ON_TIME} + R{form.EXPECTED_REPORTS}", 7),
    ("[days] + [periodInYear] + [yearlyPeriodCount]", 96),
    ("subExpression(if(#{births} > 10, 1, 0))", 1),
    ("subExpression(if(orgUnit.group(hills), #{births}, 0))", 5),
    ("subExpression(if(orgUnit.ancestor(north, south), #{births}, 0))", 75),
    ("subExpression(if(orgUnit.dataSet(form), #{births}, 0))", 70),
    (" + ".join(["#{births}"] * 140), 140 * 75),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[text[:60] for text, _ in SAID])
def test_what_is_said_comes_to_the_same(table: ReportedTable, text: str, expected: float | None) -> None:
    words = in_house_words(text, Codes(constants={"perDay": 3.5}))
    found = table.value(parse(words, table.names(["nothing"])), ["state"], [CalendarPeriod.of("2024Q1")])
    assert found == (expected if expected is None else pytest.approx(expected)), words


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("#{a} + d2:ceil(1)", 8, "d2:ceil"),
        ("avg(#{a})", 1, "avg"),
        ("#{a}.aggregationType(LAST_LAST_ORG_UNIT)", 5, "LAST_LAST_ORG_UNIT"),
        ("#{a}.stageOffset(1)", 5, "stageOffset"),
        ("#{deGroup:abc}", 1, "tags"),
        ("R{form.RATE}", 1, "REPORTING_RATE"),
        ("orgUnit.group(a)", 1, "subExpression"),
        ("[hours]", 1, "[days]"),
        ("(1 + 2", 7, "`)`"),
        ("1 2", 3, "not expected"),
        ("1 +", 4, "the end"),
        ("is(1 of 2)", 6, "`in`"),
        ("V{event_count}", 1, "program rules"),
        ("'it\\'s' == #{a}", 1, "apostrophe"),
        ("1 ? 2", 3, "`?`"),
    ],
)
def test_what_cannot_be_said_is_told_with_its_place(text: str, column: int, said: str) -> None:
    with pytest.raises(ExpressionError) as found:
        in_house_words(text)
    assert found.value.column == column
    assert said in found.value.message


def test_ids_become_codes() -> None:
    codes = Codes({"fbfJHSPpUQD": "anc_first_visit", "fbfJHSPpUQD.pq2XI5kz2BY": "anc_first_visit_fixed"})
    assert in_house_words("#{fbfJHSPpUQD} / #{fbfJHSPpUQD.pq2XI5kz2BY}", codes) == (
        "reported(anc_first_visit) / reported(anc_first_visit_fixed)"
    )
