"""A number is the same whatever stands around it that can mean nothing else."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.number import parse_numbers
from ingest.rule import NumberNotation
from tests.helpers.search import examples

_MINUSES = ("-", "\u2212", "\u2013")


def grouped(digits: str, sign: str, size: int) -> str:
    """Whole digits with a sign between groups of so many, the last one of three."""
    head, last = digits[:-3], digits[-3:]
    parts = [head[max(0, end - size) : end] for end in range(len(head), 0, -size)][::-1]
    return sign.join([*parts, last])


@settings(deadline=None, max_examples=examples(200))
@given(st.integers(0, 10**10), st.integers(0, 99), st.booleans(), st.data())
def test_what_stands_around_a_number_changes_nothing(
    whole: int, cents: int, negative: bool, data: st.DataObject
) -> None:
    size = data.draw(st.sampled_from([2, 3]))
    sign, rupees = data.draw(st.sampled_from([",", "\u00a0", "\u2009", "\u202f", ""])), data.draw(st.booleans())
    text = (grouped(str(whole), sign, size) if sign else str(whole)) + f".{cents:02d}"
    if rupees:
        text = data.draw(st.sampled_from(["₹{}", "₹ {}", "Rs. {}", "Rs.{}/-", "INR {}", "{}/-", "{} ₹"])).format(text)
    else:
        text += data.draw(st.sampled_from(["", "%", " %", " mm", "MM"]))
    if negative:
        text = data.draw(st.sampled_from(["({})", *(f"{minus}{{}}" for minus in _MINUSES)])).format(text)
    numbers, bad = parse_numbers(pa.array([text, "x", None]), NumberNotation(units=("mm",)))
    assert bad.tolist() == [False, True, False], text
    assert numbers[0] == float(f"{'-' if negative else ''}{whole}.{cents:02d}")


@settings(deadline=None, max_examples=examples(300))
@given(st.lists(st.text(alphabet="0123456789.,-+%()₹ Rs/em\u00a0\u2212", max_size=12), min_size=1, max_size=5))
def test_no_text_raises_and_a_cell_is_read_the_same_beside_others(cells: list[str]) -> None:
    together, _ = parse_numbers(pa.array(cells), NumberNotation())
    for cell, number in zip(cells, together, strict=True):
        alone, bad = parse_numbers(pa.array([cell]), NumberNotation())
        assert bad[0] == (alone[0] != alone[0])
        assert alone[0] == number or bad[0]
