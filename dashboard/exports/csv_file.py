"""Tables as CSV files that spreadsheets open without harm."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from dashboard import format as form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dashboard.exports.table import Table, Value

CSV: Final = "text/csv; charset=utf-8"
#: What a spreadsheet takes for the beginning of a formula or of a command.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
#: Spreadsheets need it to read Malayalam.
_BYTE_ORDER_MARK: Final = "\ufeff".encode()
_ROWS_AT_ONCE: Final = 2_000


def safe_cell(text: str) -> str:
    """A text as a spreadsheet may read it: what looks like a formula gets an apostrophe in front.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_pieces(table: Table, about_column: str) -> Iterator[bytes]:
    """A table as CSV, piece by piece: headings, rows, and a last column of which the first row says what the table is.

    Programs take the first line of a CSV for its headings, so that nothing may stand above it.

    Args:
        table: what it contains.
        about_column: heading of the last column.

    Raises:
        EngineGoneError: the engine does not answer any more.
    """
    yield _BYTE_ORDER_MARK + _lines([[*(column.heading for column in table.columns), about_column]])
    about: Value = " · ".join(f"{label}: {_written(value)}" for label, value in table.about)
    rows = iter(table.rows)
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield _lines([[*row, None if place else about] for place, row in enumerate(some)])
        about = None


def _lines(rows: Iterable[Sequence[Value]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Value) -> str:
    return safe_cell(value) if isinstance(value, str) else _written(value)


def _written(value: Value) -> str:
    if isinstance(value, datetime):
        return f"{form.day(value.date())} {value:%H:%M}"
    if isinstance(value, date):
        return form.day(value)
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
