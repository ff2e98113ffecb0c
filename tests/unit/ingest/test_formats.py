"""Encodings, delimiters, archives and workbooks: what contradicts itself is an error, never another text."""

from __future__ import annotations

import zipfile
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.instant import ambiguous_text
from ingest.sources import archive_rows, workbook
from ingest.sources.encoding import text_encoding
from tests.helpers.rows import CASES, READINGS, drain, events, file_source, mapping, read, refused, write
from warehouse.errors import ConfigError, DataError

HEADER = "id,opened,closed,due,result\n"


def row(name: str, opened: str = "2026-04-01") -> str:
    return f"{name},{opened},,,\n"


@pytest.mark.parametrize(
    ("written", "declared", "said"),
    [
        ("utf-8", "cp1252", "is UTF-8 text, but encoding 'cp1252' is declared"),
        ("utf-8-sig", "cp1252", "begins with the byte order mark of utf-8"),
        ("utf-16", "utf-8", "begins with the byte order mark of utf-16-le"),
        ("utf-16", "utf-16-be", "begins with the byte order mark of utf-16-le"),
        ("utf-16-be", "utf-16", "has no byte order mark"),
        ("utf-16-le", "", "looks like UTF-16"),
        ("utf-16-be", "utf-8", "looks like UTF-16"),
    ],
)
def test_an_encoding_that_the_file_contradicts_is_an_error(
    tmp_path: Path, written: str, declared: str, said: str
) -> None:
    made = mapping((f'encoding = "{declared}"\n' if declared else "") + CASES)
    path = write(tmp_path, "a.csv", (HEADER + row("é") + row("x") * 50).encode(written))
    with pytest.raises(DataError, match=said):
        file_source(path, made)


def test_letters_of_another_encoding_refuse_their_row_and_are_never_shown_as_others(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", (HEADER + row("é") + row("e")).encode("cp1252"))
    result = read(path, mapping(CASES))
    assert refused(result) == [("bad_encoding", "id")]
    assert [event["case_id"] for event in events(result)] == ["t:e"]


def test_a_file_that_two_delimiters_fit_asks_for_a_declaration(tmp_path: Path) -> None:
    place = (
        'metric = {const = "beds"}\nasset = {const = "dam-idukki"}\narea = {const = "KL-idukki"}\nvalue = {const = 1}'
    )
    made = mapping(f'[[event]]\nkind = "reading.taken"\nat = "at"\n{place}\n')
    path = write(tmp_path, "a.csv", "at,x;at;x\n2026-04-01,1;2026-04-02;1\n")
    with pytest.raises(DataError, match="can be read with the delimiters ',', ';'"):
        file_source(path, made)
    assert read(write(tmp_path, "b.csv", "at\n2026-04-01\n"), made).events.num_rows == 1


def test_a_missing_column_is_named_whatever_the_delimiter(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", HEADER.replace(",", ";").replace("opened", "opening"))
    with pytest.raises(DataError, match="needs column 'opened', the file does not have it; nearest is opening"):
        file_source(path, mapping(CASES))


@pytest.mark.parametrize(
    ("one", "other", "ambiguous"),
    [
        ("%d/%m/%Y", "%m/%d/%Y", True),
        ("%d/%m/%y", "%y/%m/%d", True),
        ("%d/%m/%Y", "%d-%m-%Y", False),
        ("%d/%m/%Y", "%d/%m/%Y %H:%M", False),
        ("%d %b %Y", "%Y%m%d", False),
        ("iso", "%d/%m/%Y", False),
        ("%d%m%y", "%Y%m", True),
        ("%m-%y", "%y-%m", True),
        ("%b-%Y", "%d-%b-%Y", False),
        ("epoch_ms", "epoch_s", True),
        ("epoch_s", "epoch_ms", True),
        ("epoch_s", "excel", True),
        ("excel", "epoch_s", False),
        ("epoch_s", "iso", False),
    ],
)
def test_formats_that_read_one_text_as_different_days(one: str, other: str, ambiguous: bool) -> None:
    assert (ambiguous_text(one, other) is not None) is ambiguous
    text = f'day = "first"\nformats = ["{one}", "{other}"]\n' + CASES
    if ambiguous:
        with pytest.raises(ConfigError, match=r"source\.test\.formats: .* is one day as"):
            mapping(text)
    else:
        assert mapping(text).entries


@pytest.mark.parametrize("opened", ["൦൧/൦൪/൨൦൨൬", "०१/०४/२०२६", "01/04/2026", "01-04-2026"])
def test_several_formats_and_digits_of_other_scripts(tmp_path: Path, opened: str) -> None:
    made = mapping('formats = ["%d/%m/%Y", "%d-%m-%Y"]\n' + CASES)
    (event,) = events(read(write(tmp_path, "a.csv", HEADER + row("1", opened)), made))
    assert str(event["day"]) == "2026-04-01"


def a_workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(cells)
    book.save(path)
    return path


COLUMNS = HEADER.strip().split(",")


def test_cells_of_a_workbook_that_hold_a_duration_are_one(tmp_path: Path) -> None:
    made = mapping(READINGS.replace('value = "value"', 'value = {column = "value", duration = "hours"}'))
    lasted = time(1, 45), timedelta(hours=25, minutes=30), "0:30"
    path = a_workbook(tmp_path / "a.xlsx", a=[["at", "asset", "value"], *(["2026-04-01", "H", one] for one in lasted)])
    assert [event["value"] for event in events(read(path, made))] == [1.75, 25.5, 0.5]


def test_dates_and_texts_in_one_column_of_a_workbook_are_told_apart(tmp_path: Path) -> None:
    rows = [COLUMNS, [1, datetime.fromisoformat("2026-04-03 10:30")], [], [2, "03/04/2026"], [None] * 5, [3.5, "soon"]]
    path = a_workbook(tmp_path / "a.xlsx", cases=rows, notes=[["x"]])
    result = read(path, mapping('formats = ["%d/%m/%Y", "iso"]\n' + CASES))
    told = [(event["case_id"], str(event["occurred_at"])) for event in events(result)]
    assert told == [("t:1", "2026-04-03 05:00:00+00:00"), ("t:2", "2026-04-02 18:30:00+00:00")]
    assert refused(result) == [("bad_time", "at")]
    assert refused(read(path, mapping('formats = ["%d/%m/%Y"]\n' + CASES)))[0] == ("bad_time", "at"), "never guessed"


def test_the_sheet_is_the_one_with_the_columns(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx", a=[COLUMNS, ["1", "2026-04-01"]], b=[COLUMNS])
    with pytest.raises(DataError, match="the sheets 'a', 'b' all have the columns"):
        file_source(path, mapping(CASES))
    path = a_workbook(tmp_path / "b.xlsx", a=[["id", "opend", "closed", "due", "result"]])
    with pytest.raises(DataError, match=r"needs column 'opened'.*nearest is opend"):
        file_source(path, mapping(CASES))
    with pytest.raises(DataError, match="is not a workbook"):
        file_source(write(tmp_path, "c.xlsx", "no"), mapping(CASES))


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_UNPACKED_BYTES", 1000)
    monkeypatch.setattr(archive_rows, "_MOST_UNPACKED_BYTES", 1000)
    with pytest.raises(DataError, match="a workbook may have 1,000"):
        file_source(a_workbook(tmp_path / "a.xlsx", a=[COLUMNS]), mapping(CASES))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", HEADER + row("1") * 1000)
    with pytest.raises(DataError, match="allowed are 1000 files and 1,000 bytes"):
        file_source(tmp_path / "a.zip", mapping(CASES))


@pytest.mark.parametrize(
    ("members", "said"),
    [({}, "holds no files"), ({"a.doc": "x"}, "set format in source.test"), ({"a.csv": "x"}, "needs column 'opened'")],
)
def test_an_archive_of_something_else_is_refused(tmp_path: Path, members: dict[str, str], said: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=said):
        file_source(tmp_path / "a.zip", mapping(CASES))


def test_names_in_an_archive_lead_nowhere_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../escaped.csv", HEADER + row("1"))
        archive.writestr("__MACOSX/._a.csv", "x")
    assert read(tmp_path / "a.zip", mapping(CASES)).events.num_rows == 1
    assert not list(tmp_path.parent.rglob("escaped.csv"))


def test_stray_zeros_are_no_utf_16() -> None:
    for head in (b"\0", b"\0" * 40, b"a,b\n1,\0\n" * 3, b"\0\n" * 4):
        assert text_encoding(head, "") == "utf-8"


MONTHS = READINGS.replace('at = "at"', 'at = {column = "month", formats = "%b %Y", day = "first"}')


def test_all_sheets_of_declared_names_are_read_one_after_the_other(tmp_path: Path) -> None:
    made = mapping("sheets = '(?P<month>[A-Z][a-z]{2} 20[0-9]{2})$'\n" + MONTHS)
    head, months = ["asset", "value"], {"Beds Apr 2026": [["H", 1], ["I", 2]], "Beds May 2026": [["H", 3]]}
    sheets = {title: [head, *rows] for title, rows in months.items()}
    path = a_workbook(
        tmp_path / "a.xlsx", notes=[["x"]], **sheets, **{"Beds Jun 2026": [["Value", "new", "asset"], [4, 0, "H"]]}
    )
    told = [(1, "H", "2026-04-01", 1), (2, "I", "2026-04-01", 2), (3, "H", "2026-05-01", 3), (4, "H", "2026-06-01", 4)]
    for rows in (1, 2, 50):
        result = events(read(path, made, batch_rows=rows))
        assert [(one["row"], one["asset"], str(one["day"]), one["value"]) for one in result] == told
    for read_before in range(1, 5):
        with closing(file_source(path, made, batch_rows=1)) as source:
            for _ in range(read_before):
                source.next_batch()
            position = source.position()
        with closing(file_source(path, made, position=position)) as source:
            rest = [row for batch in drain(source) for row in batch.events["row"].to_pylist()]
        assert rest == list(range(read_before + 1, 5))
    with pytest.raises(DataError, match=r"a\.xlsx: no sheet is named like \^x.*; it has 'notes', 'Beds Apr 2026'"):
        file_source(path, mapping("sheets = '^x(?P<month>)'\n" + MONTHS))
    with pytest.raises(DataError, match=r"a\.xlsx: sheet 'notes': source test needs column 'asset'"):
        file_source(path, mapping("sheets = '(?P<month>.)'\n" + MONTHS))


def test_what_stands_above_the_header_of_a_sheet_may_fill_columns(tmp_path: Path) -> None:
    text = "skip_lines = 2\nsheets = '^Beds'\ntitle_rows = 'MPR for (?P<month>[A-Z][a-z]{2} 20[0-9]{2})'\n"
    sheets: dict[str, list[list[Any]]] = {
        f"Beds {number}": [["MPR", "for", month], ["as on", 7], ["asset", "value"], ["H", number]]
        for number, month in enumerate(("Apr 2026", "May 2026"), 1)
    }
    path = a_workbook(tmp_path / "a.xlsx", **sheets)
    assert [(str(one["day"]), one["value"]) for one in events(read(path, mapping(text + MONTHS)))] == [
        ("2026-04-01", 1),
        ("2026-05-01", 2),
    ]
    path = a_workbook(tmp_path / "b.xlsx", **sheets, **{"Beds 3": [["MPR"], [], ["asset", "value"], ["H", 3]]})
    with pytest.raises(DataError, match=r"b\.xlsx: sheet 'Beds 3': no text above the header is like MPR for"):
        file_source(path, mapping(text + MONTHS))


GROUPED = READINGS.replace('asset = "asset"', 'asset = {template = "{district} / {block} / {asset}"}')


def test_cells_of_groups_hold_for_the_rows_below(tmp_path: Path) -> None:
    made = mapping('fill_down = ["district", "block"]\n' + GROUPED)
    rows = [
        ["district", "block", "asset", "at", "value"],
        ["Idukki", "Adimali", "H1", "2026-04-01", 1],
        [None, None, "H2", "2026-04-01", 2],
        [" ", "Devikulam", "H3", "2026-04-01", 3],
        ["Palakkad", None, "H4", "2026-04-01", 4],
        [None, "Agali", "H5", "2026-04-01", 5],
    ]
    path = a_workbook(tmp_path / "a.xlsx", a=rows)
    expected = [
        "Idukki / Adimali / H1",
        "Idukki / Adimali / H2",
        "Idukki / Devikulam / H3",
        "KL-idukki",
        "Palakkad / Agali / H5",
    ]
    for size in (1, 2, 50):
        told = [event["asset"] for event in events(read(path, made, batch_rows=size))]
        assert told == expected, "a block of another district does not hold on"
    with closing(file_source(path, made, position='{"row": 1, "within": 0}')) as source:
        assert [one["asset"] for batch in drain(source) for one in batch.events.to_pylist()] == expected[1:]


def test_cells_of_groups_hold_for_the_rows_below_in_csv_too(tmp_path: Path) -> None:
    made = mapping(
        'fill_down = ["district", "block"]\n' + GROUPED.replace('value = "value"', 'value = "value"\noffice = "block"')
    )
    rows = ["I,A,1", ",,2", " ,B,3", "P,,4", ",C,5", "broken", ",,6", ",D,7", "Q,E,8", ",,9"]
    groups = ["I / A", "I / A", "I / B", "KL-idukki", "P / C", "KL-idukki", "KL-idukki", "Q / E", "Q / E"]
    expected = [f"{group} / H" if "/" in group else group for group in groups]
    head = "district,block,value,asset,at\n"
    path = write(
        tmp_path, "a.csv", head + "".join(row + (",H,2026-04-01\n" if row[0] != "b" else "\n") for row in rows)
    )
    for options in ({}, {"batch_rows": 1}):
        result = read(path, made, **options)
        assert [event["asset"] for event in events(result)] == expected
        assert refused(result) == [("bad_row", None)]


def test_groups_hold_where_a_csv_file_is_gone_on_with(tmp_path: Path) -> None:
    made = mapping('fill_down = ["district", "block"]\n' + GROUPED)
    head, rows = "district,block,value,asset,at\n", 10_000
    lines = [f"{'D' if row == 0 else ''},{f'B{row}' if row % 700 == 0 else ''},1,H,2026-04-01\n" for row in range(rows)]
    path = write(tmp_path, "a.csv", head + "".join(lines))
    with closing(file_source(path, made, block_bytes=4096)) as source:
        positions = [source.position() for _ in iter(source.next_batch, None)]
    assert len(positions) > 1
    for position in positions:
        with closing(file_source(path, made, position=position, block_bytes=4096)) as source:
            told = [event for batch in drain(source) for event in batch.events.to_pylist()]
        assert [one["asset"] for one in told] == [f"D / B{(one['row'] - 1) // 700 * 700} / H" for one in told]


def test_sheets_and_groups_belong_to_files_with_a_header_and_to_columns_that_are_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"source\.test\.fill_down: no event reads 'distrct'; nearest is district"):
        mapping('fill_down = "distrct"\n' + GROUPED)
    with pytest.raises(DataError, match=r"a\.csv is no workbook; sheets of source\.test needs one"):
        file_source(write(tmp_path, "a.csv", "x\n"), mapping('sheets = "x"\n' + GROUPED))
    with pytest.raises(DataError, match=r"a\.jsonl has no header; fill_down of source\.test needs CSV or a workbook"):
        file_source(write(tmp_path, "a.jsonl", "{}"), mapping('fill_down = "district"\n' + GROUPED))
