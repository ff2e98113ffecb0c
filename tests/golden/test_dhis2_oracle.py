"""Every indicator and modifier that DHIS2's own tests expect a number of, worked out with our language.

The values were transcribed from the tests of another system and stay outside of the project; without them these tests
are skipped. Their expressions are put into our words by indicators/dhis2/words.py.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, Final

from indicators.calendar_period import CalendarPeriod
from indicators.dhis2.words import aggregate, in_house_words
from indicators.expression import Names, parse
from indicators.nesting import Formula, Nesting
from indicators.reported import DataSet, Report, ReportedTable, ReportedValue
from tests.helpers.rows import shared_data

ROOT: Final = "ouabcdefghA"
#: DHIS2 rounds a reporting rate, or the value of a subexpression, to two digits before it goes on. We do not:
#: (test, key) → (DHIS2's value, ours).
ROUNDED_ON_THE_WAY: Final = {
    # 299 × 66.67 % instead of 299 × 2/3 = 199.333…
    ("testIndicatorWithReportingRateA", "indicatorAA-ouabcdefghD-2017Q1"): (199.34, 199.33),
    # 299 × 33.33 % instead of 299 × 1/3 = 99.666…
    ("testIndicatorWithReportingRateB", "indicatorAA-ouabcdefghD-2017Q1"): (99.66, 99.67),
    # 0.49 + 62.09 instead of 0.48730… + 62.08730… = 62.5746…
    ("testIndicatorWithTwoSubexpressions", "indicatorAA-ouabcdefghA-2017Q1"): (62.58, 62.57),
}
#: Counts of stored violations of rules; neither the rules nor the violations are in the file.
NOT_IN_THE_FILE: Final = {
    "test_ou_2017_validationruleA", "test_ou_2017_validationruleB", "test_ou_2017_validationruleAB",
}  # fmt: skip
NUMERIC: Final = ("deabcdefghA", "deabcdefghB", "deabcdefghC", "deabcdefghD")


@cache
def oracle() -> dict[str, Any]:
    return json.loads(shared_data("oracles/dhis2_analytics_oracle.json").read_text(encoding="utf-8"))


def number(text: str) -> float | str:
    """A value as reported: true is 1."""
    try:
        return float({"true": "1", "false": "0"}.get(text, text))
    except ValueError:
        return text


@cache
def service_table() -> ReportedTable:
    part = oracle()["analytics_service"]
    month = CalendarPeriod.of("2017-01")
    return ReportedTable(
        parents=part["hierarchy"],
        values=[
            ReportedValue(
                row["dataelement"], row["orgunit"], CalendarPeriod.of(row["period"]), number(row["value"]), "default"
            )
            for row in part["data_values"]
        ],
        data_sets={code: DataSet(frozenset(form["org_units"]), month) for code, form in part["datasets"].items()},
        reports=[
            Report(row["dataSet"], row["orgUnit"], CalendarPeriod.of(row["period"]))
            for row in part["dataset_registrations"]
        ],
        aggregate_of={"deabcdefghF": "maximum"},
        year_start_month=1,
    )


@cache
def modifier_table() -> ReportedTable:
    part = oracle()["query_modifiers"]
    values = [
        ReportedValue(element, part["org_unit"], CalendarPeriod.of(period), number(value), option)
        for element, period, option, value in part["data_values"]
    ]
    return ReportedTable(parents={part["org_unit"]: None}, values=values, year_start_month=1)


def formula(numerator: str, denominator: str, names: Names) -> Formula:
    parsed = [parse(in_house_words(text), names) for text in (numerator, denominator)]
    return Formula(parsed[0], parsed[1])


def rounded(value: float | None, digits: int = 2) -> float | None:
    """Half up, as people do."""
    if value is None:
        return None
    return float(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


@dataclass(frozen=True)
class Asked:
    """One cell of an answer: its key, and where and when it is about."""

    key: str
    areas: list[str]
    periods: list[CalendarPeriod]


def cells(query: Mapping[str, Any], item: str) -> Iterator[Asked]:
    """All cells that a query asks for, those without an answer too."""
    if "start" in query:
        begin, end = (date(*map(int, query[name])) for name in ("start", "end"))
        times = [("", [CalendarPeriod.between(begin, end)])]
    elif "filter_pe" in query:
        times = [("", [CalendarPeriod.of(code) for code in query["filter_pe"]])]
    else:
        times = [(f"-{code}", [CalendarPeriod.of(code)]) for code in query["pe"]]
    whole = query.get("filter_ou", [ROOT])
    places = [(f"-{area}", [area]) for area in query["ou"]] if "ou" in query else [("", whole)]
    for place, areas in places:
        for time, periods in times:
            yield Asked(f"{item}{place}{time}", areas, periods)


def formulas(case: Mapping[str, Any]) -> dict[str, Formula]:
    """What a case asks for: its indicators, or data elements and reporting rates by themselves."""
    names = service_table().names()
    if case["indicators"]:
        raw = {
            code: formula(item["numerator"], item["denominator"], names) for code, item in case["indicators"].items()
        }
        return {code: Nesting(raw).resolved(code) for code in raw}
    found = {}
    for item in case["query"]["dx"]:
        if item.startswith("reportingRate"):
            code = f"a23dataSet{item[-1]}.REPORTING_RATE"
            found[code] = formula(f"R{{{code}}}", "1", names)
            continue
        for element in NUMERIC if item == "dataElements" else [f"deabcdefgh{item[-1]}"]:
            text = in_house_words(f"#{{{element}}}") + aggregate(case["query"]["agg"][0])
            found[element] = Formula(parse(text, names), parse("1", names))
    return found


def service_answers(case: Mapping[str, Any]) -> dict[str, float]:
    """Every cell that has a value, rounded as the query asks."""
    answers = {}
    for code, item in formulas(case).items():
        for asked in cells(case["query"], code):
            value = rounded(service_table().indicator_value(item, asked.areas, asked.periods))
            if value is not None:
                answers[asked.key] = value
    return answers


def service_cases() -> list[Any]:
    return [case for case in oracle()["analytics_service"]["cases"] if case["test"] not in NOT_IN_THE_FILE]


def test_every_case_with_data_gives_what_dhis2_expects() -> None:
    deviations = {}
    for case in service_cases():
        answers = service_answers(case)
        assert set(answers) == set(case["expected"]), case["test"]
        deviations |= {
            (case["test"], key): (expected, answers[key])
            for key, expected in case["expected"].items()
            if answers[key] != expected
        }
    assert deviations == ROUNDED_ON_THE_WAY


def test_as_many_cases_as_there_are() -> None:
    cases = service_cases()
    assert len(oracle()["analytics_service"]["cases"]) == len(cases) + len(NOT_IN_THE_FILE) == 47
    assert sum(bool(case["indicators"]) for case in cases) == 36
    assert sum(len(case["expected"]) for case in cases) == 100
    assert len(oracle()["query_modifiers"]["cases"]) == 22


def modifier_cases() -> list[Any]:
    return oracle()["query_modifiers"]["cases"]


def test_every_query_modifier_gives_what_dhis2_expects() -> None:
    table = modifier_table()
    area = oracle()["query_modifiers"]["org_unit"]
    for case in modifier_cases():
        expression = parse(in_house_words(case["expression"]), table.names())
        answers = {code: table.value(expression, [area], [CalendarPeriod.of(code)]) for code in case["periods"]}
        assert {code: value for code, value in answers.items() if value is not None} == case["expected"], case["test"]


def test_rounding_on_the_way_is_all_that_differs() -> None:
    """The three deviations, with DHIS2's rounding put in where it rounds, are DHIS2's values."""
    names = service_table().names()
    quarter, place = [CalendarPeriod.of("2017Q1")], ["ouabcdefghD"]
    for code, expected in (("A", 199.34), ("B", 99.66)):
        rate = service_table().indicator_value(
            formula(f"R{{a23dataSet{code}.REPORTING_RATE}}", "1", names), place, quarter
        )
        total = service_table().value(parse("reported(deabcdefghA)", names), place, quarter)
        assert rate is not None
        assert total is not None
        assert rounded(total * rounded(rate) / 100) == expected  # type: ignore[operator]
    [case] = [case for case in service_cases() if case["test"] == "testIndicatorWithTwoSubexpressions"]
    halves = case["indicators"]["indicatorAA"]["numerator"].split(" + ")
    values = [service_table().value(parse(in_house_words(half), names), [ROOT], quarter) for half in halves]
    assert rounded(sum(rounded(value) or 0 for value in values)) == 62.58


ROWS: Final = "oracles/sl_indicator_rows.csv"


def annual_or_plain(row: Mapping[str, str], names: Names) -> Formula:
    """The indicator of a row: per cent, plain, or per cent a year (which is what 36500 ÷ days of the period means)."""
    if row["multiplier"] == "36500":
        return Formula(parse("reported(counted) * 365", names), parse("reported(base) * period_days", names), 100)
    assert row["divisor"] == "1"
    return Formula(parse("reported(counted)", names), parse("reported(base)", names), float(row["multiplier"]))


def row_period(row: Mapping[str, str]) -> CalendarPeriod:
    """Sep stands for a financial year from September."""
    return CalendarPeriod.of(row["pe"])


def test_all_rows_of_sierra_leone_are_recomputed() -> None:
    with shared_data(ROWS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    different = []
    for row in rows:
        period = row_period(row)
        values = [
            ReportedValue("counted", "here", period, float(row["numerator"])),
            ReportedValue("base", "here", period, float(row["denominator"])),
        ]
        table = ReportedTable({"here": None}, values)
        item = annual_or_plain(row, table.names())
        if rounded(table.indicator_value(item, ["here"], [period])) != float(row["value"]):
            different.append(row)
    assert len(rows) == 2024
    assert different == []
