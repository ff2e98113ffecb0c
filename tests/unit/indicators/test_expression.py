"""The closed language: what it takes and what it refuses."""

from __future__ import annotations

from datetime import date

import pytest

from indicators.expression import (
    Call,
    ExpressionError,
    Names,
    Nested,
    Number,
    Operation,
    PerArea,
    Spread,
    Term,
    Text,
    When,
    parse,
)

NAMES = Names(
    ("b", "a"),
    frozenset("abc"),
    frozenset({"m", "n", "l", "e.child", "e"}),
    constants={"working_days": 250.0},
    levels=("state", "body"),
    aggregate_of={"l": "level"},
)
#: The names of a table with texts and forms.
TABLE = Names((), frozenset(), frozenset({"x", "t"}), data_sets=frozenset({"form"}), texts=frozenset({"t"}))


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
        ("areas(body) + period_days", [Term("areas", level="body"), Term("period_days")]),
        ("reported(m)", [Term("sum", ("m",))]),
        ("reported(l)", [Term("level", ("l",))]),
        ("reported(e.child)", [Term("sum", ("e.child",))]),
        ("reported(m).aggregate(count)", [Term("readings", ("m",))]),
        ("(2 * reported(m) + sum(n)).aggregate(maximum)", [Term("maximum", ("m",)), Term("sum", ("n",))]),
        ("per_area(open / received(c))", [Term("open", ("a", "b"), own=True), Term("received", ("c",), own=True)]),
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
        ("__import__('os')", 1, "`__import__` is not known"),
        ("open 'x", 6, "`'` is not part of the language"),
        ("#", 2, "the code of an indicator is missing after `#`"),
        ("1 < 2 < 3", 7, "one comparison at a time"),
        ("'x' == 1", 5, "compares numbers with numbers and texts with texts"),
        ("'x' + 1", 1, "a text can only be compared"),
        ("if(open, 'x', 1)", 10, "a text can only be compared"),
        ("if(open, 1)", 1, "`if` takes 3 operands, not 2"),
        ("greatest()", 10, "not )"),
        ("open.later(1)", 6, "modifiers are .shift, .last_year"),
        ("open.shift(x)", 12, "a whole number of periods"),
        ("open.shift(1.5)", 12, "a whole number of periods"),
        ("open.since(2026)", 12, "a day such as '2026-04-01'"),
        ("open.since('1.4.2026')", 12, "a day such as '2026-04-01'"),
        ("2.5.shift(1)", 5, "stands after a measure"),
        ("open.aggregate(sum)", 6, "`.aggregate` stands after reported(…)"),
        ("reported(m).aggregate(median)", 23, "one of sum, count, average"),
        ("reported(m).aggregate(sum, last)", 28, "one of sum, average, minimum, maximum, count"),
        ("per_area(open).aggregate(last)", 16, "put together by one of sum, average"),
        ("per_area(1 + population)", 1, "needs a measure"),
        ("per_area(per_area(open))", 1, "an area by itself has no areas"),
        ("reported(m, l)", 1, "would be level, sum; say which"),
        ("areas(village)", 7, "levels are state, body"),
        ("reports(form)", 1, "for tables of reported values only"),
        ("+".join(["1"] * 151), 300, "more than 150 operands in a row"),
        ("*".join(["(1 + 2)"] * 300), 2001, "more than 1500 words and signs"),
        ("not " * 50 + "1", 161, "inside each other"),
        ("__import__(os)", 1, "`__import__` is not known"),
        ("open; drop table event", 5, "`;` is not part of the language"),
        ("open -- comment", 9, "`comment` is not known"),
        ("1e5", 2, "`e5` is not expected"),
        ("-" * 50 + "1", 41, "inside each other"),
        ("(" * 100 + "1" + ")" * 100, 41, "inside each other"),
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


def test_a_modifier_holds_for_everything_inside_its_parentheses_and_they_add_up() -> None:
    inner, outer = When(shift=-2), When(shift=-1)
    root = parse("(received(a).shift(-1) + received(b)).shift(-1)", NAMES).root
    assert root == Operation("+", Term("received", ("a",), inner), Term("received", ("b",), outer))
    whole = When(shift=-1, years=-1, to_date=True, since=date(2026, 4, 1), until=date(2026, 4, 30))
    text = "open(a).year_to_date().shift(-1).last_year().since('2026-04-01').since('2026-01-01').until('2026-04-30')"
    assert parse(text, NAMES).root == Term("open", ("a",), whole)
    assert str(parse("open(a).shift(-1).last_year().year_to_date()", NAMES).root) == (
        "open(a).shift(-1).last_year().year_to_date()"
    )


def test_an_aggregate_over_areas_is_a_per_area() -> None:
    root = parse("reported(m).aggregate(maximum, sum)", NAMES).root
    assert root == PerArea(Term("maximum", ("m",), own=True), Spread.SUM)
    average = parse("per_area(reported(m) / open(a)).aggregate(average)", NAMES).root
    inside = Operation("/", Term("sum", ("m",), own=True), Term("open", ("a",), own=True))
    assert average == PerArea(inside, Spread.AVERAGE)


def test_conditions_bind_as_in_school() -> None:
    one, two, three = (Operation("<", Number(0.0), Number(float(number))) for number in (1, 2, 3))
    root = parse("not 0 < 1 and 0 < 2 or 0 < 3", NAMES).root
    assert root == Operation("or", Operation("and", Call("not", (one,)), two), three)
    assert parse("1 + 1 ≥ 2 * 1", NAMES).root == Operation(
        ">=", Operation("+", Number(1.0), Number(1.0)), Operation("*", Number(2.0), Number(1.0))
    )


def test_texts_constants_and_other_indicators() -> None:
    root = parse("if(reported(t) >= '2017-01-01', 1, 0)", TABLE).root
    assert root == Call(
        "if", (Operation(">=", Term("maximum", ("t",), is_text=True), Text("2017-01-01")), Number(1.0), Number(0.0))
    )
    assert parse("working_days", NAMES).root == Number(250.0)
    assert parse("#other.shift(-1)", NAMES).root == Nested("other", when=When(shift=-1))
    assert parse("100 * reports(form) / reports_expected(form)", TABLE).terms()[0] == Term("reports", ("form",))


def test_one_is_the_denominator_of_counts() -> None:
    assert parse(" 1 ", NAMES).is_one()
    assert not parse("2", NAMES).is_one()
    assert parse("1", NAMES).root == Number(1.0)
