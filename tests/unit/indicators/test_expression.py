"""The closed language: what it takes, what it refuses, and that division by zero is no value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from indicators.expression import ExpressionError, Names, Number, Term, compute, parse, to_sql

NAMES = Names(("b", "a"), frozenset("abc"), frozenset({"m", "n"}))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("received", [Term("received", ("a", "b"))]),
        ("received(c)", [Term("received", ("c",))]),
        ("overdue(c, a)", [Term("overdue", ("a", "c"))]),
        ("sum(m) + level(n)", [Term("sum", ("m",)), Term("level", ("n",))]),
        ("assets(m, n) / declared(m)", [Term("assets", ("m", "n")), Term("declared", ("m",))]),
        ("expected(m) - readings(m)", [Term("expected", ("m",)), Term("readings", ("m",))]),
        ("open + open", [Term("open", ("a", "b"))]),
        ("received ÷ (population / lakh)", [Term("received", ("a", "b")), Term("population")]),
    ],
)
def test_terms_are_bound_to_subjects(text: str, terms: list[Term]) -> None:
    assert list(parse(text, NAMES).terms()) == terms


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "is expected, not the end"),
        ("opn", 1, "`opn` is not known; allowed are"),
        ("open open", 6, "`open` is not expected here"),
        ("1 +", 4, "not the end"),
        ("(open", 6, "`)` is missing before the end"),
        ("open)", 5, "`)` is not expected here"),
        ("open ** 2", 7, "not *"),
        ("open ^ 2", 6, "`^` is not part of the language"),
        ("received(z)", 10, "`z` is not a service"),
        ("received(m)", 10, "`m` is not a service"),
        ("sum(a)", 5, "`a` is not a metric"),
        ("sum", 1, "needs a metric"),
        ("sum(m", 6, "`,` or `)` is missing"),
        ("sum()", 5, "`)` is not a metric"),
        ("__import__('os')", 12, "`'` is not part of the language"),
        ("__import__(os)", 1, "`__import__` is not known"),
        ("open; drop table event", 5, "`;` is not part of the language"),
        ("open -- comment", 9, "`comment` is not known"),
        ("1e5", 2, "`e5` is not expected"),
        ("-" * 50 + "1", 41, "inside each other"),
        ("(" * 500 + "1" + ")" * 500, 41, "inside each other"),
    ],
)
def test_what_is_not_in_the_language_is_refused_with_its_column(text: str, column: int, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, NAMES)
    assert says in caught.value.message
    assert caught.value.column == column


def test_a_bare_measure_needs_a_service_among_the_subjects() -> None:
    with pytest.raises(ExpressionError, match="none of the indicator's subjects is a service"):
        parse("open", Names(("m",), frozenset("abc"), frozenset("m")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("received - 2 * received(c) + 3", ({("a", "b"): 1.0, ("c",): -2.0}, 3.0)),
        ("-(received(a) - received(a))", ({("a",): 0.0}, 0.0)),
        ("received / 4 * 2", ({("a", "b"): 0.5}, 0.0)),
        ("2 * 3 - 1", ({}, 5.0)),
    ],
)
def test_linear_forms(text: str, expected: tuple[dict[tuple[str, ...], float], float]) -> None:
    linear = parse(text, NAMES).linear()
    assert linear is not None
    assert ({term.subjects: value for term, value in linear[0].items()}, linear[1]) == expected


@pytest.mark.parametrize("text", ["open * open", "open / overdue", "1 / open", "(open + 1) * (open - 1)", "open / 0"])
def test_products_and_quotients_of_terms_are_not_linear(text: str) -> None:
    assert parse(text, NAMES).linear() is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("10 - 4 - 3", 3), ("24 / 4 / 3", 2), ("-2 * -3", 6), ("--2", 2),
        ("7 / 2", 3.5), ("2 × 3 ÷ 4 − 1", 0.5), ("lakh / 1000", 100), ("crore", 1e7), ("1 / 0", math.nan),
        ("0 / 0", math.nan), ("1 / (1 / 0)", math.nan), ("0.25", 0.25),
    ],
)  # fmt: skip
def test_operators_bind_as_in_school(text: str, expected: float) -> None:
    value = float(compute(parse(text, NAMES).root, lambda term: np.zeros(1)))
    assert value == expected or (math.isnan(value) and math.isnan(expected))


def test_division_by_zero_is_no_value_where_it_happens_only() -> None:
    values = {"received": np.array([6.0, 6.0, 0.0]), "decided": np.array([3.0, 0.0, 0.0])}
    result = compute(parse("received / decided", NAMES).root, lambda term: values[term.measure])
    np.testing.assert_array_equal(result, [2.0, np.nan, np.nan])


def test_sql_divides_doubles_and_never_by_zero() -> None:
    sql = to_sql(parse("received / (open - 2) * 3", NAMES).root, lambda term: f'"{term.measure}"')
    assert sql == '(("received" / nullif(("open" - cast(2.0 as double)), 0)) * cast(3.0 as double))'


def test_one_is_the_denominator_of_counts() -> None:
    assert parse(" 1 ", NAMES).is_one()
    assert not parse("2", NAMES).is_one()
    assert parse("1", NAMES).root == Number(1.0)
