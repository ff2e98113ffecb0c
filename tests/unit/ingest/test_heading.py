"""Headings of other years: other words that are declared, columns that may be missing, what only looks different."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from unicodedata import normalize

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.heading import find_columns, folded_heading, joined_headings
from ingest.rule import Mapping
from tests.helpers.rows import CASES, READINGS, decoded, events, mapping, read, refused, write
from tests.unit.ingest.test_mapping import complaints
from warehouse.errors import DataError

#: The value has had three names; the remark came later.
ALIKE = READINGS.replace('value = "value"', 'value = {column = ["Live storage", "Storage (MCM)"]}\noffice = "office"')
ALIKE = ALIKE.replace('office = "office"', 'office = {column = "office", optional = true}')


def values(path: Path, made: Mapping) -> list[object]:
    result = read(path, made)
    assert not refused(result)
    return [event["value"] for event in events(result)]


@pytest.mark.parametrize(
    ("headings", "places"),
    [
        (["asset", "at", "Live storage"], (1, None, 0, 2, None)),
        (["at", "asset", "Storage (MCM)", "office"], (0, 3, 1, None, 2)),
        (["at", "asset", "Storage (MCM)", "Live storage"], (0, None, 1, 3, 2)),
        (["AT ", "Asset", "live_storage", "&nbsp;Office"], (0, 3, 1, 2, None)),
        (["\ufeffat", "asset", "Live\nstorage"], (0, None, 1, 2, None)),
        (["at", "asset", "STORAGE\u00a0\u00a0(mcm)", "Live  Storage"], (0, None, 1, 3, 2)),
    ],
)
def test_columns_are_found_by_one_of_their_headings(headings: list[str], places: tuple[int | None, ...]) -> None:
    made = mapping(ALIKE)
    assert made.columns == ("at", "office", "asset", "Live storage", "Storage (MCM)")
    assert find_columns(made, headings) == places


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (["at", "asset"], "needs column 'Live storage' or 'Storage (MCM)', the file has none of them; allowed are"),
        (["at", "asset", "Live stor"], "has none of them; nearest is Live stor;"),
        (["at", "assets", "Live storage"], "needs column 'asset', the file does not have it; nearest is assets"),
        (["at", "at", "asset", "Live storage"], "needs column 'at', the file has it 2 times"),
        (["At", "AT", "asset", "Live storage"], "needs column 'at', the file has 'At' and 'AT'; name the one"),
        (["at", "asset", "live storage", "LIVE_STORAGE"], "the file has 'live storage' and 'LIVE_STORAGE'"),
    ],
)
def test_what_is_missing_or_could_be_two_is_named(headings: list[str], said: str) -> None:
    with pytest.raises(DataError) as raised:
        find_columns(mapping(ALIKE), headings)
    assert said in str(raised.value)


def test_a_heading_that_is_there_exactly_is_never_given_up_for_a_like_one() -> None:
    both = READINGS.replace('asset = "asset"', 'asset = "At"')
    assert find_columns(mapping(both), ["At", "at", "AT", "value"]) == (1, 0, 3)
    with pytest.raises(DataError, match="needs column 'At', the file does not have it"):
        find_columns(mapping(both), ["at", "value"])
    with pytest.raises(DataError, match="needs column 'At', the file does not have it"):
        find_columns(mapping(both), ["AT", "value"])


NAMED = 'headings = {value = ["Live storage", "Storage (MCM)"], asset = "Dam"}\n' + READINGS.replace(
    'asset = "asset"', 'asset = {template = "{asset} dam"}'
)


@pytest.mark.parametrize(
    ("headings", "places"),
    [
        (["at", "asset", "value"], (0, 1, 2)),
        (["Storage (MCM)", "Dam", "at"], (2, 1, 0)),
        (["DAM", "at", "live_storage"], (1, 0, 2)),
    ],
)
def test_a_column_may_have_other_headings_wherever_it_is_read(headings: list[str], places: tuple[int, ...]) -> None:
    assert find_columns(mapping(NAMED), headings) == places


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (
            ["at", "Dam", "Live storage", "Storage (MCM)"],
            "needs column 'value', the file has 'Live storage' and 'Storage",
        ),
        (
            ["at", "Dam", "live storage", "STORAGE (MCM)"],
            "the file has 'live storage' and 'STORAGE (MCM)'; name the one",
        ),
        (["at", "Dam", "Dam", "value"], "needs column 'asset', the file has it 2 times"),
        (["at", "Dams", "value"], "needs column 'asset', the file does not have it"),
    ],
)
def test_two_headings_of_one_column_are_an_error(headings: list[str], said: str) -> None:
    with pytest.raises(DataError) as raised:
        find_columns(mapping(NAMED), headings)
    assert said in str(raised.value)


def test_other_headings_in_json(tmp_path: Path) -> None:
    lines = [
        '{"at": "2026-04-01", "Dam": "A", "value": 1}',
        '{"at": "2026-04-01", "asset": "B", "Dam": "", "Storage (MCM)": 2}',
        '{"at": "2026-04-01", "asset": "C", "value": 3, "Live storage": 4}',
        '{"at": "2026-04-01", "asset": "D", "Live storage": {"x": 4}}',
    ]
    result = read(write(tmp_path, "a.jsonl", "\n".join(lines)), mapping(NAMED))
    assert [(event["asset"], event["value"]) for event in events(result)] == [("A dam", 1), ("B dam", 2)]
    assert refused(result) == [("bad_value", "value")] * 2
    assert result.rejected["detail"][0].as_py() == "'value' and 'Live storage' are both there, and both are value"


def test_headings_are_of_columns_that_are_read_and_of_one_only() -> None:
    assert complaints(NAMED.replace('asset = "Dam"', 'asst = "Dam"')) == [
        "source.test.headings: no event reads 'asst'; nearest is asset; allowed are asset, at, value"
    ]
    assert complaints(NAMED.replace('"Dam"', '"at"')) == [
        "source.test.headings.asset: 'at' is another column that events read"
    ]


MONTHS = """
[fields]
area = {const = "KL-idukki"}
[[event]]
kind = "reading.taken"
each = {"%s" = "2024-04", "May-24" = "2024-05"}
at = {const = "{as}", day = "last"}
metric = {const = "beds"}
value = "{each}"
"""


@pytest.mark.parametrize(
    "name", ["Apr-24", "Apr 2024", "April'24", "1-Apr-24", "01 April 2024", "2024-04-01", "2024-04"]
)
def test_a_date_of_a_workbook_is_named_as_it_is_shown_or_as_a_date(tmp_path: Path, name: str) -> None:
    book = openpyxl.Workbook()
    book.active.append([date(2024, 5, 1), date(2024, 4, 1), date(2023, 4, 1)])
    book.active.append([6, 5, 4])
    book.save(tmp_path / "a.xlsx")
    assert values(tmp_path / "a.xlsx", mapping(MONTHS % name)) == [5, 6]


@pytest.mark.parametrize("name", ["24-Apr", "Apr 4", "04/01/2024", "Apr-23"])
def test_what_could_be_another_date_is_named_as_a_date(tmp_path: Path, name: str) -> None:
    book = openpyxl.Workbook()
    book.active.append([date(2024, 5, 1), date(2024, 4, 1)])
    book.active.append([6, 5])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(DataError, match=f"needs column '{name}', .* allowed are 2024-04-01, 2024-05-01"):
        read(tmp_path / "a.xlsx", mapping(MONTHS % name))


def test_two_days_of_a_month_are_not_told_apart_by_it() -> None:
    with pytest.raises(DataError, match="has '2024-04-01' and '2024-04-30'; name the one that is meant"):
        find_columns(mapping(MONTHS % "Apr-24"), ["2024-04-01", "2024-04-30", "May-24"])
    assert find_columns(mapping(MONTHS % "30 Apr 24"), ["2024-04-01", "2024-04-30", "May-24"]) == (1, 2)


def test_a_date_is_named_in_a_header_of_two_rows() -> None:
    headings = joined_headings([["2024-04-01", "", "2024-05-01", ""], ["Beds", "Free", "Beds", "Free"]])
    made = mapping(MONTHS.replace('value = "{each}"', 'value = "{each} / Free"') % "Apr-24")
    assert find_columns(made, headings) == (1, 3)


def test_what_nobody_sees_in_a_heading_does_not_matter() -> None:
    assert folded_heading(normalize("NFD", "കോട്ടയം é")) == folded_heading(normalize("NFC", "കോട്ടയം é"))
    assert folded_heading("\ufeff Today&#8217;s&nbsp;Live_\nStorage\u200b ") == "today’s live storage"
    assert folded_heading("Storage (MCM)") != folded_heading("Storage MCM")


def test_every_kind_of_table_takes_either_heading_and_does_without_what_is_optional(tmp_path: Path) -> None:
    made = mapping(ALIKE)
    for heading in ("Live storage", "Storage (MCM)", "storage_(mcm)"):
        columns = {"at": ["2026-04-01"], "asset": ["H"], heading: [7]}
        assert values(write(tmp_path, "a.csv", f"at;asset;{heading}\n2026-04-01;H;7\n"), made) == [7]
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        assert values(tmp_path / "a.parquet", made) == [7]
        book = openpyxl.Workbook()
        book.active.append(list(columns))
        book.active.append([cells[0] for cells in columns.values()])
        book.save(tmp_path / "a.xlsx")
        assert values(tmp_path / "a.xlsx", made) == [7]


def test_headings_may_run_over_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'at,asset,"Live\nstorage\n(of today)"\n2026-04-01,H,7\n')
    made = mapping(READINGS.replace('"value"', '"Live storage (of today)"'))
    assert values(path, made) == [7]
    assert values(write(tmp_path, "b.csv", path.read_text().replace(",", "\t")), made) == [7]


def test_a_line_by_line_block_lacks_the_same_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "at,asset,Live storage\n2026-04-01,H,7\n2026-04-02,H\n")
    result = read(path, mapping(ALIKE))
    assert [event["value"] for event in events(result)] == [7]
    assert refused(result) == [("bad_row", None)]


def test_two_headings_of_one_column_may_not_say_different_things() -> None:
    def row(one: str, other: str) -> dict[str, str]:
        return {"at": "2026-04-01", "asset": "H" + one + other, "Live storage": one, "Storage (MCM)": other}

    result = decoded(ALIKE, row("7", ""), row("", "8"), row("9", "9"), row("1", "2"), row("x", "3"))
    assert [event["value"] for event in events(result)] == [7, 8, 9]
    assert refused(result) == [("bad_value", "value")] * 2
    assert result.rejected["detail"][0].as_py() == (
        "value '1' is not all that columns 'Live storage' and 'Storage (MCM)' say; "
        "first_filled = true takes the first that is filled"
    )
    first = ALIKE.replace('"Storage (MCM)"]', '"Storage (MCM)"], first_filled = true')
    assert [event["value"] for event in events(decoded(first, row("1", "2"), row("", "3")))] == [1, 3]


def test_refused_rows_keep_what_the_file_had(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "at,asset,Storage (MCM)\nx,H,7\n")
    (row,) = read(path, mapping(ALIKE)).rejected.to_pylist()
    assert row["raw"] == '{"at":"x","asset":"H","Storage (MCM)":"7"}'


def test_optional_and_first_filled_say_what_they_belong_to() -> None:
    wrong = CASES.replace('due_at = "due"', 'due_at = {const = "2026-04-01", optional = true}')
    assert complaints(wrong) == ["source.test.fields.due_at.optional: belongs to column or template"]
    wrong = CASES.replace('due_at = "due"', 'due_at = {column = "due", first_filled = true}')
    assert complaints(wrong) == ["source.test.fields.due_at.first_filled: belongs to a list of columns"]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([["at", " Beds "]], ["at", "Beds"]),
        (
            [["District", "Beds", "", "ICU", ""], ["", "Total", "Occupied", "Total", "Occupied"]],
            ["District", "Beds / Total", "Beds / Occupied", "ICU / Total", "ICU / Occupied"],
        ),
        ([["District", "Beds", "Beds"], ["District", "Total", "Used"]], ["District", "Beds / Total", "Beds / Used"]),
        ([["District", "", "Beds"], ["", "Population", "Total"]], ["District", "Population", "Beds / Total"]),
        ([["Beds", "", "Remarks"], ["Total", "Used"]], ["Beds / Total", "Beds / Used", "Remarks"]),
        (
            [["2024-25", "", "", "2025-26"], ["Q1", "", "Q2", "Q1"], ["sent", "late", "sent", "sent"]],
            ["2024-25 / Q1 / sent", "2024-25 / Q1 / late", "2024-25 / Q2 / sent", "2025-26 / Q1 / sent"],
        ),
        ([["2024", "", "2025", ""], ["sent", "", "", "sent"], ["a", "b", "c", "d"]],
         ["2024 / sent / a", "2024 / sent / b", "2025 / c", "2025 / sent / d"]),
        ([], []),
    ],
)  # fmt: skip
def test_the_name_of_a_group_stands_before_each_of_its_columns(rows: list[list[str]], names: list[str]) -> None:
    assert joined_headings(rows) == names


#: A quarterly return with the quarters above and what was counted below.
GROUPED = """
heading_rows = 2
skip_lines = 1
[[event]]
name = "sent"
each = {"2024-25 Q1 / sent" = "2024-25 Q1", "2024-25 Q2 / sent" = "2024-25 Q2"}
kind = "reading.taken"
at = {const = "{as}", formats = "financial_quarter", day = "last"}
metric = {const = "beds"}
asset = "Hospital"
area = {const = "KL-idukki"}
value = "{each}"
"""
TABLE = [
    ["Return of the year", None, None, None, None],
    ["Hospital", "2024-25 Q1", None, "2024-25 Q2", None],
    [None, "sent", "late", "sent", "late"],
    ["Adimali", 4, 1, 7, 0],
    ["Peermade", 2, 0, 3, 3],
]


def _told(path: Path) -> list[tuple[object, object, str]]:
    result = read(path, mapping(GROUPED))
    assert not refused(result)
    return sorted((one["asset"], one["value"], f"{one['occurred_at']:%Y-%m}") for one in events(result))


def test_a_header_of_two_rows_in_a_workbook_and_in_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in TABLE:
        sheet.append(row)
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("D2:E2")
    book.save(tmp_path / "a.xlsx")
    expected = [("Adimali", 4.0, "2024-06"), ("Adimali", 7.0, "2024-09")]
    expected += [("Peermade", 2.0, "2024-06"), ("Peermade", 3.0, "2024-09")]
    assert _told(tmp_path / "a.xlsx") == expected
    for mark in (",", ";", "\t"):
        lines = [mark.join("" if cell is None else str(cell) for cell in row) for row in TABLE]
        assert _told(write(tmp_path, "a.csv", "\n".join(lines))) == expected


def test_a_header_of_two_rows_that_is_not_there(tmp_path: Path) -> None:
    short = write(tmp_path, "a.csv", "Return\nHospital,2024-25 Q1,\n")
    with pytest.raises(DataError, match=r"a\.csv ends before its header does; it has 1 of 2 rows"):
        read(short, mapping(GROUPED))
    table = pa.table({"Hospital": ["x"], "2024-25 Q1 / sent": [1], "2024-25 Q2 / sent": [1]})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet has no header; heading_rows of source\.test needs CSV"):
        read(tmp_path / "a.parquet", mapping(GROUPED))
    both = GROUPED.replace("skip_lines = 1", 'columns = ["Hospital"]')
    assert any("heading_rows: says that there is a header" in one for one in complaints(both))
    many = complaints(GROUPED.replace("rows = 2", "rows = 9"))
    assert many == ["source.test.heading_rows: must be 1 to 5, not 9"]
