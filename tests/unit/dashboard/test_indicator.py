"""The page of one indicator: its year, its places, its cases, and the file that says the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard import language
from dashboard.address import Address
from dashboard.components.indicator_page import indicator_page
from dashboard.components.tile import tile_grid
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.below import read_below
from dashboard.views.daily import DAYS, read_daily
from dashboard.views.explain import explanation
from dashboard.views.figure import figure
from dashboard.views.files import ENDINGS
from dashboard.views.indicator import IndicatorAt, IndicatorView, indicator_view
from dashboard.views.indicator_list import Wanted, read_background, value_columns
from dashboard.views.place import Name
from dashboard.views.restated import DAYS as RESTATED_DAYS
from dashboard.views.restated import read_restated
from dashboard.views.spread import read_spread
from dashboard.views.tiles import Tile, TileMap
from dashboard.views.year_ago import read_year_ago
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.reference import Target
from warehouse.value import State

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def services() -> Services:
    return services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))


def _asked(services: Services, code: str, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/indicator/{code}?{query}"))


def _view(services: Services, code: str, query: str = "") -> IndicatorView:
    asked = _asked(services, code, query)
    at = IndicatorAt.of(asked, code)
    assert at is not None
    return indicator_view(asked, at)


def test_place_and_period_come_from_the_address(services: Services) -> None:
    asked = _asked(services, "gov_overdue", "area=KL-palakkad&period=fy")
    at = IndicatorAt.of(asked, "gov_overdue")
    assert at is not None
    assert (at.area.code, at.period) == ("KL-palakkad", "fy")
    wrong = IndicatorAt.of(_asked(services, "gov_overdue", "area=x&period=pmtd"), "gov_overdue")
    assert wrong is not None
    assert (wrong.area.code, wrong.period) == ("KL", services.values.indicators["gov_overdue"].headline_period)
    assert IndicatorAt.of(asked, "nothing") is None


def test_the_year_ends_now_and_is_the_ratio_of_seven_days(services: Services) -> None:
    asked, share = _asked(services, "gov_in_time_share"), services.values.indicators["gov_in_time_share"]
    daily = read_daily(asked, share, "KL-palakkad", None, TODAY)
    assert daily is not None
    assert (len(daily.days), daily.days[-1]) == (DAYS, TODAY)
    for place in (0, 3, 200, DAYS - 1):
        span = slice(max(0, place - 6), place + 1)
        above, below = daily.numerators[span], daily.denominators[span]
        assert daily.line[place] == pytest.approx(sum(above) / sum(below) * 100)  # type: ignore[arg-type]
        assert daily.values[place] == pytest.approx(above[-1] / below[-1] * 100)  # type: ignore[operator]


def test_a_year_ago_is_the_same_days_of_the_year_before(services: Services) -> None:
    asked, share = _asked(services, "gov_in_time_share"), services.values.indicators["gov_in_time_share"]
    told = read_year_ago(asked, share, "KL-palakkad", "mtd", TODAY)
    assert told is not None
    assert (told.begin, told.end) == (date(2025, 11, 1), date(2025, 11, 20))
    daily = read_daily(asked, share, "KL-palakkad", None, told.end, count=20)
    assert daily is not None
    assert told.value == pytest.approx(sum(daily.numerators) / sum(daily.denominators) * 100)  # type: ignore[arg-type]
    received = read_year_ago(asked, services.values.indicators["gov_received"], "KL", "mtd", TODAY)
    daily = read_daily(asked, services.values.indicators["gov_received"], "KL", None, told.end, count=20)
    assert received is not None
    assert daily is not None
    assert received.value == sum(daily.numerators)  # type: ignore[arg-type]
    assert "01-11-2025 to 20-11-2025" in markup(
        indicator_page(_view(services, "gov_in_time_share", "area=KL-palakkad"), services.zone, AFTERNOON)
    )


def test_what_has_no_year_ago_says_so_or_nothing(services: Services) -> None:
    indicators, leap = services.values.indicators, date(2028, 2, 29)
    asked = _asked(services, "gov_received")
    whole_year = read_year_ago(asked, indicators["gov_received"], "KL", "fy", TODAY)
    assert whole_year is not None
    assert (whole_year.begin, whole_year.value) == (date(2025, 4, 1), None), "counted from 16-10-2025 on"
    assert read_year_ago(asked, indicators["gov_open"], "KL", "mtd", TODAY) is None
    body = services.reference.by_level(services.reference.state.levels[-1].code)[0].code
    assert read_year_ago(asked, indicators["gov_received"], body, "mtd", TODAY) is None
    on_leap_day = read_year_ago(asked, indicators["gov_received"], "KL", "today", leap)
    assert on_leap_day is not None
    assert (on_leap_day.begin, on_leap_day.end) == (date(2027, 2, 28), date(2027, 2, 28))


def test_a_count_is_drawn_as_the_average_day_and_a_stock_as_it_stands(services: Services) -> None:
    indicators = services.values.indicators
    received = read_daily(_asked(services, "gov_received"), indicators["gov_received"], "KL", 5.0, TODAY)
    assert received is not None
    assert received.line[50] == pytest.approx(sum(received.values[44:51]) / 7)  # type: ignore[arg-type]
    assert received.denominators == (None,) * DAYS
    stock = read_daily(_asked(services, "gov_open"), indicators["gov_open"], "KL", 1234.0, TODAY)
    assert stock is not None
    assert stock.line == stock.values
    assert stock.line[-1] == 1234.0


def test_sealed_days_are_told_apart(services: Services) -> None:
    daily = read_daily(_asked(services, "gov_open"), services.values.indicators["gov_open"], "KL", None, TODAY)
    assert daily is not None
    sealed = {day for day, is_sealed in zip(daily.days, daily.is_sealed, strict=True) if is_sealed}
    assert sealed == {TODAY - timedelta(days=back) for back in range(2, 12)}
    assert all((shown is not None) == flag for shown, flag in zip(daily.shown, daily.is_sealed, strict=True))


def test_without_the_engine_the_number_stays() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    services = services_over(engine)
    engine.go_away()
    view = _view(services, "gov_overdue_share")
    assert view.shown.figure.value is not None
    assert (view.daily, view.spread, view.coverage, view.change) == (None, None, None, None)
    assert "cm-year" not in markup(indicator_page(view, services.zone, AFTERNOON))


@pytest.mark.parametrize(("code", "sign"), [("gov_overdue_share", -1), ("gov_in_time_share", 1)])
def test_places_come_worst_first_and_small_ones_after_them(services: Services, code: str, sign: int) -> None:
    asked = _asked(services, code)
    below = read_below(asked, services.values.indicators[code], services.reference.area("KL-palakkad-attappadi"), "mtd")
    ranked = [line for line in below.lines if line.is_ranked]
    values = [line.figure.value for line in ranked]
    assert values == sorted(values, key=lambda value: sign * value)
    assert list(below.lines[: len(ranked)]) == ranked
    assert all(
        line.figure.cell.state is State.SMALL_BASE or line.figure.value is None for line in below.lines[len(ranked) :]
    )


def test_ranked_places_have_positions_where_cases_tell_what_is_chance(services: Services) -> None:
    asked, area = _asked(services, "gov_overdue_share"), services.reference.areas[0]
    below = read_below(asked, services.values.indicators["gov_overdue_share"], area, "mtd")
    ranked = [line for line in below.lines if line.is_ranked]
    assert len(ranked) > 5
    for worse, line in enumerate(ranked):
        assert line.positions is not None
        assert line.positions.best <= len(ranked) - worse <= line.positions.worst
    page = markup(indicator_page(_view(services, "gov_overdue_share"), services.zone, AFTERNOON))
    assert "95 % sure" in page.replace("\u00a0", " ")
    counted = read_below(asked, services.values.indicators["gov_open"], area, "mtd")
    assert not any(line.positions for line in counted.lines)


def test_a_target_of_the_place_stands_in_for_the_catalogues(services: Services) -> None:
    code, span = "gov_in_time_share", (date(2026, 4, 1), date(2027, 3, 31))
    everywhere = services.values.indicators[code].target
    assert everywhere not in {None, 91.5}
    own = Target(code, "KL", "district", *span, 91.5, "Order 1", line=2)
    ruled = replace(services, reference=replace(services.reference, targets=(own,)))
    assert figure(ruled, code, "KL-palakkad", "mtd").target == 91.5
    assert figure(ruled, code, "KL", "mtd").target == everywhere
    view = _view(ruled, code, "area=KL-palakkad")
    assert "91.5" in markup(indicator_page(view, services.zone, AFTERNOON))
    asked = Asked.of(ruled, Address.parse("/indicators?area=KL-palakkad"))
    wanted = Wanted.of(asked)
    targets = value_columns(ruled, wanted, read_background(ruled, wanted.area.code))["target"]
    assert targets[services.values.indicators[code].index] == 91.5


def test_what_was_shown_otherwise_than_it_is_known_now_is_said(services: Services) -> None:
    asked, code = _asked(services, "gov_overdue_share"), "gov_overdue_share"
    indicator = services.values.indicators[code]
    daily = read_daily(asked, indicator, "KL", None, TODAY, count=RESTATED_DAYS)
    assert daily is not None
    differ = [
        (day, shown, known)
        for day, shown, known in zip(daily.days, daily.shown, daily.values, strict=True)
        if shown is not None and known is not None and f"{shown:.1f}" != f"{known:.1f}"
    ]
    found = read_restated(asked, indicator, "KL", TODAY)
    assert found is not None
    assert (found.day, found.shown, found.known) == differ[-1]
    assert abs(found.count - len(differ)) <= 1  # a difference that rounding alone makes
    text = dict(_view(services, code).shown.rules)["Shown then"]
    assert f"{found.shown:.1f} % was shown for {found.day:%d-%m-%Y}; {found.known:.1f} % is known now" in text


def test_nothing_is_said_to_be_restated_while_the_engine_is_away() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    away = services_over(engine)
    engine.go_away()
    code = "gov_overdue_share"
    assert read_restated(_asked(away, code), away.values.indicators[code], "KL", TODAY) is None


def test_the_lowest_places_are_compared_with_those_beside_them(services: Services) -> None:
    area = services.reference.area("KL-palakkad-attappadi-agali")
    below = read_below(_asked(services, "gov_open"), services.values.indicators["gov_open"], area, "mtd")
    assert below.is_beside
    assert {line.code for line in below.lines} == {one.code for one in services.reference.children(str(area.parent))}


@pytest.mark.parametrize("code", ["gov_overdue_share", "gov_open", "kwa_supply_hours"])
def test_tiles_have_the_numbers_of_the_table_and_lead_to_the_same_pages(services: Services, code: str) -> None:
    for area, level in (("KL", "district"), ("KL-palakkad", "taluk")):
        view = _view(services, code, f"area={area}&period=7d&lang=ml")
        assert view.below.tiles is not None
        shown = {tile.figure.area: (tile.figure, tile.href) for tile in view.below.tiles.tiles}
        assert shown.items() >= {line.code: (line.figure, line.href) for line in view.below.lines}.items()
        assert {one.code for one in services.reference.children(area)} == shown.keys()
        assert {services.reference.area(one).level for one in shown} == {level}
        drawn = _tiles(view, services)
        for _, href in shown.values():
            assert href.startswith(f"/indicator/{code}?period=7d&lang=ml&area=KL-")
            assert f'href="{href.replace("&", "&amp;")}"' in drawn


def test_local_bodies_are_not_placed_and_have_a_table_alone(services: Services) -> None:
    view = _view(services, "gov_open", "area=KL-palakkad-mannarkkad")
    assert view.below.tiles is None
    assert "cm-tiles" not in markup(indicator_page(view, services.zone, AFTERNOON))


def test_a_tile_says_what_it_does_not_know() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    services, code = services_over(engine), "gov_overdue_share"
    assert "cm-tile--red" in _tiles(_view(services, code), services)
    small = _view(services, code, "area=KL-palakkad-attappadi-agali").below.lines[-1].figure
    assert small.cell.state is State.SMALL_BASE
    at = TileMap((Tile(0, 0, 1, Name("Agali"), small, "/"),), 1, 1)
    assert 'class="cm-tile__note">small base<' in markup(tile_grid(at, "", "en", services.zone))
    engine.silence("ksmart", 15)
    late = _tiles(_view(services_over(engine), code), services)
    assert "cm-tile--red" not in late
    assert late.count("cm-tile--stale") == late.count("as of 1") == 14
    engine.silence("ksmart", 600)
    silent = _tiles(_view(services_over(engine), code), services)
    assert silent.count("no data since") == 14
    assert "cm-tile__value" not in silent


def _tiles(view: IndicatorView, services: Services) -> str:
    """The tiles of a page."""
    page = markup(indicator_page(view, services.zone, AFTERNOON))
    drawn = re.search(r"<ul[^>]*cm-tiles.*?</ul>", page, re.DOTALL)
    assert drawn
    return drawn[0]


def test_spreads_hold_every_case(services: Services) -> None:
    asked = _asked(services, "gov_open")
    ages = read_spread(asked, services.values.indicators["gov_open"], "KL-palakkad", "mtd", TODAY)
    assert ages is not None
    assert ages.cases == services.values.cell("gov_open", "KL-palakkad").value
    assert sum(one.overdue for one in ages.classes) == services.values.cell("gov_overdue", "KL-palakkad").value
    assert [one.text for one in ages.classes] == ["3 d", "7 d", "14 d", "30 d"]
    times = read_spread(asked, services.values.indicators["gov_in_time_share"], "KL", "mtd", TODAY)
    assert times is not None
    assert [one.text for one in times.classes] == ["8 h", "16 h", "32 h", "2.7 d", "5.3 d"]
    water = read_spread(asked, services.values.indicators["kwa_supply_hours"], "KL", "mtd", TODAY)
    assert water is None


def test_every_explanation_leads_to_the_indicators_page(services: Services) -> None:
    address = Address.parse("/district/palakkad?explain=gov_overdue_share&lang=ml&period=7d")
    shown = explanation(Asked.of(services, address), TODAY)
    assert shown is not None
    assert shown.page_href == "/indicator/gov_overdue_share?lang=ml&period=7d&area=KL-palakkad"


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_every_chart_can_be_had_in_every_kind_of_file(services: Services, lang: str) -> None:
    code, query = "dept_rev_in_time_share", "period=7d&area=KL-palakkad"
    page = markup(indicator_page(_view(services, code, f"{query}&lang={lang}"), services.zone, AFTERNOON), lang)
    for name in ("indicator", "funnel", "spread", "steps"):
        for ending in ENDINGS:
            links = re.findall(rf'<a href="/api/{name}\.{ending}\?([^"]*)"[^>]*>([^<]*)</a>', page)
            assert [words for _, words in links] == [language.text(f"export.{ending}", lang)], (name, ending)
            assert {f"code={code}", "area=KL-palakkad", "period=7d"} <= set(links[0][0].split("&amp;"))


@pytest.mark.parametrize("lang", ["en", "ml"])
@pytest.mark.parametrize("code", ["gov_overdue_share", "dept_rev_received", "kwa_supply_hours"])
def test_the_page_is_drawn_whole(services: Services, code: str, lang: str) -> None:
    view = _view(services, code, f"area=KL-palakkad&lang={lang}")
    text = markup(indicator_page(view, services.zone, AFTERNOON))
    for line in view.below.lines:
        assert f'data-place="{line.code}"' in text
    assert "nan" not in text.lower().replace("finance", "")
    assert [crumb.href.split("?")[0] for crumb in view.crumbs] == ["/", "/indicators", "/indicators"]
