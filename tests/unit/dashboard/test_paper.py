"""PDFs: two pages are two pages, letters are joined as the language joins them, texts stay texts, nobody is held up."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pypdf
import pypdfium2
import pytest
from PIL import Image

from dashboard.address import Address
from dashboard.exports.indicators import indicators_table
from dashboard.exports.paper.brief import brief
from dashboard.exports.paper.press import Press, PressBusyError
from dashboard.exports.paper.sheet import MOST_ROWS, PICTURE_ROWS, sheet
from dashboard.exports.places import places_table
from dashboard.exports.table import Column, Table
from dashboard.services import Services
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import InternalError

PLACE = "KL-palakkad"
MARKUP = '#eval("1+1") $x^2$ *bold* _it_ @ref <label> https://example.org \\u{41} =HYPERLINK("x")'


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2)
    engine.silence("kwa", 26)
    return engine


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


def _asked(services: Services, query: str) -> Asked:
    return Asked.of(services, Address.parse(f"/?{query}"))


def _texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    document.close()
    return pages


def _printed(press: Press, *cells: str) -> bytes:
    async def made() -> bytes:
        data = {"lang": "ml", "title": "t", "about": [], "rows": [list(cells)], "cut": "", "foot": "", "page": ""}
        data |= {"chart": None, "bars": None}
        columns = [{"heading": "", "width": 20, "right": False} for _ in cells]
        return await press.pdf("table", data | {"columns": columns})

    return asyncio.run(made())


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_a_brief_has_two_pages_and_the_numbers_of_its_page(services: Services, press: Press, lang: str) -> None:
    asked = _asked(services, f"at={PLACE}&lang={lang}")
    name, data = brief(asked)
    assert name == "brief_palakkad_2026-11-20"
    first, second = map(_plain, _texts(asyncio.run(press.pdf("brief", data))))
    view = area_view(asked, services.reference.area(PLACE))
    for one in view.numbers:
        assert one.figure.digits(one.figure.value) in first
    assert view.ranking is not None
    for row in (*view.ranking.rows, view.ranking.total):
        told = (row.name.text, row.overdue.digits(row.overdue.value), row.share.digits(row.share.value))
        assert all(_plain(word) in first for word in told)
    for sentence in view.sentences:
        assert _plain(sentence.lead) in first
    assert view.offices is not None
    assert _plain(view.offices.lines[0].office.text) in second
    assert _plain(asked.chosen("KWA", "ജല അതോറിറ്റി")) in second
    assert "gov_overdue_share" in second
    assert "20-11-202616:42" in first


def _plain(text: str) -> str:
    """Without blanks: whoever takes text out of a PDF puts them in by their width."""
    return "".join(text.split())


def test_every_district_has_two_pages(services: Services, press: Press) -> None:
    async def pages() -> list[int]:
        counts = []
        for district in services.reference.children("KL"):
            _, data = brief(_asked(services, f"at={district.code}&lang=ml"))
            counts.append(len(_texts(await press.pdf("brief", data))))
        return counts

    assert asyncio.run(pages()) == [2] * 14


def _glyphs(pdf: bytes) -> int:
    """Glyphs shown in the Malayalam font: two bytes each between the brackets of Tj and TJ."""
    page = pypdf.PdfReader(BytesIO(pdf)).pages[0]
    fonts = page["/Resources"]["/Font"]
    malayalam = {name for name, font in fonts.items() if "Malayalam" in font.get_object()["/BaseFont"]}
    shown, font = 0, ""
    for operands, operator in pypdf.generic.ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"Tf":
            font = operands[0]
        elif operator in {b"Tj", b"TJ"} and font in malayalam:
            parts = operands[0] if operator == b"TJ" else operands
            shown += sum(len(part.original_bytes) // 2 for part in parts if hasattr(part, "original_bytes"))
    return shown


def test_malayalam_letters_are_joined(press: Press) -> None:
    joined, apart = _printed(press, "ക്ഷ"), _printed(press, "ക്\u200cഷ")
    assert _glyphs(joined) == 1, "ക + ് + ഷ is one letter"
    assert _glyphs(apart) > 1
    assert "ക്ഷ" in _texts(joined)[0]


def test_texts_come_out_as_they_went_in(press: Press) -> None:
    place = "മണ്ണാർക്കാട് കാസർഗോഡ് സ്ത്രീ जिला क्षेत्र ₹ 1,00,000"
    (page,) = _texts(_printed(press, MARKUP, place))
    assert MARKUP in page
    assert all(word in page for word in place.split())


def test_a_table_on_paper_says_what_the_screen_says(services: Services) -> None:
    asked = _asked(services, f"at={PLACE}")
    table = places_table(asked)
    assert table is not None
    data = sheet(asked, table)
    heads = [column["heading"] for column in data["columns"]]
    view = area_view(asked, services.reference.area(PLACE))
    assert view.ranking is not None
    share = heads.index(asked.text("csv_places.share"))
    shown = [row.share.digits(row.share.value) for row in view.ranking.rows]
    assert [row[share] for row in data["rows"]][: len(shown)] == shown
    assert asked.text("csv_places.late_as_of") not in heads, "nothing is late there: the column is left out"


def test_indicators_on_paper_have_their_own_digits(services: Services) -> None:
    asked = Asked.of(services, Address.parse("/indicators?q=gov_in_time_share"))
    table = indicators_table(asked)
    data = sheet(asked, table)
    value = services.values.cell("gov_in_time_share", "KL", "mtd").value
    assert value is not None
    assert data["rows"][0][3] == f"{value:.1f}"


def test_a_long_table_is_cut_and_says_so(services: Services) -> None:
    rows = ([number] for number in range(MOST_ROWS + 5))
    data = sheet(_asked(services, ""), Table("n", "s", (("Title", "t"),), (Column("a", 9),), rows))
    assert len(data["rows"]) == MOST_ROWS
    assert "first 1,000 rows" in data["cut"]


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_a_picture_is_one_page_as_long_as_what_is_on_it(services: Services, press: Press, lang: str) -> None:
    async def heights(*lengths: int) -> list[int]:
        found = []
        for length in lengths:
            rows = ([f"ക്ഷമ क्षमा {number}"] for number in range(length))
            table = Table("n", "s", (("Title", "t"), ("Place", "Palakkad")), (Column("a", 30),), rows)
            data = sheet(_asked(services, f"lang={lang}"), table, PICTURE_ROWS)
            drawn = Image.open(BytesIO(await press.made("png", "table", data)))
            assert drawn.width == 1654  # 210 mm at 200 dots per inch
            found.append(drawn.height)
        return found

    short, long, cut = asyncio.run(heights(2, PICTURE_ROWS, 900))
    row = (long - short) / (PICTURE_ROWS - 2)
    assert 20 < row < 80
    assert long < cut < long + 3 * row  # the line that says how many rows it leaves out


def test_a_brief_as_a_picture_has_both_pages_below_each_other(services: Services, press: Press) -> None:
    _, data = brief(_asked(services, f"at={PLACE}&lang=ml"))
    drawn = Image.open(BytesIO(asyncio.run(press.made("png", "brief", data))))
    assert drawn.width == 1654
    assert 2339 < drawn.height < 2 * 2339  # one sheet is 297 mm


def test_who_comes_when_many_wait_is_sent_away(tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import sys; sys.stdin.read(); sys.stdout.write('done')")

    async def many() -> list[bytes | BaseException]:
        press = Press(slow)
        try:
            return await asyncio.gather(*(press.pdf("table", {}) for _ in range(9)), return_exceptions=True)
        finally:
            press.close()

    answers = asyncio.run(many())
    assert [one for one in answers if one == b"done"] == [b"done"] * 4
    assert [type(one) for one in answers[4:]] == [PressBusyError] * 5


def test_a_press_that_fails_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no such letter')")
    press = Press(broken)
    with pytest.raises(InternalError, match="no such letter"):
        asyncio.run(press.pdf("table", {}))
    press.close()


@pytest.mark.parametrize(
    "address",
    [
        "/api/brief.pdf?at=KL-palakkad",
        "/api/places.pdf?at=KL-palakkad",
        "/api/breaches.pdf?view=overdue&at=KL-palakkad-mannarkkad",
        "/api/indicator.pdf?code=gov_in_time_share&lang=ml",
        "/api/indicators.pdf?department=rev",
        "/api/control-rooms.png",
        "/api/steps.pdf?code=dept_rev_in_time_share&lang=hi",
        "/api/indicator.png?code=gov_overdue_share&lang=ml",
        "/api/funnel.pdf?code=gov_overdue_share&lang=ml",
        "/api/funnel.png?code=gov_overdue_share&lang=hi",
        "/api/spread.pdf?code=gov_open&lang=hi",
        "/api/spread.png?code=gov_in_time_share&lang=ml",
    ],
)
def test_every_file_can_be_had_on_paper(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    kind = "png" if ".png" in address else "pdf"
    assert answer.status_code == 200
    assert answer.headers["content-type"] == {"png": "image/png", "pdf": "application/pdf"}[kind]
    assert re.fullmatch(rf'attachment; filename="[\w-]+\.{kind}"', answer.headers["content-disposition"])
    assert answer.content.startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[kind])


def test_while_many_are_made_the_next_one_is_told_when_to_come_again(client: httpx.Client) -> None:
    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=client.base_url, trust_env=False, timeout=60) as made:
            return await asyncio.gather(*(made.get("/api/brief.pdf?at=KL-palakkad") for _ in range(10)))

    answers = asyncio.run(many())
    assert {one.status_code for one in answers} == {200, 503}
    assert {one.headers.get("retry-after") for one in answers if one.status_code == 503} == {"5"}
