"""Expressions over a table of reported values against a plain walk with plain filters."""

from __future__ import annotations

import math
import statistics
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.calendar_period import CalendarPeriod
from indicators.expression import Missing, Term, parse
from indicators.reported import ReportedTable, ReportedValue
from tests.helpers.search import examples
from tests.helpers.slow_expression import Slow

#: In pre-order, with the area above and the end of the subtree.
AREAS = {"S": (None, 5), "D1": ("S", 4), "B1": ("D1", 3), "B2": ("D1", 4), "D2": ("S", 5)}
PARENTS = {area: above for area, (above, _) in AREAS.items()}
ENDS = [end for _, end in AREAS.values()]
#: Months 2025-01 … 2026-06 as numbers; years begin in April.
MONTHS = range(2025 * 12, 2025 * 12 + 18)
GROUPS = {"bodies": frozenset({"B1", "B2"})}

values = st.lists(
    st.tuples(st.sampled_from("xy"), st.sampled_from(list(AREAS)), st.sampled_from(MONTHS), st.integers(-3, 9)),
    max_size=30,
)
terms = st.builds(
    "{}({})".format,
    st.sampled_from(
        ["sum", "readings", "average", "minimum", "maximum", "first", "last", "level", "assets", "variance"]
    ),
    st.sampled_from(["x", "y", "x, y"]),
)
times = st.sampled_from(["", "", ".shift(-1)", ".shift(1)", ".last_year()", ".year_to_date()", ".shift(-2).last_year()",
                         ".shift(-1).year_to_date()", ".since('2025-06-01')", ".until('2026-01-31')"])  # fmt: skip
timed = st.builds("{}{}".format, terms, times)
leaves = st.one_of(timed, st.sampled_from(["1", "2.5", "population", "areas(bodies)", "period_days"]))
spread = st.builds(
    "per_area({} + {}).aggregate({})".format, timed, leaves,
    st.sampled_from(["sum", "count", "average", "minimum", "maximum"]),
)  # fmt: skip
expressions = st.recursive(
    st.one_of(leaves, spread),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({}){}".format, inner, st.just("")),
        st.builds("if({} > 1, {}, {})".format, timed, inner, inner),
        st.builds("first_value({}, {})".format, inner, inner),
        st.builds("is_missing({})".format, inner),
    ),
    max_leaves=6,
)


def month(number: int) -> CalendarPeriod:
    return CalendarPeriod(date(number // 12, number % 12 + 1, 1))


def first_of_year(number: int) -> int:
    """April of the financial year."""
    return number - (number % 12 - 3) % 12


def asked_months(term: Term, number: int) -> range:
    """The months that a measure is of, seen from one month."""
    last = number + term.when.shift + 12 * term.when.years
    return range(first_of_year(last) if term.when.to_date else last, last + 1)


def latest_only(rows: list[tuple[str, str, int, int]], sign: int) -> list[float]:
    chosen = {}
    for row in sorted(rows, key=lambda row: sign * row[2]):
        chosen[row[0], row[1]] = float(row[3])
    return list(chosen.values())


def slow_leaf(rows: list[tuple[str, str, int, int]], number: int):
    names = list(AREAS)

    def leaf(term: Term, area: int) -> float | None:
        inside = names[area : area + 1] if term.own else names[area : ENDS[area]]
        if term.measure == "population":
            return {"S": 60.0, "D1": 30.0, "B1": 10.0, "B2": 20.0, "D2": 30.0}[names[area]]
        if term.measure == "areas":
            return float(len(GROUPS["bodies"] & set(inside)))
        months = asked_months(term, number)
        if term.measure == "period_days":
            return float(sum((month(one + 1).first - month(one).first).days for one in months))
        mine = [row for row in rows if row[0] in term.subjects and row[1] in inside]
        mine = [row for row in mine if month(row[2]).first >= term.when.since and month(row[2]).last <= term.when.until]
        if term.measure in {"level", "assets"}:
            chosen = latest_only([row for row in mine if row[2] <= months[-1]], 1)
        else:
            chosen = latest_only([row for row in mine if row[2] in months], -1 if term.measure == "first" else 1)
            if term.measure not in {"first", "last"}:
                chosen = [float(row[3]) for row in mine if row[2] in months]
        if not chosen or (term.measure == "variance" and len(chosen) < 2):
            return None
        of = {
            "average": statistics.mean, "minimum": min, "maximum": max, "variance": statistics.variance,
            "readings": len, "assets": len,
        }  # fmt: skip
        return float(of.get(term.measure, sum)(chosen))

    return leaf


@settings(max_examples=examples(400), deadline=None)
@given(
    rows=values,
    text=expressions,
    missing=st.sampled_from(list(Missing)),
    area=st.sampled_from(list(AREAS)),
    number=st.sampled_from(MONTHS),
)
def test_table_and_plain_walk_agree(
    rows: list[tuple[str, str, int, int]], text: str, missing: Missing, area: str, number: int
) -> None:
    rows = list({row[:3]: row for row in rows}.values())  # a cell is reported once
    table = ReportedTable(
        parents=PARENTS,
        values=[ReportedValue(element, where, month(when), float(value)) for element, where, when, value in rows],
        population={"B1": 10.0, "B2": 20.0, "D2": 30.0},
        groups=GROUPS,
    )
    expression = parse(text, table.names(["x", "y"]), missing)
    expected = Slow(slow_leaf(rows, number), ENDS).of(expression, list(AREAS).index(area))
    found = table.value(expression, [area], [month(number)])
    assert (found is None) == (expected is None)
    assert found is None or expected is None or math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
