"""Workbooks of any kind as sheets of rows: Excel (.xlsx, .xlsb, .xls), OpenDocument, and tables of HTML.

Which kind a file is, its first bytes say: portals give out tables of HTML under the name of an Excel workbook.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import openpyxl
from lxml import etree, html

from ingest.sources.damage import reading
from warehouse.errors import DataError, SourceGoneError

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

#: Rows of cells: text, number, truth value, day or instant; None = empty.
Rows = Iterator[Sequence[Any]]

#: A workbook's texts are held in memory, and a small file may hold very many of them.
_MOST_UNPACKED_BYTES: Final = 512 << 20
_ZIP, _OLE, _MARKUP = b"PK", b"\xd0\xcf\x11\xe0", b"<"
_LEAST_OF_TEXT: Final = 0x20
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
#: What only a zip archive of these kinds has in it.
_NOT_XLSX: Final = frozenset({"content.xml", "xl/workbook.bin"})
_XLSX: Final = "xl/workbook.xml"
_ALLOWED: Final = "allowed are Excel (.xlsx, .xlsb, .xls without a password), OpenDocument (.ods) and tables of HTML"
_SPAN_MOST: Final = 1_000
_WORKER: Final = Path(__file__).with_name("workbook_worker.py")
#: How the worker ends when the disk or somebody else ended it, not the workbook.
_NOT_ITS_FAULT: Final = frozenset({os.EX_TEMPFAIL, -signal.SIGHUP, -signal.SIGINT, -signal.SIGTERM})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet.

    Attributes:
        title: its name; tables of HTML are numbered from 1.
        rows: gives its rows from the first on, as often as it is called.
    """

    title: str
    rows: Callable[[], Rows]


@dataclass(frozen=True, slots=True)
class Book:
    """An open workbook. Attributes: sheets: in order; opened: what close closes, if there is anything."""

    sheets: tuple[Sheet, ...]
    opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def close(self) -> None:
        """Read no more of it; may be called twice."""
        self.opened.close()


def open_book(path: Path, encoding: str = "") -> Book:
    """Open a workbook.

    Args:
        path: the file.
        encoding: of a page of HTML; empty = UTF-8, or what the page says where it is no UTF-8.

    Raises:
        DataError: it is none, is too large, or is not written in its encoding.
        SourceGoneError: it cannot be read now.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(512)
        if begin.startswith(_ZIP):
            names = _members(path)
            return _by_openpyxl(path) if _XLSX in names or not names & _NOT_XLSX else _by_calamine(path)
        if begin.startswith(_OLE):
            return _by_calamine(path)
        if begin.lstrip(_BLANK).startswith(_MARKUP):
            return _by_lxml(path, encoding)
    except OSError as error:
        raise SourceGoneError(f"{path} cannot be opened: {error}") from error
    if not begin:
        raise _not_a_workbook(path, "it is empty")
    is_text = not any(byte < _LEAST_OF_TEXT and byte not in _BLANK for byte in begin)
    why = 'it looks like text, which format = "csv" reads' if is_text else f"it begins with {begin[:8]!r}"
    raise _not_a_workbook(path, why)


def _not_a_workbook(path: Path, why: object) -> DataError:
    return DataError(f"{path.name} is not a workbook: {why}; {_ALLOWED}")


def _members(path: Path) -> frozenset[str]:
    """Names of what a zip archive holds, unless that is too much."""
    with reading(path.name, f"is not a workbook ({_ALLOWED})"), zipfile.ZipFile(path) as packed:
        members = packed.infolist()
    _check_size(path, sum(member.file_size for member in members))
    return frozenset(member.filename for member in members)


def _check_size(path: Path, size: int) -> None:
    if size > _MOST_UNPACKED_BYTES:
        raise DataError(f"{path.name} unpacks to {size:,} bytes; a workbook may have {_MOST_UNPACKED_BYTES:,}")


def _by_openpyxl(path: Path) -> Book:
    def rows(sheet: ReadOnlyWorksheet) -> Rows:
        with reading(path.name, "cannot be read to its end"):
            yield from sheet.iter_rows(values_only=True)

    with contextlib.ExitStack() as opened:
        file = opened.enter_context(path.open("rb"))  # by its name it would be refused as .xls
        with reading(path.name, f"is not a workbook ({_ALLOWED})"):
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            opened.callback(book.close)
            sheets = tuple(Sheet(sheet.title, partial(rows, sheet)) for sheet in book.worksheets)
        return Book(sheets, opened.pop_all())


def _by_calamine(path: Path) -> Book:
    """Read in a process of its own: a damaged workbook ends it, not ours."""
    _check_size(path, path.stat().st_size)

    def rows(title: str, unpacked: Path) -> Rows:
        with unpacked.open("rb") as file:
            while file.peek(1):
                row = pickle.load(file)  # noqa: S301 – written by our own process
                if isinstance(row, str):
                    raise DataError(f"{path.name}: sheet {title!r} cannot be read: {row}")
                yield row

    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="ingest-")))
        line = (sys.executable, "-I", str(_WORKER), str(path.absolute()), str(folder))
        quiet = dict(os.environ) | {"RUST_BACKTRACE": "0"}
        worker = subprocess.run(  # noqa: S603 – the line is ours
            line, env=quiet, capture_output=True, text=True, errors="replace", check=False
        )
        said = worker.stderr.strip().rpartition("\n")[2]
        if worker.returncode in _NOT_ITS_FAULT:
            raise SourceGoneError(f"{path} cannot be read: {said}")
        if worker.returncode:
            raise _not_a_workbook(path, said if worker.returncode > 0 else "it asks for too much memory or time")
        titles = json.loads(worker.stdout)
        sheets = (Sheet(title, partial(rows, title, folder / str(at))) for at, title in enumerate(titles))
        return Book(tuple(sheets), opened.pop_all())


def _by_lxml(path: Path, encoding: str) -> Book:
    _check_size(path, path.stat().st_size)
    page, written = path.read_bytes(), None
    try:
        page, written = page.decode(encoding or "utf-8-sig").encode(), "utf-8"
    except UnicodeError as error:
        if encoding:
            raise DataError(f"{path.name} is not written in {encoding}, its declared encoding: {error}") from error
    try:
        root = html.document_fromstring(page, parser=html.HTMLParser(no_network=True, encoding=written))
    except (etree.LxmlError, ValueError) as error:
        raise _not_a_workbook(path, error) from error
    for line_break in root.iter("br"):
        line_break.tail = " " + (line_break.tail or "")
    tables = [table for table in root.iter("table") if table.find(".//table") is None]
    if not tables:
        raise _not_a_workbook(path, "it is a page without a table")
    sheets = (Sheet(f"table {number}", partial(_table_rows, table)) for number, table in enumerate(tables, start=1))
    return Book(tuple(sheets))


def _table_rows(table: HtmlElement) -> Rows:
    """Rows of a table of HTML; what spans rows or columns stands in each of them."""
    lasting: dict[int, tuple[int, str | None]] = {}  # by column: how many rows more, and what stands there
    for row in table.iter("tr"):
        cells: list[str | None] = []
        for cell in row.iterchildren("td", "th"):
            _go_on(cells, lasting)
            text = " ".join(cell.text_content().split()) or None
            for _ in range(_span(cell, "colspan")):
                lasting[len(cells)] = _span(cell, "rowspan") - 1, text
                cells.append(text)
        _go_on(cells, lasting)
        yield cells


def _go_on(cells: list[str | None], lasting: dict[int, tuple[int, str | None]]) -> None:
    """Add what stands in the next columns from rows above."""
    while (held := lasting.get(len(cells), (0, None)))[0]:
        lasting[len(cells)] = held[0] - 1, held[1]
        cells.append(held[1])


def _span(cell: HtmlElement, name: str) -> int:
    said = cell.get(name, "1").strip()
    return min(max(int(said), 1), _SPAN_MOST) if said.isdecimal() else 1
