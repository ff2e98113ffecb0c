"""Components: the same number looks the same everywhere, and no number is never a blank."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dash import dcc
from hypothesis import given
from hypothesis import strategies as st

from dashboard.catalogue import Bounds
from dashboard.components import chart, html, number
from dashboard.components.attribute import attrs
from dashboard.components.case_table import case_table
from dashboard.components.heading import heading
from dashboard.components.html import Element
from dashboard.components.svg import Svg, shape, text
from dashboard.copy import Cell
from dashboard.format import Change
from dashboard.freshness import AsOf, Freshness
from dashboard.markup import markup
from dashboard.views.caselist import CaseLine, Cases
from dashboard.views.control import Choice
from dashboard.views.figure import Figure
from dashboard.views.history import History, Line
from dashboard.views.place import Link, Name
from warehouse.errors import InternalError
from warehouse.value import Band, State

ZONE = ZoneInfo("Asia/Kolkata")
AT = datetime(2026, 11, 20, 10, 46, tzinfo=UTC)


def _words(component: object) -> str:
    """All text of a component, as a reader sees it."""
    if isinstance(component, Element):
        return _words(component.children)
    if isinstance(component, (list, tuple)):
        return "".join(_words(part) for part in component)
    return "" if component is None else str(component)


def _parts(component: object) -> Iterator[Element]:
    if isinstance(component, Element):
        yield component
        yield from _parts(component.children)
    elif isinstance(component, (list, tuple)):
        for part in component:
            yield from _parts(part)


def _figure(value: float | None, state: State = State.OK, **more: object) -> Figure:
    cell = Cell(value, value, None, Band.UNBANDED, state)
    return Figure("a", "KL", "mtd", cell=cell, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (_figure(0.0), "0"),
        (_figure(162480.0), "1,62,480"),
        (_figure(91.84, unit_en="%", unit_local="%", decimals=1), "91.8 %"),
        (_figure(0.0, unit_en="%", unit_local="%", decimals=1), "0 %"),
        (_figure(4.25, unit_en="h", unit_local="മ", decimals=1), "4.3 h"),
        (_figure(None, State.NO_DATA), "no data"),
        (Figure("a", "KL", "mtd", cell=Cell(None, 0.0, 0.0, Band.UNBANDED, State.NO_DATA)), "none"),
        (_figure(None, State.NOT_APPLICABLE), "–"),
        (_figure(None, State.ERROR), "could not be computed"),
        (_figure(5.0, fresh=AsOf(Freshness.SILENT, AT)), "no data since 16:16"),
        (_figure(5.0, fresh=AsOf(Freshness.SILENT, None)), "no data"),
        (_figure(5.0, fresh=AsOf(Freshness.LATE, AT)), "5  as of 16:16"),
        (_figure(5.0, State.SMALL_BASE), "5"),
    ],
)
def test_null_zero_late_and_error_look_different(figure: Figure, shown: str) -> None:
    assert _words(number.number(figure, "en", ZONE)) == shown


def test_a_late_number_keeps_its_value_and_loses_its_colour() -> None:
    cell = Cell(20.0, 2.0, 10.0, Band.RED, State.OK)
    late = Figure("a", "KL", "mtd", cell=cell, fresh=AsOf(Freshness.LATE, AT))
    live = Figure("a", "KL", "mtd", cell=cell)
    assert "cm-mark--stale" in number.row_mark(late, "en").className
    assert "cm-mark--red" in number.row_mark(live, "en").className
    assert late.value == 20.0


@pytest.mark.parametrize(("moved", "words"), [(Change("up", "58"), "up 58"), (Change("down", "2.3"), "down 2.3")])
def test_an_arrow_says_its_direction_in_words(moved: Change, words: str) -> None:
    arrow = next(part for part in _parts(number.change(moved, "en")) if isinstance(part, Svg))
    assert arrow.label == words


def test_no_change_and_no_comparison_are_different() -> None:
    assert _words(number.change(Change("same", "0"), "en")) == "0"
    assert _words(number.change(None, "en")) == "–"


def test_an_age_tells_the_browser_its_instant() -> None:
    shown = number.age(AT, AT + timedelta(minutes=26), "ml")
    assert shown.children == "26 മിനിറ്റ്"
    assert shown.props["data-age-ms"] == str(int(AT.timestamp() * 1000))
    assert _words(number.age(None, AT, "en")) == "never"


def _line(*values: float | None) -> Line:
    return Line(tuple(date(2026, 11, 1) + timedelta(days=7 * week) for week in range(len(values))), values)


def test_a_line_needs_two_points() -> None:
    assert "cm-spark--none" in chart.sparkline(_line(1, None), "").props["className"]
    assert isinstance(chart.sparkline(_line(1, None, 2), "1 to 2"), Svg)


def test_a_gap_is_left_out_and_not_drawn_as_zero() -> None:
    drawn = chart.sparkline(_line(10, None, 12), "").markup
    assert drawn.count("L") == 1


def test_a_steady_line_is_drawn_level_in_the_middle() -> None:
    drawn = chart.sparkline(_line(100, 100.1, 100), "").markup
    heights = {round(float(pair.split(" ")[1]), 0) for pair in drawn.split('d="M')[1].split('"')[0].split("L")}
    assert heights == {12}


@pytest.mark.parametrize(
    ("bounds", "drawn"),
    [
        (Bounds(amber_high=12, red_high=15), ["amber", "red"]),
        (Bounds(amber_low=15, red_low=12), ["amber", "red"]),
        (Bounds(amber_high=40, red_high=50), []),
        (None, []),
    ],
)
def test_bands_are_shaded_where_the_scale_reaches_them(bounds: Bounds | None, drawn: list[str]) -> None:
    shaded = chart.half_year(_line(10, 20), "", bounds=bounds, band=Band.RED, compare=None).markup
    assert [name for name in ("amber", "red") if f"cm-chart__{name}" in shaded] == drawn


def test_bars_start_at_zero_and_stay_inside() -> None:
    fills = [chart.bar(part).children[0].props["style"]["width"] for part in (0.0, 0.5, 1.7)]
    assert fills == ["0.0%", "50.0%", "100.0%"]
    assert chart.bar(None).children == []


def test_markup_escapes_what_is_put_into_it() -> None:
    assert text("<b>&", class_="a") == '<text class="a">&lt;b&gt;&amp;</text>'
    assert shape("path", d='"><script>') == "<path d='\"&gt;&lt;script&gt;'/>"


def test_a_drawing_is_a_picture_with_a_name_or_hidden() -> None:
    assert 'role="img" aria-label="rising &quot;fast&quot;"' in markup(Svg("<path/>", label='rising "fast"'))
    assert 'aria-hidden="true"' in markup(Svg("<path/>"))


def test_attributes_without_value_are_left_out() -> None:
    assert attrs(data_a="1", aria_current=None) == {"data-a": "1"}


def test_null_in_a_series_is_not_zero() -> None:
    days = (date(2026, 11, 13), date(2026, 11, 20))
    history = History(
        days, {"KL": {"in_time": (None, 8.0), "late": (None, 2.0), "open": (5.0, 0.0), "overdue": (1.0, 0.0)}}
    )
    assert history.line("KL", "in_time", "in_time + late", 100).values == (None, 80.0)
    assert history.line("KL", "overdue", "open", 100).values == (20.0, None)
    assert history.line("KL", "decide_s / 86400", "open").values == ()


def _case(**changes: object) -> CaseLine:
    plain: dict[str, object] = {
        "case_id": "A1", "href": "/application/A1", "service": "S", "place": Link("P", ""),
        "office": Link("O", "/o"), "post": "Clerk",
        "step": "", "next_post": "Tahsildar", "opened_at": AT - timedelta(days=40), "due_at": AT - timedelta(days=9),
        "paused_at": None, "decided_at": None, "late_s": 9 * 86_400.0, "reopened": 0, "outcome": "",
    }  # fmt: skip
    return CaseLine(**(plain | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (_case(), "9 d"),
        (_case(paused_at=AT - timedelta(days=10)), "–"),
        (_case(paused_at=AT - timedelta(days=8)), "9 d"),
        (_case(late_s=3_700.0), "1 h"),
        (_case(late_s=-7_300.0), "2 h left"),
        (_case(late_s=None, due_at=None), "no limit"),
        (_case(paused_at=AT), "paused after its limit: clock runs"),
        (_case(paused_at=AT - timedelta(days=10)), "clock paused"),
        (_case(), "next: Tahsildar"),
        (_case(decided_at=AT, outcome="approved", late_s=-5.0), "in timeDecided: granted20-11-2026 16:16"),
        (_case(decided_at=AT, outcome="rejected"), "9 dDecided: refused"),
    ],
)
def test_a_case_says_how_late_it_is_and_who_is_next(line: CaseLine, shown: str) -> None:
    assert shown in _words(case_table(Cases((line,), 1), "c", "en", ZONE))


def test_every_table_has_a_caption_and_every_row_a_head() -> None:
    table = case_table(Cases((_case(), _case(case_id="A2")), 2), "Overdue", "en", ZONE)
    kinds = [part.tag for part in _parts(table)]
    assert kinds.count("caption") == 1
    heads = [part.props["scope"] for part in _parts(table) if part.tag == "th"]
    assert heads.count("row") == 2
    assert heads.count("col") == len(heads) - 2


def test_markup_writes_what_dash_would_draw() -> None:
    made = html.Div(
        ["5 < 6 & ", None, html.A("x", href="/a?b=1&c=2", className="k"), html.Details(html.Summary(3), open=True)],
        id="i",
        style={"--cm-columns": 4, "gridColumn": "1 / span 2"},
        **attrs(data_num='"q"', aria_hidden="true"),
    )
    assert markup(made) == (
        '<div aria-hidden="true" data-num="&quot;q&quot;" id="i" style="--cm-columns: 4; grid-column: 1 / span 2">'
        '5 &lt; 6 &amp; <a class="k" href="/a?b=1&amp;c=2">x</a><details open><summary>3</summary></details></div>'
    )


@pytest.mark.parametrize(
    "node",
    [
        html.A("x", href="javascript:alert(1)"),
        html.A("x", href="https://elsewhere.example/"),
        html.Div("x", n_clicks=1),
        dcc.Markdown("x"),
    ],
    ids=["script", "elsewhere", "callback", "other"],
)
def test_markup_refuses_what_pages_do_not_have(node: Element) -> None:
    with pytest.raises(InternalError):
        markup(node)


@given(st.text())
def test_no_text_can_leave_its_element(words: str) -> None:
    made = markup(html.P(words, title=words, className=words))
    assert made.count("<") == 2
    assert made.endswith("</p>")


def test_paper_says_what_the_menus_were_set_to() -> None:
    name = Name("Kerala", "കേരളം", "ml")
    choices = (Choice("period", "Period", "this month", ()), Choice("dept", "Department", "Revenue", ()))
    said = '<p class="cm-printed">Period: this month · Department: Revenue</p>'
    assert said in markup(heading(name, (), name, "en", choices=choices))
    assert "cm-printed" not in markup(heading(name, (), name, "en"))
