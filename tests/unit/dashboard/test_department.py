"""A department's indicators against the districts: counted once, worst first, each number where it leads."""

from __future__ import annotations

import pytest

from dashboard.address import Address
from dashboard.components.department_page import department_page, departments_page
from dashboard.exports.indicators import indicators_table
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.department import DepartmentView, department_view, departments_view
from dashboard.views.place import Link, Name
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import Band


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.7)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _asked(services: Services, href: str = "/departments") -> Asked:
    return Asked.of(services, Address.parse(href))


def _view(services: Services, href: str = "/department/rev") -> DepartmentView:
    return department_view(_asked(services, href), services.reference.departments["REV"])


def test_departments_add_up_and_stand_by_red_then_amber(services: Services) -> None:
    view = departments_view(_asked(services))
    for name in ("red", "amber", "stale", "normal"):
        assert sum(getattr(row.counts, name) for row in view.rows) == getattr(view.total, name)
    keys = [(-row.counts.red, -row.counts.amber) for row in view.rows]
    assert keys == sorted(keys)
    assert sum(view.total.__getattribute__(name) for name in ("red", "amber", "stale", "normal")) == len(
        services.values.indicators
    )


def test_every_indicator_is_a_row_or_counted_as_calm(services: Services) -> None:
    view = _view(services)
    own = [one for one in services.values.indicators.values() if one.department == "REV"]
    assert len(view.matrix.rows) + view.more + view.calm == len(own)
    counts = view.counts
    assert counts.red + counts.amber + counts.stale + counts.normal == len(own)


def test_rows_and_columns_stand_worst_first(services: Services) -> None:
    view = _view(services)
    assert {place.text for place in view.matrix.places} == {
        area.name_en for area in services.reference.children(services.reference.areas[0].code)
    }
    urgencies = [row.whole.figure.urgency for row in view.matrix.rows]
    assert urgencies == sorted(urgencies)
    assert any(cell.figure.band is Band.RED for cell in view.matrix.rows[0].cells)


def test_cells_stand_under_the_heading_of_their_place_and_lead_there(services: Services) -> None:
    view = _view(services, "/department/rev?lang=ml&period=7d")
    for row in view.matrix.rows[:3]:
        for place, cell in zip(view.matrix.places, row.cells, strict=True):
            slug = cell.figure.area.removeprefix("KL-")
            assert place.href == f"/district/{slug}?lang=ml&period=7d&dept=rev"
            assert f"area={cell.figure.area}" in cell.href
            assert cell.href.startswith(f"/indicator/{cell.figure.code}?lang=ml")
    assert view.all_href == "/indicators?lang=ml&period=7d&department=rev"


def test_a_silent_source_is_counted_as_stale_and_shown(engine: FakeEngine) -> None:
    engine.silence("edistrict", 26)
    engine.silence("relis", 26)
    try:
        view = _view(services_over(engine))
        assert view.counts.stale
        assert view.counts.red == 0
        drawn = markup(department_page(view, (), services_over(engine).zone))
        assert "cm-mark--stale" in drawn
    finally:
        engine.wake("edistrict")
        engine.wake("relis")


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_pages_are_drawn_in_every_language(services: Services, lang: str) -> None:
    drawn = markup(department_page(_view(services, f"/department/rev?lang={lang}"), (), services.zone))
    assert drawn.count('scope="col"') == 16
    assert drawn.count('scope="row"') == len(_view(services).matrix.rows)
    view = departments_view(_asked(services, f"/departments?lang={lang}"))
    assert "cm-table--standing" in markup(departments_page(view, Name("x"), Link("y", "/"), lang, services.zone))


def test_counts_lead_to_as_many_indicators_as_they_say(services: Services, engine: FakeEngine) -> None:
    engine.silence("kwa", 26)
    services.values.refresh()
    view = departments_view(_asked(services))
    assert view.total.stale > 0
    for counts, hrefs in ((view.total, view.hrefs), *((row.counts, row.hrefs) for row in view.rows[:8])):
        for name, href in hrefs.items():
            address = Address.parse(href)
            assert (address.path, address.get("band"), address.get("period")) == ("/indicators", name, "own")
            rows = list(indicators_table(Asked.of(services, address)).rows)
            assert len(rows) == getattr(counts, name), href
    page = markup(departments_page(view, Name("Departments"), Link("Kerala", "/"), "en", services.zone))
    assert 'href="/indicators?band=amber&amp;period=own"' in page
    own = _view(services)
    assert f'href="{own.hrefs["amber"]}"'.replace("&", "&amp;") in markup(department_page(own, (), services.zone))
