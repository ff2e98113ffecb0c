"""Workbooks of every kind have the same rows, and what is none says so."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt

from ingest.sources import workbook
from ingest.sources.workbook import open_book
from tests.helpers.rows import CASES, events, mapping, read
from warehouse.errors import DataError, SourceGoneError

ROWS: list[list[Any]] = [
    ["Office", "Cases", "Share", "Opened"],
    ["Aluva", 7, 0.5, datetime.fromisoformat("2026-04-03T10:30")],
    [None, None, None, None],
    ["007", 1_200_000, -2.0, datetime.fromisoformat("2026-04-04")],
]
COLUMNS = ("id", "opened", "closed", "due", "result")
NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "manifest")
)
ODS = f"""<?xml version="1.0"?><office:document-content {NAMES}><office:body><office:spreadsheet>
{{sheets}}</office:spreadsheet></office:body></office:document-content>"""
MANIFEST = f'<?xml version="1.0"?><manifest:manifest {NAMES}/>'


def xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "cases"
    for cells in ROWS:
        book.active.append(cells)
    book.save(path)
    return path


def xls(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet, instant = book.add_sheet("cases"), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell, *([instant] if isinstance(cell, datetime) else []))
    book.save(str(path))
    return path


def ods(path: Path) -> Path:
    def written(cell: Any) -> str:
        if cell is None:
            return "<table:table-cell/>"
        if isinstance(cell, datetime):
            said = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
        elif isinstance(cell, str):
            said = 'office:value-type="string"'
        else:
            said = f'office:value-type="float" office:value="{cell}"'
        return f"<table:table-cell {said}><text:p>{cell}</text:p></table:table-cell>"

    rows = "".join(f"<table:table-row>{''.join(map(written, cells))}</table:table-row>" for cells in ROWS)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", MANIFEST)
        packed.writestr("content.xml", ODS.format(sheets=f'<table:table table:name="cases">{rows}</table:table>'))
    return path


def _instant(cell: Any) -> Any:
    """Older workbooks say midnight as a day."""
    return datetime.fromisoformat(cell.isoformat()) if type(cell) is date else cell


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.ods", "named_wrongly.xls"])
def test_every_kind_gives_texts_numbers_and_instants_as_they_are(tmp_path: Path, name: str) -> None:
    kinds = {"a.xlsx": xlsx, "a.xls": xls, "a.ods": ods, "named_wrongly.xls": xlsx}
    book = open_book(kinds[name](tmp_path / name))
    (sheet,) = book.sheets
    rows = [[_instant(cell) for cell in row] for row in sheet.rows()]
    assert sheet.title == "cases"
    assert [row for row in rows if any(cell is not None for cell in row)] == [ROWS[0], ROWS[1], ROWS[3]]
    assert [type(cell) for cell in rows[1][:2]] == [str, int]
    assert list(sheet.rows())[1][0] == "Aluva", "once more from the first"
    book.close()
    book.close()


def html(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_of_html_has_what_spans_rows_and_columns_in_each_of_them(tmp_path: Path) -> None:
    path = html(
        tmp_path / "report.xls",
        "\n<html><head><meta charset='utf-8'></head><table><tr><td>menu<table><tr><td>logo</td></tr></table></table>"
        "<table border=1><thead><tr><th rowspan=2>ജില്ല</th><th colspan='2'>Cases<br>of April</th></tr><tr><th>New</th>"
        "<th>Old &amp; late</th></tr></thead><tr><td rowspan='0'>Palakkad</td><td>007</td><td> </td></tr>"
        "<tr><td>Idukki<td align=right>1,24,300&nbsp;<td>x</table></html>",
    )
    logo, cases = open_book(path).sheets
    assert (logo.title, list(logo.rows())) == ("table 1", [["logo"]])
    assert list(cases.rows()) == [
        ["ജില്ല", "Cases of April", "Cases of April"], ["ജില്ല", "New", "Old & late"],
        ["Palakkad", "007", None], ["Idukki", "1,24,300", "x"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "encoding", "declared"),
    [
        ("", "utf-8", ""),
        ("\ufeff", "utf-8", ""),
        ("<meta charset='windows-1252'>", "utf-8", ""),
        ("<?xml version='1.0' encoding='iso-8859-1'?>", "utf-8", "utf-8"),
        ("<meta charset='windows-1252'>", "cp1252", ""),
        ("<meta charset='utf-8'>", "cp1252", "cp1252"),
    ],
)
def test_letters_of_html_are_those_of_its_encoding(tmp_path: Path, head: str, encoding: str, declared: str) -> None:
    text = "ചേർത്തല" if encoding == "utf-8" else "Café"
    path = html(tmp_path / "a.xls", f"{head}<table><tr><td>{text}</td></tr></table>", encoding)
    (sheet,) = open_book(path, declared).sheets
    assert list(sheet.rows()) == [[text]]


def test_html_that_contradicts_its_declared_encoding_is_refused(tmp_path: Path) -> None:
    path = html(tmp_path / "a.xls", "<table><tr><td>Café</td></tr></table>", "cp1252")
    with pytest.raises(DataError, match=r"a\.xls is not written in utf-8, its declared encoding"):
        read(path, mapping('encoding = "utf-8"\n' + CASES))


def test_a_table_of_html_is_loaded_under_the_name_of_a_workbook(tmp_path: Path) -> None:
    heading = "".join(f"<th>{name}</th>" for name in COLUMNS)
    path = html(tmp_path / "a.xls", f"<table><tr>{heading}</tr><tr><td>1</td><td>2026-04-01</td></tr></table>")
    (event,) = events(read(path, mapping(CASES)))
    assert (event["case_id"], event["day"]) == ("t:1", date(2026, 4, 1))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"id\topened\n1\t",
            r'it looks like text, which format = "csv" reads; allowed are Excel .*OpenDocument .*HTML',
        ),
        (b"\x00\x01", r"it begins with b'\\x00"),
        (b"", "it is empty"),
        (b"PK\x03\x04 cut off", "is not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut off", "is not a workbook"),
        (b"\xef\xbb\xbf <html><p>Session expired</p></html>", "a page without a table"),
        (b"<", "is not a workbook"),
    ],
)
def test_what_is_no_workbook_says_so(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        open_book(path)


def test_a_zip_archive_of_something_else_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr("a.txt", "x")
    with pytest.raises(DataError, match="is not a workbook"):
        open_book(tmp_path / "a.xlsx")


@pytest.mark.parametrize("kind", [xls, ods])
def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    monkeypatch.setattr(workbook, "_MOST_UNPACKED_BYTES", 100)
    with pytest.raises(DataError, match="a workbook may have 100"):
        open_book(kind(tmp_path / "a"))


def test_a_file_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(SourceGoneError, match="cannot be opened"):
        open_book(tmp_path / "gone.xls")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data[:4101], "is not a workbook: slice index"),  # a panic, which is no Exception
        (
            lambda data: data.replace(b"\xfd\x00\x0a\x00\x03\x00\x00\x00", b"\xfd\x00\x0a\x00\xff\xff\xff\xff"),
            "is not a workbook: it asks for too much memory",  # a cell in the last row and column ends the process
        ),
    ],
)
def test_a_damaged_workbook_ends_no_process_of_ours(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[bytes], bytes], says: str
) -> None:
    path = xls(tmp_path / "a.xls")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=says):
        open_book(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGTERM)", "sys.exit(os.EX_TEMPFAIL)"])
def test_a_workbook_is_not_refused_for_what_somebody_else_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(f"import os, signal, sys\n{end}")
    monkeypatch.setattr(workbook, "_WORKER", worker)
    with pytest.raises(SourceGoneError, match="cannot be read"):
        open_book(xls(tmp_path / "a.xls"))


def test_a_broken_sheet_says_where(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as broken:
        for name in whole.namelist():
            text = whole.read(name)
            broken.writestr(name, text[: len(text) // 2] if name.endswith("sheet1.xml") else text)
    with closing(open_book(tmp_path / "a.xlsx")) as book:
        (sheet,) = book.sheets
        with pytest.raises(DataError, match="cannot be read to its end"):
            list(sheet.rows())
