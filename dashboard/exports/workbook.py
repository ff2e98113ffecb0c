"""Tables as Excel workbooks: a sheet that says what it is, a sheet with the rows.

Invariants: rows go to the disk as they come, so that 200,000 of them do not fill the memory; a text is a text whatever
it begins with, also after somebody has edited its cell.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from dashboard.exports.csv_file import FORMULA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Table, Value

DAY: Final = "DD-MM-YYYY"
INSTANT: Final = "DD-MM-YYYY HH:MM"
#: Stands for control characters, which no workbook may contain.
_UNWRITABLE: Final = "\ufffd"
_LABEL_WIDTH, _VALUE_WIDTH = 28, 90
_BOLD: Final = Font(bold=True)
_FROM_TOP: Final = Alignment(vertical="top", wrap_text=True)


def write_workbook(table: Table, about_sheet: str) -> IO[bytes]:
    """A table as a workbook, in a file without a name that is gone when it is closed.

    Args:
        table: what it contains.
        about_sheet: what the sheet that says what it is is called.

    Returns:
        The file, at its beginning; the caller closes it.

    Raises:
        EngineGoneError: the engine does not answer any more; nothing is left behind then.
    """
    book = Workbook(write_only=True)
    with ExitStack() as opened:
        file = opened.enter_context(tempfile.TemporaryFile())
        try:
            _write_about(book.create_sheet(about_sheet), table)
            _write_rows(book.create_sheet(table.sheet), table)
        finally:
            book.save(file)  # also after an error: it is what takes openpyxl's own temporary files away
        opened.pop_all()
    file.seek(0)
    return file


def _write_about(sheet: Any, table: Table) -> None:
    _widths(sheet, (_LABEL_WIDTH, _VALUE_WIDTH))
    for label, value in table.about:
        told = _styled(sheet, value)
        told.alignment = _FROM_TOP if isinstance(value, str) else Alignment(horizontal="left")
        sheet.append([_heading(sheet, label), told])


def _write_rows(sheet: Any, table: Table) -> None:
    sheet.freeze_panes = "A2"
    _widths(sheet, [column.width for column in table.columns])
    sheet.append([_heading(sheet, column.heading) for column in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])


def _widths(sheet: Any, widths: Sequence[int]) -> None:
    """Must be said before the first row is."""
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def _heading(sheet: Any, text: str) -> Any:
    cell = _styled(sheet, text)
    cell.font, cell.alignment = _BOLD, _FROM_TOP
    return cell


def _cell(sheet: Any, value: Value) -> Any:
    """What `append` takes: the value itself where openpyxl cannot misunderstand it, which is twice as quick."""
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub(_UNWRITABLE, value)
        return _styled(sheet, text) if text.startswith(FORMULA) or text in ERROR_CODES else text
    return _styled(sheet, value) if isinstance(value, date) else value


def _styled(sheet: Any, value: Value) -> Any:
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, date):
            cell.number_format = INSTANT if isinstance(value, datetime) else DAY
        return cell
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(_UNWRITABLE, value))
    cell.data_type = "s"  # openpyxl takes "=…" for a formula and "#N/A" for an error
    cell.quotePrefix = value.startswith(FORMULA)
    return cell
