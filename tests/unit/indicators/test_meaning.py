"""What expressions mean: none, missing and zero are different things."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pytest

from indicators.expression import Expression, Missing, Names, PerArea, Term, parse
from indicators.expression.arrays import ArrayAlgebra, Cells
from indicators.expression.meaning import Leaf, Meaning
from indicators.expression.sql_text import SqlAlgebra

NAMES = Names((), frozenset("ab"), frozenset("xyz"))
NAN = math.nan


#: Of z nothing was reported.
VALUES = {"x": 6.0, "y": 0.0, "z": NAN, "a": 4.0, "b": 0.0}


class Given:
    """VALUES as arrays."""

    def term(self, term: Term) -> Leaf[Cells]:
        [code] = term.subjects
        value = np.array([VALUES[code]])
        return Leaf(value) if term.is_service else Leaf(value, ~np.isnan(value))

    def per_area(self, node: PerArea, missing: Missing) -> Leaf[Cells]:
        raise AssertionError(node)


class GivenColumns:
    """VALUES as SQL."""

    def term(self, term: Term) -> Leaf[str]:
        [code] = term.subjects
        value = VALUES[code]
        text = "cast(null as double)" if math.isnan(value) else f"cast({value} as double)"
        return Leaf(text) if term.is_service else Leaf(text, f"({text} is not null)")

    def per_area(self, node: PerArea, missing: Missing) -> Leaf[str]:
        raise AssertionError(node)


def by_arrays(expression: Expression) -> float:
    return float(np.broadcast_to(Meaning(ArrayAlgebra(), Given()).of(expression), (1,))[0])


def by_sql(expression: Expression) -> float:
    text = Meaning(SqlAlgebra(), GivenColumns()).of(expression)
    with duckdb.connect() as connection:
        [value] = connection.execute(f"select cast({text} as double)").fetchone() or [None]
    return NAN if value is None else float(value)


def check(text: str, missing: Missing, expected: float) -> None:
    expression = parse(text, NAMES, missing)
    np.testing.assert_allclose([by_arrays(expression), by_sql(expression)], expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("10 - 4 - 3", 3), ("24 / 4 / 3", 2), ("-2 * -3", 6), ("--2", 2),
        ("7 / 2", 3.5), ("2 × 3 ÷ 4 − 1", 0.5), ("lakh / 1000", 100), ("crore", 1e7), ("1 / 0", NAN),
        ("0 / 0", NAN), ("1 / (1 / 0)", NAN), ("0.25", 0.25), ("0 * (1 / 0)", NAN),
        ("1 < 2", 1), ("2 < 1", 0), ("2 <= 2", 1), ("1 == 1", 1), ("1 != 1", 0), ("1 > 1", 0), ("1 >= 1", 1),
        ("1 / 0 < 1", NAN), ("1 / 0 != 1", NAN), ("2 and 3", 1), ("2 and 0", 0), ("0 or 2", 1), ("0 or 0", 0),
        ("not 2", 0), ("not 0", 1), ("not (1 / 0)", NAN), ("0 and 1 / 0", NAN), ("'a' < 'b'", 1), ("'a' == 'b'", 0),
        ("if(1, 2, 3)", 2), ("if(0, 2, 3)", 3), ("if(1 / 0, 2, 3)", NAN), ("if(1, 2, 1 / 0)", 2),
        ("greatest(1, 3, 2)", 3), ("least(2, 1, 3)", 1), ("greatest(1, 1 / 0)", NAN), ("least(1 / 0, 1)", NAN),
        ("power(2, 10)", 1024), ("power(4, 0.5)", 2), ("power(-2, 3)", -8), ("power(-2, 0.5)", NAN),
        ("power(0, -1)", NAN), ("power(0, 0)", 1), ("remainder(7, 4)", 3), ("remainder(-7, 4)", -3),
        ("remainder(7, 0)", NAN), ("log10(1000)", 3), ("log(1)", 0), ("log(0)", NAN), ("log10(-1)", NAN),
        ("is_missing(1 / 0)", 1), ("is_missing(1)", 0), ("first_value(1 / 0, 2, 3)", 2), ("first_value(1 / 0)", NAN),
    ],
)  # fmt: skip
def test_numbers(text: str, expected: float) -> None:
    check(text, Missing.SKIP, expected)


@pytest.mark.parametrize(
    ("text", "skip", "null", "zero"),
    [
        ("sum(x)", 6, 6, 6),
        ("sum(y)", 0, 0, 0),
        ("sum(z)", NAN, NAN, 0),
        ("sum(x) + sum(z)", 6, NAN, 6),
        ("sum(z) + 5", NAN, NAN, 5),
        ("received(b) + sum(z)", 0, NAN, 0),
        ("sum(x) / sum(z)", NAN, NAN, NAN),
        ("sum(x) * sum(z)", 0, NAN, 0),
        ("if(sum(x) > 5, sum(x), sum(z))", 6, 6, 6),
        ("if(sum(x) > 9, sum(x), sum(z))", 0, NAN, 0),
        ("if(received(a) > 9, 1, sum(z))", 0, NAN, 0),
        ("if(1, sum(z), sum(x))", NAN, NAN, 0),
        ("is_missing(sum(z))", 1, 1, 1),
        ("is_missing(sum(y))", 0, 0, 0),
        ("is_missing(received(b))", 0, 0, 0),
        ("is_missing(sum(x) + sum(z))", 0, 1, 0),
        ("is_missing(sum(z) + 1)", 1, 1, 1),
        ("first_value(sum(z), 7)", 7, 7, 7),
        ("first_value(sum(z), sum(x))", 6, 6, 6),
        ("first_value(sum(z), sum(x)) + sum(z)", NAN, NAN, 6),
        ("sum(z) > 1", NAN, NAN, 0),
        ("sum(z) == sum(y)", 1, NAN, 1),
        ("greatest(sum(x), sum(z))", 6, NAN, 6),
        ("2 * 3", 6, 6, 6),
    ],
)
def test_missing_values(text: str, skip: float, null: float, zero: float) -> None:
    for missing, expected in ((Missing.SKIP, skip), (Missing.NULL, null), (Missing.ZERO, zero)):
        check(text, missing, expected)
