"""Numbers are read by the declared notation only."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from ingest.number import parse_numbers
from ingest.rule import NumberNotation

PLAIN = NumberNotation()
INDIAN = NumberNotation(thousands=",")
GERMAN = NumberNotation(decimal=",", thousands=".")
SWISS = NumberNotation(thousands="'")
FRENCH = NumberNotation(decimal=",", thousands="\u202f")
MILLIMETRES = NumberNotation(units=("mm", "millimetre"))


@pytest.mark.parametrize(
    ("text", "notation", "expected"),
    [
        ("12", PLAIN, 12.0),
        ("-12.50", PLAIN, -12.5),
        ("+.5", PLAIN, 0.5),
        ("5.", PLAIN, 5.0),
        ("1e3", PLAIN, 1000.0),
        ("1,000", PLAIN, None),
        ("0x10", PLAIN, None),
        ("1 000", PLAIN, None),
        ("nan", PLAIN, None),
        ("inf", PLAIN, None),
        ("1e999", PLAIN, None),
        ("--1", PLAIN, None),
        ("12,34,567.89", INDIAN, 1234567.89),
        ("1,234,567", INDIAN, 1234567.0),
        ("1234567", INDIAN, 1234567.0),
        ("1,2", INDIAN, None),
        ("12,3456", INDIAN, None),
        (",100", INDIAN, None),
        ("1.234,5", GERMAN, 1234.5),
        ("1.5", GERMAN, None),
        ("1'000.5", SWISS, 1000.5),
        ("1\u202f000,5", FRENCH, 1000.5),
        ("12%", PLAIN, 12.0),
        ("-0.5 %", PLAIN, -0.5),
        ("₹ 1,234", PLAIN, 1234.0),
        ("₹1,23,456.50", PLAIN, 123456.5),
        ("Rs. 1,234.50/-", PLAIN, 1234.5),
        ("Rs 5/-", PLAIN, 5.0),
        ("500/-", PLAIN, 500.0),
        ("INR 12", PLAIN, 12.0),
        ("12 Rs.", PLAIN, 12.0),
        ("-₹ 12", PLAIN, -12.0),
        ("₹ -12", PLAIN, -12.0),
        ("Rs.\u221212", PLAIN, -12.0),
        ("(123)", PLAIN, -123.0),
        ("(₹ 1,234.5)", PLAIN, -1234.5),
        ("₹ (12)", PLAIN, -12.0),
        ("\u221212.5", PLAIN, -12.5),
        ("\u2013 3", PLAIN, -3.0),
        ("1\u00a0234\u00a0567", PLAIN, 1234567.0),
        ("12\u200934\u2009567.5", PLAIN, 1234567.5),
        ("1\u202f234,5", GERMAN, 1234.5),
        ("12,34,567", PLAIN, 1234567.0),
        ("1,234.5", PLAIN, 1234.5),
        ("₹ 1.234,5", GERMAN, 1234.5),
        ("1,234", PLAIN, None),
        ("1.234,5", PLAIN, None),
        ("₹ 1.234,5", PLAIN, None),
        ("1,23,45", PLAIN, None),
        ("₹ 1,23", PLAIN, None),
        ("1\u00a023", PLAIN, None),
        ("5\u201310", PLAIN, None),
        ("5-10", PLAIN, None),
        ("(5)10", PLAIN, None),
        ("12 (3)", PLAIN, None),
        ("(-5)", PLAIN, None),
        ("-(5)", PLAIN, None),
        ("--5", PLAIN, None),
        ("-₹-5", PLAIN, None),
        ("12%%", PLAIN, None),
        ("₹ 12%", PLAIN, None),
        ("%", PLAIN, None),
        ("₹", PLAIN, None),
        ("()", PLAIN, None),
        ("5 mm", PLAIN, None),
        ("5 mm", MILLIMETRES, 5.0),
        ("5MM.", MILLIMETRES, 5.0),
        ("(1,234.5 mm)", MILLIMETRES, -1234.5),
        ("5 millimetre", MILLIMETRES, 5.0),
        ("5 m", MILLIMETRES, None),
        ("mm", MILLIMETRES, None),
    ],
)
def test_notations(text: str, notation: NumberNotation, expected: float | None) -> None:
    numbers, bad = parse_numbers(pa.array([text]), notation)
    assert bool(bad[0]) == (expected is None)
    assert (numbers[0] == expected) if expected is not None else np.isnan(numbers[0])


def test_typed_columns_and_empty_cells() -> None:
    for column in (
        pa.array([1, None], pa.int16()),
        pa.array([1.0, None], pa.float32()),
        pa.array([Decimal("1.0"), None], pa.decimal128(5, 1)),
        pa.array(["1", None], pa.large_string()),
    ):
        numbers, bad = parse_numbers(column, PLAIN)
        assert numbers[0] == 1
        assert bad.tolist() == [False, False]
    numbers, bad = parse_numbers(pa.array([float("nan"), float("inf")]), PLAIN)
    assert bad.tolist() == [True, True]
    assert parse_numbers(pa.array([True]), PLAIN)[1].tolist() == [True]
