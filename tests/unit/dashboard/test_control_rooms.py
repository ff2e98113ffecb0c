"""The page of control rooms: three levels that add up, each case at one of them, ages and sources as everywhere."""

from __future__ import annotations

import pytest

from dashboard.address import Address
from dashboard.components.control_rooms_page import control_rooms_page
from dashboard.exports.control_rooms import control_rooms_table
from dashboard.freshness import Freshness
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.control_room_rows import RoomRow
from dashboard.views.control_rooms import ControlRoomsView, control_rooms_view
from dashboard.views.place import Link, Name
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import EngineGoneError
from warehouse.value import Band

DISTRICT = "KL-palakkad"
COLLECTOR = "revenue_grievance"


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_rooms=True)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _asked(services: Services, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/control-rooms?{query}"))


def _view(services: Services, query: str = "") -> ControlRoomsView:
    return control_rooms_view(_asked(services, query))


def _rows(view: ControlRoomsView, level: str, by: str) -> tuple[RoomRow, ...]:
    return next((table.rows for table in view.tables if (table.level, table.by) == (level, by)), ())


def test_the_parts_of_a_level_add_up_to_it(services: Services) -> None:
    view = _view(services)
    assert [one.code for one in view.levels] == ["department", "head_of_department", "collector"]
    for level in view.levels:
        for by in ("place", "department"):
            rows = _rows(view, level.code, by)
            if rows:
                for name in ("open", "overdue"):
                    parts = sum(getattr(row, name).value or 0 for row in rows)
                    assert parts == getattr(level, name).value, (level.code, by, name)
        if level.share.value is not None:
            assert level.share.value == pytest.approx(100 * (level.overdue.value or 0) / (level.open.value or 1))
    assert _rows(view, "department", "place") == (), "petitions are recorded at the state as a whole"


def test_a_level_leads_to_its_tables_or_to_its_one_list(services: Services) -> None:
    for query in ("", f"at={DISTRICT}", "dept=hom"):
        view = _view(services, query)
        with_tables = {table.level for table in view.tables}
        for level in view.levels:
            if level.name.href == f"#rooms-{level.code}":
                assert level.code in with_tables
            else:
                assert level.name.href == level.list_href != ""


def test_what_is_recorded_at_the_place_itself_has_a_row_of_its_own(services: Services) -> None:
    last = _rows(_view(services), "head_of_department", "place")[-1]
    assert (last.code, last.name.href) == ("KL", "")
    assert last.name.text != "Kerala"
    deep = _rows(_view(services, f"at={DISTRICT}-mannarkkad"), "head_of_department", "place")
    assert all(row.code.startswith(DISTRICT) for row in deep)


def test_a_collectors_row_is_the_indicator_itself_and_leads_to_list_and_office(services: Services) -> None:
    rows = _rows(_view(services), "collector", "place")
    assert len(rows) == 14
    for row in rows:
        assert row.share.code == f"rev_{COLLECTOR}_overdue_share"
        assert row.share.cell == services.values.cell(row.share.code, row.code)
        assert row.list_href.startswith("/breaches?")
        assert f"svc={COLLECTOR}" in row.list_href
        assert f"at={row.code}" in row.list_href
        assert (row.oldest_days is None) == (row.office is None) == (not row.overdue.value)
    assert all(row.office is None or row.office.text.startswith("Collectorate") for row in rows)


def test_a_sum_has_no_colour_and_opens_nothing(services: Services) -> None:
    view = _view(services)
    whole = next(one for one in view.levels if one.code == "head_of_department")
    assert (whole.share.code, whole.share.band, whole.list_href) == ("", Band.UNBANDED, "")
    assert all(row.list_href == "" for row in _rows(view, "head_of_department", "place") if row.code != "KL")


def test_a_department_is_shown_by_its_services_and_travels_on(services: Services) -> None:
    view = _view(services, "dept=hom&period=7d&lang=ml")
    codes = {row.code for table in view.tables if table.by == "service" for row in table.rows}
    told = {code for code, one in services.reference.services.items() if one.kind in {"ticket", "grievance"}}
    assert codes
    assert all(services.reference.services[code].department == "HOM" for code in codes)
    assert codes <= told
    assert all("dept=hom" in row.name.href for row in _rows(view, "head_of_department", "place"))
    assert "collector" not in {one.code for one in view.levels}
    assert [link.text for link in _view(services, "svc=rev_cm_petition").filters] == ["Petition to the CM, Revenue"]


def test_a_place_below_is_the_same_page_about_it(services: Services) -> None:
    whole, below = _view(services), _view(services, f"at={DISTRICT}")
    row = next(one for one in _rows(whole, "head_of_department", "place") if one.code == DISTRICT)
    assert row.name.href == f"/control-rooms?at={DISTRICT}"
    level = next(one for one in below.levels if one.code == "head_of_department")
    assert (level.open.value, level.overdue.value) == (row.open.value, row.overdue.value)


def test_late_sources_make_sums_late_and_leave_the_order() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_rooms=True)
    for name in engine.sources:
        engine.silence(name, 15)
    view = _view(services_over(engine))
    assert all(one.share.fresh.freshness is Freshness.LATE for one in view.levels)
    assert {one.tone for one in view.sentences} == {"stale"}
    drawn = markup(control_rooms_page(view, Name("x"), Link("Kerala", "/"), _asked(services_over(engine))), "en")
    assert "as of" in drawn


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_the_page_is_drawn_in_every_language_and_without_the_engine(
    engine: FakeEngine, services: Services, lang: str
) -> None:
    engine.go_away()
    try:
        view, asked = _view(services, f"lang={lang}"), _asked(services, f"lang={lang}")
        drawn = markup(control_rooms_page(view, Name("x"), Link("Kerala", "/"), asked), lang)
        with pytest.raises(EngineGoneError):
            control_rooms_table(asked)
    finally:
        engine.come_back()
    rows = len(view.levels) + sum(len(table.rows) for table in view.tables)
    assert drawn.count('data-testid="room-row"') == rows > 20
    assert view.is_engine_away
    assert all(one.oldest_days is None for one in view.levels)


def test_a_file_has_every_row_of_the_page(services: Services) -> None:
    view = _view(services, f"at={DISTRICT}")
    rows = list(control_rooms_table(_asked(services, f"at={DISTRICT}")).rows)
    shown = [*view.levels, *(row for table in view.tables for row in table.rows)]
    assert [row[2] for row in rows] == [one.code for one in shown]
    assert [row[7] for row in rows] == [one.overdue.value for one in shown]
