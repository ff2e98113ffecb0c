"""The funnel plot of an indicator's page: only what chance does not explain is named, a small place never."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard import language
from dashboard.address import Address
from dashboard.components.funnel_panel import funnel_panel
from dashboard.copy import ValueCopy
from dashboard.exports.funnel import funnel_table
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.funnel import Funnel, NoFunnel
from dashboard.views.indicator import IndicatorAt, indicator_view
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import State

CODE, TALUK = "gov_overdue_share", "KL-palakkad-attappadi"


@pytest.fixture(scope="module")
def services() -> Services:
    return services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))


@pytest.fixture(scope="module")
def changing() -> FakeEngine:
    """Another engine, whose figures are changed."""
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)


def _asked(services: Services, code: str, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/indicator/{code}?code={code}&{query}"))


def _funnel(services: Services, code: str = CODE, query: str = "") -> Funnel | None:
    asked = _asked(services, code, query)
    at = IndicatorAt.of(asked, code)
    assert at is not None
    funnel = indicator_view(asked, at).funnel
    assert not isinstance(funnel, NoFunnel)
    return funnel


def _drawn(services: Services, query: str = "", lang: str = "en") -> tuple[Funnel, str]:
    funnel = _funnel(services, query=query)
    assert funnel is not None
    return funnel, markup(funnel_panel(funnel, lang, ()), lang)


def test_slow_districts_are_outside_and_the_rest_between_the_limits(services: Services) -> None:
    funnel, drawn = _drawn(services)
    whole = services.values.cell(CODE, "KL")
    assert funnel.centre == pytest.approx(whole.value)
    assert (len(funnel.places), funnel.without, funnel.judged) == (14, 0, 14)
    worse = {one.line.code for one in funnel.places if (one.standing, one.side) == ("outer", "worse")}
    assert {"KL-palakkad", "KL-idukki"} <= worse
    for one in funnel.places:
        assert one.outer.low <= one.inner.low <= funnel.centre <= one.inner.high <= one.outer.high
        assert (one.standing == "within") == (one.inner.low <= one.value <= one.inner.high)
        assert (one.side == "worse") == (one.value > funnel.centre)
    assert f"<h2>Districts: more than chance sets {funnel.differ} of 14 apart from Kerala</h2>" in drawn


def test_what_is_outside_is_a_link_and_everything_has_a_name(services: Services) -> None:
    funnel, drawn = _drawn(services)
    chart = re.search(r"<svg.*?</svg>", drawn, re.DOTALL)
    assert chart
    outside = [one for one in funnel.places if one.is_outside]
    assert re.findall(r'<a href="([^"]*)"', chart[0]) == [one.line.href.replace("&", "&amp;") for one in outside]
    assert chart[0].count('role="img"') == len(funnel.places) - len(outside) > 0
    for one in funnel.places:
        assert f'aria-label="{one.line.name.text}: ' in chart[0]
    assert ">Palakkad</text>" in chart[0]
    for standing in ("outer", "inner"):
        among = [one for one in outside if one.standing == standing]
        assert (f'data-testid="funnel-{standing}"' in drawn) == bool(among)


def test_a_small_place_is_hollow_and_never_judged(changing: FakeEngine) -> None:
    services = services_over(changing)
    small = next(one for one in _funnel(services, query=f"area={TALUK}").places if one.standing == "small")  # type: ignore[union-attr]
    service = services.values.indicators[CODE].subjects[0]
    missing = int((small.line.figure.cell.denominator or 0) - (small.line.figure.cell.numerator or 0))
    changing.change("overdue", service, small.line.code, missing)
    funnel, drawn = _drawn(services_over(changing), f"area={TALUK}")
    same = next(one for one in funnel.places if one.line.code == small.line.code)
    assert same.value == 100
    assert (same.standing, same.line.figure.cell.state) == ("small", State.SMALL_BASE)
    assert funnel.judged == sum(one.standing != "small" for one in funnel.places)
    assert "fewer than 30 cases: not judged" in drawn


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_where_no_place_has_enough_cases_nothing_is_said_of_their_differences(services: Services, lang: str) -> None:
    funnel, _ = _drawn(services)
    few = replace(funnel, places=tuple(replace(one, standing="small") for one in funnel.places))
    assert (few.judged, few.differ) == (0, 0)
    drawn = markup(funnel_panel(few, lang, ()), lang)
    assert language.text("funnel.few", lang, places=few.level_words) in drawn
    assert language.text("funnel.none", lang, places=few.level_words, of="0", place=few.whole) not in drawn


@pytest.mark.parametrize("code", ["gov_open", "gov_received", "kwa_supply_hours"])
def test_counts_and_levels_have_no_funnel(services: Services, code: str) -> None:
    assert _funnel(services, code) is None
    assert funnel_table(_asked(services, code)) is None


@pytest.mark.parametrize("minutes", [15, 600])
def test_late_places_are_not_compared_and_the_page_says_so(changing: FakeEngine, minutes: float) -> None:
    changing.silence("ksmart", minutes)
    assert _why(services_over(changing)) == ("late", "The data are late: places are compared again")
    changing.wake("ksmart")


@pytest.mark.parametrize(
    ("minutes", "overdue", "opened", "why"),
    [(0, 0, 1, "none"), (0, 1, 1, "every"), (0, 0, 0, "unknown"), (600, 0, 0, "late")],
)
def test_an_engine_that_has_counted_little_says_why_there_is_no_funnel_yet(
    minutes: float, overdue: int, opened: int, why: str
) -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    places = services_over(engine).reference.children(TALUK)
    for area in (*(one.code for one in places), TALUK):  # the taluk's own cases are what is left of its bodies'
        now = services_over(engine).values
        cell, service = now.cell(CODE, area), now.indicators[CODE].subjects[0]
        cases = round(cell.denominator or 0) if area != TALUK else sum(_cases(now, one.code) for one in places)
        engine.change("overdue", service, area, overdue * cases - round(cell.numerator or 0))
        engine.change("open", service, area, opened * cases - round(cell.denominator or 0))
    if minutes:
        engine.silence("ksmart", minutes)
    services = services_over(engine)
    assert _why(services, f"area={TALUK}")[0] == why
    table = funnel_table(_asked(services, CODE, f"area={TALUK}"))
    assert table is not None
    assert list(table.rows) == []
    assert table.chart is None
    assert _why(services, f"area={TALUK}")[1] in str(dict(table.about)["Rows"])


def _cases(values: ValueCopy, area: str) -> int:
    return round(values.cell(CODE, area).denominator or 0)


def _why(services: Services, query: str = "") -> tuple[str, str]:
    """Why there is no funnel: the reason, and the beginning of what the page says."""
    asked = _asked(services, CODE, query)
    at = IndicatorAt.of(asked, CODE)
    assert at is not None
    funnel = indicator_view(asked, at).funnel
    assert isinstance(funnel, NoFunnel)
    drawn = markup(funnel_panel(funnel, "en", ()), "en")
    assert "<svg" not in drawn
    said = re.search(r'<p class="cm-nothing">([^<]*)', drawn)
    assert said
    return funnel.why, said[1][:44]


def test_at_the_lowest_level_the_neighbours_stand_round_their_parent(services: Services) -> None:
    body = services.reference.children("KL-palakkad-mannarkkad")[0].code
    funnel = _funnel(services, query=f"area={body}")
    assert funnel is not None
    assert funnel.whole == "Mannarkkad taluk"
    assert funnel.centre == pytest.approx(services.values.cell(CODE, "KL-palakkad-mannarkkad").value)


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_the_drawing_speaks_every_language_and_stays_on_its_ground(services: Services, lang: str) -> None:
    _, drawn = _drawn(services, f"lang={lang}&area=KL-palakkad", lang)
    chart = re.search(r'<svg class="cm-funnel".*?</svg>', drawn, re.DOTALL)
    assert chart
    for x, y in re.findall(r'<circle class="[^"]*" cx="([\d.]+)" cy="([\d.]+)"', chart[0]):
        assert 58 <= float(x) <= 706
        assert 14 <= float(y) <= 346
    assert "nan" not in drawn


def test_the_file_has_the_places_of_the_drawing(services: Services) -> None:
    funnel = _funnel(services)
    table = funnel_table(_asked(services, CODE))
    assert funnel is not None
    assert table is not None
    rows = list(table.rows)
    assert [row[0] for row in rows] == [one.line.code for one in funnel.places]
    for row, one in zip(rows, funnel.places, strict=True):
        assert row[2] == pytest.approx(100 * row[3] / row[4])  # type: ignore[operator]
        assert row[5:9] == pytest.approx([one.inner.low, one.inner.high, one.outer.low, one.outer.high], abs=1e-6)
    assert funnel_table(_asked(services, "nothing")) is None
