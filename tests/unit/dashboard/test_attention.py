"""The order of attention is one that can be said in a line, and holds for any state of affairs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.address import Address
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.attention import rank, read_bands
from dashboard.views.scope import Scope
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import Band

AT = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def calm() -> FakeEngine:
    """A state in which nothing is past its thresholds."""
    engine = FakeEngine(clock=SettableClock(AT))
    engine._at["overdue"][:] = 0
    engine._at["late"][:] = 0
    engine._at["in_time"][:] = engine._at["decided"]
    for index in engine._levels:
        code = engine._rows[index]["code"]
        engine._levels[index][:] = {"kwa_supply_hours": 12, "hospital_oxygen_hours": 99}.get(str(code), 1)
    engine._evaluate()
    engine.restart()
    return engine


@pytest.fixture
def engine(calm: FakeEngine) -> FakeEngine:
    kept = {name: array.copy() for name, array in calm._at.items()}, {n: a.copy() for n, a in calm._levels.items()}
    yield calm
    calm._at, calm._levels = kept
    calm._evaluate()
    calm.restart()


def ranked(engine: FakeEngine, rows: int = 6):
    services = services_over(engine)
    return rank(asked(services), read_bands(services), rows)


def asked(services: Services) -> Asked:
    return Asked(services, Address("/wall/main"), Scope(None, None, "mtd"), "en")


def overdue(engine: FakeEngine, service: str, area: str, of_hundred: int) -> None:
    """Let a place have a hundred times the minimum base of open work, some of it overdue."""
    row, place = engine._services.index(service), engine.reference.area_index[area]
    engine._at["open"][row, place] = 1000
    engine._at["overdue"][row, place] = of_hundred * 10


def body_in(engine: FakeEngine, taluk: str) -> str:
    return engine.reference.children(taluk)[0].code


TALUK = "KL-palakkad-mannarkkad"
OTHER = "KL-idukki-thodupuzha"


def test_calm_state_has_an_empty_list(engine: FakeEngine) -> None:
    found = ranked(engine)
    assert found.concerns == ()
    assert (found.more_red, found.more_amber) == (0, 0)


def test_red_comes_before_amber_however_many_days_amber_has(engine: FakeEngine) -> None:
    overdue(engine, "land_mutation", OTHER, 13)
    overdue(engine, "income_certificate", TALUK, 16)
    engine._at["open"][engine._services.index("income_certificate"), engine.reference.area_index[TALUK]] = 100
    engine._at["overdue"][engine._services.index("income_certificate"), engine.reference.area_index[TALUK]] = 16
    engine._evaluate()
    found = ranked(engine)
    assert [one.band for one in found.concerns] == [Band.RED, Band.AMBER]
    assert [one.key for one in found.concerns] == [("income_certificate",), ("land_mutation",)]


def test_within_a_colour_most_person_days_come_first(engine: FakeEngine) -> None:
    overdue(engine, "income_certificate", TALUK, 20)
    overdue(engine, "land_mutation", OTHER, 90)
    engine._evaluate()
    found = ranked(engine)
    assert [one.weight for one in found.concerns] == sorted((one.weight for one in found.concerns), reverse=True)
    assert all(one.weight > 0 for one in found.concerns)


def test_applications_and_utilities_take_turns(engine: FakeEngine) -> None:
    for service in ("income_certificate", "land_mutation", "caste_certificate"):
        overdue(engine, service, TALUK, 40)
    place = engine.reference.area_index[OTHER]
    for index, value in ((engine.code_index("kwa_supply_hours"), 2), (engine.code_index("kseb_outage_min"), 300)):
        engine._levels[index][place] = value
    engine._evaluate()
    assert [one.is_utility for one in ranked(engine).concerns] == [False, True, False, True, False]


def test_one_row_per_service_with_its_worst_place_and_how_many_others(engine: FakeEngine) -> None:
    taluks = [area.code for area in engine.reference.by_level("taluk")[:5]]
    for place, taluk in enumerate(taluks):
        overdue(engine, "income_certificate", taluk, 20 + 10 * place)
    engine._evaluate()
    found = ranked(engine)
    assert len(found.concerns) == 1
    assert found.concerns[0].places == 5
    assert found.concerns[0].area in taluks
    assert found.concerns[0].held.cases > 0


def test_taluk_speaks_for_its_district(engine: FakeEngine) -> None:
    overdue(engine, "birth_registration", body_in(engine, TALUK), 60)
    engine._evaluate()
    found = ranked(engine)
    assert {one.area for one in found.concerns} == {TALUK}


def test_small_base_is_never_listed(engine: FakeEngine) -> None:
    row, place = engine._services.index("income_certificate"), engine.reference.area_index[TALUK]
    engine._at["open"][:, :] = 0
    engine._at["open"][row, place] = 29
    engine._at["overdue"][row, place] = 29
    engine._evaluate()
    assert ranked(engine).concerns == ()


def test_late_source_stands_after_current_ones_of_its_colour(engine: FakeEngine) -> None:
    overdue(engine, "land_mutation", TALUK, 90)  # Revenue: e-District and ReLIS
    overdue(engine, "birth_registration", body_in(engine, OTHER), 20)  # Local Self Government: K-SMART, ILGMS
    engine._evaluate()
    try:
        engine.silence("relis", 30)
        found = ranked(engine)
        assert [one.key for one in found.concerns] == [("birth_registration",), ("land_mutation",)]
        assert [one.is_current for one in found.concerns] == [True, False]
    finally:
        engine.wake("relis")


def test_list_is_capped_and_says_what_is_left_out(engine: FakeEngine) -> None:
    services = [code for code, one in engine.reference.services.items() if one.level == "taluk"][:8]
    for place, service in enumerate(services):
        overdue(engine, service, TALUK, 40 if place < 5 else 13)
    engine._evaluate()
    found = ranked(engine, rows=4)
    assert len(found.concerns) == 4
    assert (found.more_red, found.more_amber) == (1, 3)


def test_roll_ups_do_not_show_the_same_cases_twice(engine: FakeEngine) -> None:
    for service in engine._services:
        if engine.reference.services[service].level == "taluk":
            overdue(engine, service, TALUK, 50)
    engine._evaluate()
    assert not any(one.indicator.startswith(("gov_", "dept_")) for one in ranked(engine, rows=9).concerns)
