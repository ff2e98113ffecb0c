"""Addresses: every area has one, whatever levels the state has, and links carry what must travel."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import Address, area_at, area_path, area_templates
from dashboard.screen import Screen
from tests.helpers.fake_client import KERALA
from tests.unit.warehouse.test_reference import Folder, four_levels, gujarat_like, two_levels
from warehouse.reference import Reference, load_reference


@pytest.fixture(scope="module")
def kerala() -> Reference:
    return load_reference(KERALA)


def test_every_area_of_kerala_is_found_again_at_its_own_address(kerala: Reference) -> None:
    paths = {area_path(kerala, area.code): area for area in kerala.areas}
    assert len(paths) == len(kerala.areas)
    assert all(area_at(kerala, path) is area for path, area in paths.items())


def test_addresses_are_made_of_level_and_slug(kerala: Reference) -> None:
    assert area_path(kerala, "KL") == "/"
    assert area_path(kerala, "KL-palakkad") == "/district/palakkad"
    assert area_path(kerala, "KL-palakkad-mannarkkad") == "/district/palakkad/taluk/mannarkkad"


@pytest.mark.parametrize("made", [four_levels(), two_levels(), gujarat_like()], ids=["four", "two", "gujarat"])
def test_states_with_other_levels_have_addresses_too(made: Folder, tmp_path: Path) -> None:
    reference = load_reference(made.write(tmp_path))
    templates = area_templates(reference)
    assert list(templates) == made.levels
    for area in reference.areas:
        path = area_path(reference, area.code)
        assert area_at(reference, path) is area
        assert Screen(templates[area.level], lambda *_: None).fits(path)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    "path",
    [
        "/district",
        "/district/nowhere",
        "/taluk/palakkad",
        "/district/palakkad/body/agali",
        "/district/palakkad/taluk/nowhere",
        "/district/palakkad-mannarkkad",
        "/district/",
        "/breaches",
    ],
)
def test_what_names_no_area_is_none(kerala: Reference, path: str) -> None:
    assert area_at(kerala, path) is None


def test_language_department_service_and_period_travel_and_other_choices_do_not() -> None:
    here = Address.parse("http://x/district/palakkad?lang=ml&dept=lsg&svc=a&period=7d&sort=name&explain=a")
    assert here.to("/breaches", view="overdue").href == "/breaches?lang=ml&dept=lsg&svc=a&period=7d&view=overdue"
    assert here.to("/", svc=None, period="fy").href == "/?lang=ml&dept=lsg&period=fy"
    assert here.but(explain=None).href == "/district/palakkad?lang=ml&dept=lsg&svc=a&period=7d&sort=name"


def test_an_address_never_changes() -> None:
    here = Address.parse("/?a=1")
    here.but(a=2, b=3)
    assert here.href == "/?a=1"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_value_comes_back_from_a_link_as_it_was(key: str, value: str) -> None:
    made = Address("/breaches", ((key, value),) if key and value else ())
    assert Address.parse(made.href) == made


def test_repeated_and_overlong_values_are_cut() -> None:
    assert Address.parse("/?at=a&at=b").get("at") == "b"
    assert len(Address.parse(f"/?at={'x' * 5000}").get("at")) == 200
