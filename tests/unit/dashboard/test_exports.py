"""What is on a screen as files: numbers are numbers, texts are texts, and the head says how old and how sure it is."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path

import httpx
import openpyxl
import pytest
from openpyxl.workbook import Workbook

from dashboard.address import Address
from dashboard.exports.breaches import breaches_table
from dashboard.exports.csv_file import safe_cell
from dashboard.exports.indicators import indicators_table
from dashboard.exports.lists import attention_table, departments_table, health_table, offices_table, review_table
from dashboard.exports.places import places_table
from dashboard.exports.table import Column, Table, exact, local
from dashboard.exports.workbook import write_workbook
from dashboard.services import Services
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from dashboard.views.breaches import breaches_view
from dashboard.views.daily import DAYS
from dashboard.views.department import departments_view
from dashboard.views.health import health_view
from dashboard.views.indicator import IndicatorAt, indicator_view
from dashboard.views.office_list import office_list
from tests.helpers.browser import answering, serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import EngineGoneError

LINK = '=HYPERLINK("http://example.org","x")'
PLACE = "KL-palakkad"


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)


@pytest.fixture
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _asked(services: Services, href: str) -> Asked:
    return Asked.of(services, Address.parse(href))


def _book(table: Table) -> Workbook:
    with write_workbook(table, "About") as file:
        return openpyxl.load_workbook(file)


def _got(client: httpx.Client, address: str) -> Workbook:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def _lines(client: httpx.Client, address: str) -> tuple[list[list[str]], list[list[str]]]:
    """What a CSV says of itself, by label, and its headings with rows."""
    answer = client.get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    abouts = [line.pop() for line in lines]
    assert abouts[0] in {"About this file", "ഈ ഫയലിനെക്കുറിച്ച്"}
    assert not any(abouts[2:])
    return [one.split(": ", maxsplit=1) for one in abouts[1].split(" · ")], lines


@pytest.mark.parametrize("text", ["=1+1", "+91", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_looks_like_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["KL-1", "Birth registration", "", "ജനനം", "20-11-2026"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def test_a_workbook_keeps_every_cell_what_it_is(services: Services) -> None:
    row = [LINK, "പാലക്കാട് ജില്ല", 12, 87.26, date(2026, 11, 20), local(AFTERNOON, services.zone), None, "a\x00b"]
    heads = tuple(Column(name, 11) for name in ("=A", "b", "c", "d", "e", "f", "g", "h"))
    book = _book(Table("name", "പട്ടിക", (("Title", LINK),), heads, [row]))
    assert book.sheetnames == ["About", "പട്ടിക"]
    assert [cell.data_type for cell in book["About"][1]] == ["s", "s"]
    sheet = book["പട്ടിക"]
    cells = list(sheet[2])
    assert [cell.data_type for cell in cells] == ["s", "s", "n", "n", "d", "d", "n", "s"]
    assert [cell.value for cell in cells[:4]] == row[:4]
    assert cells[0].quotePrefix, "else the text becomes a formula when somebody edits its cell"
    assert (cells[4].value, cells[4].number_format) == (datetime.combine(row[4], time()), "DD-MM-YYYY")
    assert (cells[5].value, cells[5].number_format) == (row[5], "DD-MM-YYYY HH:MM")
    assert cells[7].value == "a\ufffdb"
    assert all(cell.font.bold and cell.data_type == "s" for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width == 11


def test_nothing_is_left_behind_when_the_engine_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[list[int]]:
        yield [1]
        message = "gone"
        raise EngineGoneError(message)

    with pytest.raises(EngineGoneError):
        write_workbook(Table("name", "Rows", (), (Column("a", 9),), rows()), "About")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "said"), [(None, None), (3.0, 3), (87.1234567, 87.123457), (-0.0, 0), (0.0000001, 0)]
)
def test_numbers_have_six_digits_and_no_empty_ones(value: float | None, said: float | None) -> None:
    assert repr(exact(value)) == repr(said)


def test_the_list_is_whole_and_typed(client: httpx.Client, services: Services) -> None:
    address = f"/breaches?at={PLACE}&view=overdue&svc=income_certificate"
    view = breaches_view(_asked(services, address))
    as_csv, as_excel, *_ = (link.href for link in view.files)
    book = _got(client, as_excel)
    sheet = book.worksheets[1]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert view.cases is not None
    assert 0 < len(rows) == view.cases.of
    assert len({row[0] for row in rows}) == len(rows)
    assert all(isinstance(row[8], datetime) and isinstance(row[9], int) for row in rows)
    head, lines = _lines(client, as_csv)
    assert lines[0][0] == "Application"
    assert [line[0] for line in lines[1:]] == [row[0] for row in rows]
    assert lines[1][8] == rows[0][8].strftime("%d-%m-%Y")
    told = {(label, value) for label, value in head}
    assert {("Place", "Palakkad district"), ("Only", "Income certificate"), ("Language", "English")} <= told
    assert [label.value for label in book.worksheets[0]["A"]] == [label for label, _ in head]


def test_files_are_in_the_language_of_their_page(client: httpx.Client) -> None:
    head, lines = _lines(client, "/api/breaches.csv?lang=ml")
    assert lines[0][0] == "അപേക്ഷ"
    assert ["ഭാഷ", "മലയാളം"] in head
    book = _got(client, f"/api/places.xlsx?lang=ml&at={PLACE}")
    assert book.sheetnames == ["ഈ ഫയലിനെക്കുറിച്ച്", "സ്ഥലങ്ങൾ"]
    assert "മണ്ണാർക്കാട്" in [cell.value for cell in book.worksheets[1]["B"]]


def test_a_list_that_is_cut_says_so(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.exports.breaches.MOST_ROWS", 4)
    monkeypatch.setattr("dashboard.exports.breaches._ROWS_AT_ONCE", 2)
    table = breaches_table(_asked(services, f"/breaches?at={PLACE}"))
    said = dict(table.about)["Rows"]
    assert str(said).startswith("4 of ")
    assert len(list(table.rows)) == 4


def test_the_year_has_a_line_for_each_day(client: httpx.Client) -> None:
    address = f"code=gov_overdue_share&area={PLACE}"
    answer = client.get(f"/api/indicator.csv?{address}")
    assert answer.headers["content-disposition"].startswith('attachment; filename="gov_overdue_share_palakkad_')
    _, (heads, *lines) = _lines(client, f"/api/indicator.csv?{address}")
    assert len(lines) == DAYS
    last = dict(zip(heads, lines[-2], strict=True))
    share = float(last["Numerator"]) / float(last["Denominator"]) * 100
    assert float(last["Value as known now"]) == pytest.approx(share, abs=1e-5)
    sheet = _got(client, f"/api/indicator.xlsx?{address}").worksheets[1]
    row = [cell.value for cell in sheet[DAYS]]
    assert row[0].strftime("%d-%m-%Y") == last["Day"]
    assert row[1] == float(last["Value as known now"])
    assert {line[5] for line in lines} == {"yes", "no"}
    assert client.get("/api/indicator.csv?code=nothing").status_code == 404


@pytest.mark.parametrize("code", ["gov_open", "gov_in_time_share"])
def test_a_spread_has_the_classes_of_its_page(client: httpx.Client, services: Services, code: str) -> None:
    address = f"code={code}&area={PLACE}"
    asked = _asked(services, f"/indicator/{code}?{address}")
    at = IndicatorAt.of(asked, code)
    assert at is not None
    shown = indicator_view(asked, at).spread
    assert shown is not None
    book = _got(client, f"/api/spread.xlsx?{address}")
    rows = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2]) for row in rows] == [(one.text, one.cases) for one in shown.classes]
    assert [row[1] for row in rows] == pytest.approx([one.from_h for one in shown.classes])
    if shown.kind == "ages":
        assert [row[3] for row in rows] == [one.overdue for one in shown.classes]
    told = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows()}
    assert told["Place"] == "Palakkad district"
    assert ("Period" in told) == (shown.kind == "decisions")


@pytest.mark.parametrize("code", ["kwa_supply_hours", "nothing"])
def test_what_counts_no_cases_has_no_spread(client: httpx.Client, code: str) -> None:
    assert client.get(f"/api/spread.csv?code={code}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/district/palakkad"])
def test_places_stand_in_the_order_of_their_page_and_add_up(services: Services, path: str) -> None:
    area = services.reference.area("KL" if path == "/" else PLACE)
    asked = _asked(services, f"{path}?sort=overdue&dept=rev&at={area.code}")
    shown = area_view(asked, area).ranking
    table = places_table(asked)
    assert table is not None
    assert shown is not None
    heads = [column.heading for column in table.columns]
    rows = [dict(zip(heads, row, strict=True)) for row in table.rows]
    assert [row["Code"] for row in rows[: len(shown.rows)]] == [row.code for row in shown.rows]
    assert rows[-1]["Code"] == area.code
    *parts, total = rows
    for name in ("Overdue", "Open work", "Decided, with a limit"):
        assert sum(row[name] or 0 for row in parts) == total[name] > 0  # type: ignore[misc]
    assert total["Overdue, % of open work"] == pytest.approx(100 * total["Overdue"] / total["Open work"], abs=1e-5)
    assert ("Only", services.reference.departments["REV"].name_en) in table.about


def test_a_place_without_places_below_has_no_such_file(client: httpx.Client) -> None:
    assert client.get("/api/places.csv?at=KL-palakkad-attappadi-agali").status_code == 404


def test_a_late_source_is_named_and_a_silent_one_takes_its_numbers_away(engine: FakeEngine) -> None:
    engine.silence("kseb", 120)
    engine.silence("kwa", 20)
    table = indicators_table(_asked(services_over(engine), "/indicators?q=kseb_outage_min"))
    told = [str(value) for label, value in table.about if label == "Late source"]
    assert [text.partition(": ")[2].partition(" ")[0] for text in sorted(told)] == ["silent", "late,"]
    (row,) = table.rows
    assert "no data since 20-11-2026" in str(row[4])
    assert row[7] == "Late"
    (row,) = indicators_table(_asked(services_over(engine), "/indicators?q=kwa_supply_hours")).rows
    assert isinstance(row[4], int | float)
    assert (row[7], row[8]) == ("Late", None)


def test_all_is_well_is_said_too(services: Services) -> None:
    assert ("Sources", "no source is late") in indicators_table(_asked(services, "/indicators?q=gov_")).about


def test_indicators_are_narrowed_and_ordered_as_asked(services: Services) -> None:
    rows = list(indicators_table(_asked(services, "/indicators?department=rev&band=red&order=name")).rows)
    assert rows
    assert {(row[2], row[7]) for row in rows} == {(services.reference.departments["REV"].name_en, "Red")}
    assert [str(row[1]).casefold() for row in rows] == sorted(str(row[1]).casefold() for row in rows)
    every = list(indicators_table(_asked(services, "/indicators?group=department")).rows)
    departments = [row[2] for row in every]
    assert len(set(departments)) == 1 + sum(a != b for a, b in pairwise(departments))


@pytest.mark.parametrize("name", ["breaches", "indicator", "indicators", "places"])
def test_no_file_while_the_engine_is_away(name: str) -> None:
    with (
        serving(FakeEngine(scale=0.1)) as dashboard,
        httpx.Client(base_url=dashboard.url, trust_env=False, timeout=60) as client,
    ):
        answering(client, "/api/indicators/names")
        dashboard.engine.go_away()
        assert client.get(f"/api/{name}.xlsx?code=gov_overdue_share").status_code == 503


@pytest.mark.parametrize(
    ("make", "href"),
    [
        (attention_table, "/?dept=lsg"),
        (departments_table, "/departments"),
        (health_table, "/health"),
        (offices_table, f"/offices?at={PLACE}"),
        (review_table, "/review"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_lists_of_whole_pages_are_tables_of_as_many_columns_as_headings(
    services: Services, make: Callable[[Asked], Table], href: str, lang: str
) -> None:
    table = make(_asked(services, f"{href}{'&' if '?' in href else '?'}lang={lang}"))
    rows = list(table.rows)
    assert rows
    assert {len(row) for row in rows} == {len(table.columns)}
    assert len(table.sheet) <= 31
    assert len({column.heading for column in table.columns}) == len(table.columns)


def test_files_have_the_rows_of_their_page(services: Services) -> None:
    asked = _asked(services, f"/offices?at={PLACE}&kind=local_body")
    listed = list(offices_table(asked).rows)
    view = office_list(asked)
    assert len(listed) == view.pager.of
    assert [row[0] for row in listed[: len(view.rows or ())]] == [one.code for one in view.rows or ()]
    departments = departments_view(_asked(services, "/departments"))
    rows = list(departments_table(_asked(services, "/departments")).rows)
    assert [row[0] for row in rows[:-1]] == [one.name.text for one in departments.rows]
    assert rows[-1][1] == departments.total.red
    sources = health_view(_asked(services, "/health")).sources
    assert [row[0] for row in health_table(_asked(services, "/health")).rows] == [one.name for one in sources]


@pytest.mark.parametrize("name", ["attention", "departments", "health", "offices", "review"])
def test_every_list_is_served(client: httpx.Client, name: str) -> None:
    for ending in ("csv", "xlsx", "pdf"):
        assert client.get(f"/api/{name}.{ending}").status_code == 200, ending
