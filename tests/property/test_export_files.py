"""Whatever stands in a table, both files of it say the same, and no cell of either is a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exports.csv_file import FORMULA, csv_pieces
from dashboard.exports.table import Column, Table, Value
from dashboard.exports.workbook import DAY, INSTANT, write_workbook
from tests.helpers.search import examples

WIDTH = 3
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=30)
DAYS = st.dates(date(1950, 1, 1), date(2200, 1, 1))
VALUES: st.SearchStrategy[Value] = st.one_of(
    TEXTS,
    st.sampled_from(["=1+1", "+91", "-2", "@SUM(A1)", "#N/A", "#REF!", "പാലക്കാട്"]),
    TEXTS.map(lambda text: f"={text}"),
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9).map(lambda value: round(value, 6)).filter(lambda value: not value.is_integer()),
    DAYS,
    st.builds(datetime.combine, DAYS, st.builds(time, st.integers(0, 23), st.integers(0, 59))),
    st.none(),
)
#: No table has a row of nothing; a workbook that ends with one is read back without it.
ROW = st.lists(VALUES, min_size=WIDTH, max_size=WIDTH).filter(lambda row: any(value not in {None, ""} for value in row))
ROWS = st.lists(ROW, max_size=8)


def _as_csv(value: Value) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, date):
        return value.strftime("%d-%m-%Y %H:%M" if isinstance(value, datetime) else "%d-%m-%Y")
    return "" if value is None else str(value)


@settings(max_examples=examples(40), deadline=None)
@given(rows=ROWS)
def test_a_workbook_and_a_csv_of_one_table_say_the_same(rows: list[list[Value]]) -> None:
    columns = tuple(Column(f"={number}", 12) for number in range(WIDTH))

    def table() -> Table:
        return Table("name", "Rows", (("Title", "=1+1"),), columns, iter(rows))

    with write_workbook(table(), "About") as file:
        sheet = openpyxl.load_workbook(file)["Rows"]
        cells = list(sheet.iter_rows(min_row=2, max_col=WIDTH))
    lines = list(csv.reader(io.StringIO(b"".join(csv_pieces(table(), "About")).decode("utf-8-sig"))))
    assert lines[0] == [*(f"'={number}" for number in range(WIDTH)), "About"]
    assert [line.pop() for line in lines[1:]] == ["Title: =1+1", *([""] * len(rows))][: len(rows)]
    assert len(cells) == len(lines) - 1 == len(rows)
    for row, line, given_row in zip(cells, lines[1:], rows, strict=True):
        for cell, text, value in zip(row, line, given_row, strict=True):
            assert cell.data_type not in {"f", "e"}
            if isinstance(value, float):
                assert cell.value == value
                assert float(text) == value
                continue
            is_day = isinstance(value, date) and not isinstance(value, datetime)
            assert (cell.value.date() if is_day else cell.value) == value
            assert text == _as_csv(value)
            if isinstance(value, date):
                assert cell.number_format == (DAY if is_day else INSTANT)
