"""Offices beside each other: figures from their cases, the stated order, nothing compared on a small base."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.address import Address, area_at
from dashboard.catalogue import Bounds
from dashboard.components.office_page import office_page
from dashboard.components.offices_page import offices_page
from dashboard.freshness import Freshness
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.area import AreaView, area_view
from dashboard.views.asked import Asked
from dashboard.views.office import OfficeView, office_view
from dashboard.views.office_list import office_list
from dashboard.views.offices import judged_offices, usual
from dashboard.views.place import Link, Name
from dashboard.views.work import Work, band_at, judge, read_work
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import Band, State

MUNICIPALITY = "KL-palakkad-mannarkkad-mannarkkad/local_body"
TALUK = "/district/palakkad/taluk/mannarkkad"


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _asked(services: Services, href: str = "/") -> Asked:
    return Asked.of(services, Address.parse(href))


def _view(services: Services, code: str = MUNICIPALITY, query: str = "") -> OfficeView:
    view = office_view(_asked(services, f"/office/x{query}"), code)
    assert view is not None
    return view


def _area(services: Services, href: str) -> AreaView:
    asked = _asked(services, href)
    area = area_at(services.reference, asked.address.path)
    assert area is not None
    return area_view(asked, area)


def test_a_taluk_begins_with_its_offices_in_the_order_of_attention(services: Services) -> None:
    works = _area(services, TALUK).works
    assert works
    keys = [(row.share.urgency, -row.work.late_days) for row in works]
    assert keys == sorted(keys)
    assert all(row.name.href.startswith("/office/") or row.code not in services.reference.offices for row in works)
    assert works[0].overdue_href.startswith("/breaches?view=overdue&at=KL-palakkad-mannarkkad&office=")


def test_a_body_shows_its_seats_and_its_open_files(services: Services) -> None:
    view = _area(services, f"{TALUK}/body/mannarkkad")
    assert view.works
    assert view.cases is not None
    assert sum(row.work.open for row in view.works) == view.cases.of == view.numbers[0].figure.value
    named = [row for row in view.works if row.code == MUNICIPALITY]
    assert named[0].note == "Municipal Secretary"
    assert "post=" in named[0].due_href


def test_a_district_and_the_state_keep_their_own_order(services: Services) -> None:
    for href in ("/", "/district/palakkad"):
        view = _area(services, href)
        assert view.works is None
        assert not view.has_works
        assert view.offices is not None


def test_a_body_in_two_taluks_is_named_in_both(services: Services) -> None:
    split = next(area for area in services.reference.areas if area.also_in)
    other = services.reference.area(split.also_in[0])
    own = _area(services, _asked(services).area_href(split.code))
    assert other.name_en in [link.text for link in own.also]
    assert split.name_en in [link.text for link in _area(services, _asked(services).area_href(other.code)).also]


def test_the_shares_of_an_office_are_those_of_its_cases(services: Services) -> None:
    view = _view(services)
    own = view.own
    assert own.is_here
    assert own.share.value == pytest.approx(100 * own.work.overdue / own.work.open)
    assert own.in_time.value == pytest.approx(100 * own.work.in_time / own.work.dated)
    assert sum(row.work.open for row in view.seats) == own.work.open == view.cases.of
    assert sum(row.work.overdue for row in view.services) == own.work.overdue


def test_an_office_stands_among_offices_of_its_kind_in_the_nearest_place_with_several(services: Services) -> None:
    view = _view(services)
    kinds = {services.reference.area(services.reference.offices[row.code].area).kind for row in view.near}
    assert kinds == {"municipality"}
    assert view.near_title == "Palakkad"
    assert sum(row.is_here for row in view.near) == 1
    alone = next(office.code for office in services.reference.offices.values() if office.area == "KL")
    assert _view(services, alone).near == ()


def test_what_is_usual_is_the_median_of_those_with_base_enough(services: Services) -> None:
    asked = _asked(services)
    codes = [code for code, office in services.reference.offices.items() if office.kind == "taluk_office"]
    rows = judged_offices(asked, read_work(asked, "office", offices=codes))
    ranked = sorted(row.share.value or 0 for row in rows if row.work.open >= 30)
    assert len(ranked) < len(rows)
    middle = usual(rows).overdue_pct
    assert middle is not None
    assert sum(value <= middle for value in ranked) >= len(ranked) / 2
    assert sum(value >= middle for value in ranked) >= len(ranked) / 2
    assert usual(rows[:2]).overdue_pct is None


@pytest.mark.parametrize(
    ("open_", "overdue", "state", "band"),
    [(29, 29, State.SMALL_BASE, Band.UNBANDED), (30, 30, State.OK, Band.RED), (100, 13, State.OK, Band.AMBER),
     (100, 1, State.OK, Band.NORMAL), (0, 0, State.NOT_APPLICABLE, Band.UNBANDED)],
)  # fmt: skip
def test_colour_needs_a_base(services: Services, open_: int, overdue: int, state: State, band: Band) -> None:
    shown = judge(_asked(services), [Work(open=open_, overdue=overdue)], lambda _: "body")[0].share
    assert (shown.cell.state, shown.band) == (state, band)


def test_a_value_on_a_threshold_is_on_its_better_side() -> None:
    bounds = Bounds(amber_high=12, red_high=15)
    assert [band_at(value, bounds) for value in (12, 12.1, 15, 15.1)] == [
        Band.NORMAL, Band.AMBER, Band.AMBER, Band.RED,
    ]  # fmt: skip
    assert band_at(84, Bounds(amber_low=93, red_low=85)) is Band.RED
    assert band_at(1, None) is Band.UNBANDED


def test_a_late_source_takes_the_colour_of_offices_too(engine: FakeEngine) -> None:
    engine.silence("ksmart", 26)
    try:
        own = _view(services_over(engine)).own
        assert own.share.fresh.freshness is Freshness.LATE
        assert own.share.band is Band.UNBANDED
    finally:
        engine.wake("ksmart")


def test_a_service_narrows_the_office_and_can_be_taken_away(services: Services) -> None:
    whole = _view(services)
    service = whole.services[0].work.service
    view = _view(services, query=f"?svc={service}&period=7d")
    assert [link.text for link in view.filters] == [services.reference.services[service].name_en]
    assert view.filters[0].href == "/office/x?period=7d"
    assert len(view.services) == 1
    assert view.own.work.open == whole.services[0].work.open < whole.own.work.open
    assert f"svc={service}" in view.list_href


def test_all_offices_of_a_place_page_by_page_and_by_kind(services: Services) -> None:
    first = office_list(_asked(services, "/offices?at=KL-palakkad"))
    second = office_list(_asked(services, "/offices?at=KL-palakkad&page=2"))
    assert first.rows is not None
    assert second.rows is not None
    assert (len(first.rows), second.pager.first) == (50, 51)
    assert not {row.code for row in first.rows} & {row.code for row in second.rows}
    last = office_list(_asked(services, "/offices?at=KL-palakkad&page=99"))
    assert last.rows
    assert last.pager.last == last.pager.of == first.pager.of
    taluk_offices = office_list(_asked(services, "/offices?kind=taluk_office"))
    assert taluk_offices.rows is not None
    assert {services.reference.offices[row.code].kind for row in taluk_offices.rows} == {"taluk_office"}
    assert taluk_offices.like.overdue_pct is not None
    assert office_list(_asked(services, "/offices?kind=nonsense")).like.overdue_pct is None


def test_pages_stand_while_the_engine_is_away(engine: FakeEngine) -> None:
    services = services_over(engine)
    engine.go_away()
    try:
        assert office_list(_asked(services, "/offices")).rows is None
        view = _area(services, TALUK)
        assert view.works is None
        assert view.has_works
    finally:
        engine.come_back()


def test_no_such_office_is_nothing(services: Services) -> None:
    assert office_view(_asked(services), "KL/none") is None


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_pages_are_drawn_in_every_language(services: Services, lang: str) -> None:
    drawn = markup(office_page(_view(services, query=f"?lang={lang}"), services.zone))
    assert "cm-table--offices" in drawn
    view = office_list(_asked(services, f"/offices?lang={lang}&at=KL-palakkad"))
    assert "cm-pages" in markup(offices_page(view, Name("x"), Link("y", "/"), services.zone))
    assert markup(offices_page(replace(view, rows=()), Name("x"), Link("y", "/"), services.zone))
