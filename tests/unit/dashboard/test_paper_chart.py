"""Charts on paper: the drawing of the screen, every shape with the desk's colour, every letter joined and readable."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree as ET

import httpx
import pypdfium2
import pytest
from PIL import Image

from dashboard.address import Address
from dashboard.components.legend import Chart
from dashboard.exports.daily import daily_table
from dashboard.exports.funnel import funnel_table
from dashboard.exports.paper.chart import chart_data
from dashboard.exports.paper.press import Press
from dashboard.exports.paper.sheet import sheet
from dashboard.exports.paper.stylesheet import Stylesheet
from dashboard.exports.spread import spread_table
from dashboard.exports.table import Table
from dashboard.services import Services
from dashboard.views.asked import Asked
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import InternalError

TABLES = {"year": daily_table, "funnel": funnel_table, "spread": spread_table}
#: Shown on the desk's ground: --text, --amber-bg, --red-bg.
INK, AMBER, RED = (0x17, 0x21, 0x2B), (0xFF, 0xF3, 0xDB), (0xFC, 0xEB, 0xE9)
SHAPE = re.compile(r"<(path|rect|circle) ")
CSS = """
:root { --size: 12px }
[data-theme=wall] { --ink: #EEF2F6; --bright: #FFFFFF }
[data-theme=desk] { --ink: #17212B }
.a text { font-size: var(--size); fill: var(--ink) }
.a text.b, .c { font-weight: 700; margin: 3px }
.a text.b { fill: #B3261E } /* said twice: */
text { fill: #000000 }
.a:hover text { fill: #0B57A4 }
.a > text { fill: #0B57A4 }
.wall { fill: var(--bright) }
@media (max-width: 760px) { .a text { font-size: 24px } .a text.b { display: none } }
"""


@pytest.fixture(scope="module")
def services() -> Services:
    return services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


def _table(services: Services, name: str, query: str) -> tuple[Asked, Table]:
    asked = Asked.of(services, Address.parse(f"/indicator/?{query}"))
    table = TABLES[name](asked)
    assert table is not None
    return asked, table


def _chart(services: Services, name: str, query: str) -> Chart:
    _, table = _table(services, name, query)
    assert table.chart is not None
    return table.chart


def _made(services: Services, press: Press, name: str, query: str) -> bytes:
    """The PDF of a chart without its rows."""
    asked, table = _table(services, name, query)
    return asyncio.run(press.pdf("table", sheet(asked, table, 0)))


def _way(*names: str) -> list[frozenset[str]]:
    return [frozenset(name.split()) for name in names]


def test_rules_count_as_in_a_browser() -> None:
    style = Stylesheet(CSS)
    assert style.paint(_way("text")) == {"fill": "#000000"}
    assert style.paint(_way("svg .a", "g", "text")) == {"fill": "#17212B", "font-size": "12"}
    assert style.paint(_way("svg .a", "text .b .d")) == {"fill": "#B3261E", "font-size": "12", "font-weight": "700"}
    assert style.paint(_way("svg .c")) == {"font-weight": "700"}
    with pytest.raises(InternalError, match="--bright"):
        style.paint(_way("path .wall"))


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("year", "code=gov_in_time_share&area=KL-palakkad"),
        ("year", "code=gov_received"),
        ("funnel", "code=gov_overdue_share"),
        ("funnel", "code=gov_overdue_share&area=KL-palakkad-attappadi"),
        ("spread", "code=gov_open"),
        ("spread", "code=gov_in_time_share"),
    ],
)
def test_every_shape_of_the_screen_is_there_and_has_a_colour_of_its_own(
    services: Services, name: str, query: str
) -> None:
    chart = _chart(services, name, query)
    data = chart_data(chart)
    drawings = [(chart.drawing, data["drawing"])]
    drawings += [(key.mark, told["drawing"]) for key, told in zip(chart.keys, data["keys"], strict=True) if key.mark]
    for drawn, told in drawings:
        assert "var(" not in told["svg"]
        shapes = [one for one in ET.fromstring(told["svg"]).iter() if SHAPE.match(f"<{one.tag.split('}')[1]} ")]
        assert len(shapes) == len(SHAPE.findall(drawn.markup)) > 0
        for one in shapes:
            assert "fill" in one.attrib, "else it is filled black"
            assert "class" not in one.attrib
        painted = [one for one in shapes if {one.get("fill"), one.get("stroke", "none")} != {"none"}]
        assert len(painted) == len(shapes) - drawn.markup.count("cm-funnel__target")
        assert len(told["texts"]) == drawn.markup.count("<text ")
        for one in told["texts"]:
            assert re.fullmatch(r"#[0-9A-F]{6}", one["fill"])
            assert 12 <= one["size"] <= 13


@pytest.mark.parametrize(("lang", "place"), [("en", "Palakkad"), ("ml", "പാലക്കാട്"), ("hi", "पालक्काड")])
def test_names_in_a_chart_are_letters_that_can_be_searched(
    services: Services, press: Press, lang: str, place: str
) -> None:
    chart = _chart(services, "funnel", f"code=gov_overdue_share&lang={lang}")
    assert place in {one["text"] for one in chart_data(chart)["drawing"]["texts"]}
    pdf = pypdfium2.PdfDocument(_made(services, press, "funnel", f"code=gov_overdue_share&lang={lang}"))
    text = "".join(pdf[0].get_textpage().get_text_range().split())
    pdf.close()
    assert place in text
    assert "".join(chart.title.split()) in text
    for key in chart.keys:
        assert "".join(key.words.split()) in text


def test_a_picture_of_a_year_is_the_chart_alone_on_white(client: httpx.Client) -> None:
    query = "code=gov_in_time_share&area=KL-palakkad&lang=ml"
    drawn = Image.open(BytesIO(client.get(f"/api/indicator.png?{query}").content)).convert("RGB")
    found = {colour: count for count, colour in drawn.getcolors(1 << 24) or []}
    assert drawn.width == 1654
    assert drawn.height < drawn.width, "as wide as a telephone held across"
    assert drawn.getpixel((0, 0)) == (255, 255, 255)
    assert found[AMBER] > found[RED] > 20_000
    assert found[INK] > 2_000
    assert found[255, 255, 255] > drawn.width * drawn.height / 3


def test_a_pdf_has_the_rows_below_the_chart(services: Services) -> None:
    asked, table = _table(services, "year", "code=gov_received")
    data = sheet(asked, table)
    assert data["chart"]["drawing"]["svg"].startswith("<svg")
    assert len(data["rows"]) == 365
    asked, table = _table(services, "year", "code=gov_received")
    alone = sheet(asked, table, 0)
    assert (alone["rows"], alone["columns"], alone["cut"]) == ([], [], "")


def test_no_letter_of_the_data_is_markup(services: Services) -> None:
    chart = _chart(services, "funnel", "code=gov_overdue_share")
    drawing = type(chart.drawing)(
        '<text class="cm-funnel__name" x="1" y="2">a &lt;b&gt; &amp; c</text>', className="cm-funnel"
    )
    told = chart_data(Chart("", "", drawing))["drawing"]
    assert told["texts"][0]["text"] == "a <b> & c"
    assert "a &lt;" not in told["svg"]
