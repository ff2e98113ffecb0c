"""Indicators inside indicators: put in, moved in time, and circles found with all their places."""

from __future__ import annotations

import pytest

from indicators.expression import ExpressionError, Names, Term, When, parse
from indicators.nesting import Formula, Nesting

NAMES = Names(("a",), frozenset("ab"), frozenset("m"))


def formulas(**texts: str) -> dict[str, Formula]:
    """By code, each `numerator | denominator`; written on lines 1, 2, …"""
    made = {}
    for line, (code, text) in enumerate(texts.items(), 1):
        above, _, below = text.partition(" | ")
        made[code] = Formula(parse(above, NAMES), parse(below or "1", NAMES), 100.0, place=f"gad.toml:{line}")
    return made


def test_a_nested_indicator_brings_its_terms_at_the_time_that_is_asked() -> None:
    nesting = Nesting(
        formulas(share="in_time | decided", gain="#share - #share.shift(-1)", twice="2 * #gain.shift(-1)")
    )
    earlier = When(shift=-1)
    assert nesting.resolved("gain").numerator.terms() == (
        Term("in_time", ("a",)), Term("decided", ("a",)), Term("in_time", ("a",), earlier),
        Term("decided", ("a",), earlier),
    )  # fmt: skip
    assert {term.when.shift for term in nesting.resolved("twice").numerator.terms()} == {-1, -2}


def test_inside_per_area_it_is_of_areas_by_themselves() -> None:
    nesting = Nesting(formulas(share="in_time | decided", bad="per_area(if(#share < 50, 1, 0))"))
    assert all(term.own for term in nesting.resolved("bad").numerator.terms())


@pytest.mark.parametrize(
    ("texts", "code", "column", "says"),
    [
        ({"one": "1 + #two", "two": "#three", "three": "#two * 2"}, "one", 5,
         "`#two` refers to itself: two (gad.toml:2) → three (gad.toml:3) → two (gad.toml:2)"),
        ({"one": "#one"}, "one", 1, "`#one` refers to itself: one (gad.toml:1) → one (gad.toml:1)"),
        ({"one": "open | 2 + #one"}, "one", 5, "refers to itself"),
        ({"one": "open + #toe", "two": "open"}, "one", 8, "there is no indicator `#toe`; nearest: two"),
        ({"spread": "per_area(open)", "one": "per_area(open + #spread)"}, "one", 17, "cannot stand inside another"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_in_is_said_with_its_column(
    texts: dict[str, str], code: str, column: int, says: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        Nesting(formulas(**texts)).resolved(code)
    assert says in caught.value.message
    assert caught.value.column == column


def test_a_quantile_cannot_be_put_in() -> None:
    given = formulas(one="#median")
    given["median"] = Formula(parse("decided", NAMES), parse("1", NAMES), is_quotient=False)
    with pytest.raises(ExpressionError, match="is a quantile"):
        Nesting(given).resolved("one")


def test_what_doubles_at_every_step_is_refused_before_it_fills_the_memory() -> None:
    texts = {"i0": "open"} | {f"i{n}": f"#i{n - 1} + #i{n - 1}" for n in range(1, 60)}
    with pytest.raises(ExpressionError, match="longer than 2000 operations"):
        Nesting(formulas(**texts)).resolved("i59")
