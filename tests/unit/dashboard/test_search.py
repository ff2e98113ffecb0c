"""The quick search finds what is meant, in every script and however it is spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pyarrow as pa
import pytest

from dashboard.address import Address
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.search import KINDS, Found, SearchIndex, find_application, plainly
from tests.helpers.browser import answering, serving
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over
from warehouse.principal import Principal


@pytest.fixture(scope="module")
def services() -> Services:
    return services_over(FakeEngine(scale=0.05))


@pytest.fixture(scope="module")
def index(services: Services) -> SearchIndex:
    return SearchIndex(services)


def _find(services: Services, index: SearchIndex, words: str, lang: str = "en") -> tuple[Found, ...]:
    return index.find(Asked.of(services, Address.parse(f"/?lang={lang}")), words)


@pytest.mark.parametrize(
    ("words", "href"),
    [
        ("Palakkad", "/district/palakkad"),
        ("palakad", "/district/palakkad"),
        ("Palghat district", ""),
        ("kozhikkod", "/district/kozhikode"),
        ("kolikode", "/district/kozhikode"),
        ("tiruvananthapuram", "/district/thiruvananthapuram"),
        ("alapuzha", "/district/alappuzha"),
        ("പാലക്കാട്", "/district/palakkad"),
        ("पालक्काड", "/district/palakkad"),
        ("manarkad", "/district/palakkad/taluk/mannarkkad"),
        ("atappadi", "/district/palakkad/taluk/attappadi"),
    ],
)
def test_places_are_found_however_they_are_spelled(
    services: Services, index: SearchIndex, words: str, href: str
) -> None:
    places = [one.href.partition("?")[0] for one in _find(services, index, words) if one.kind == "place"]
    assert not href or href in places[:3], places


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("quarrying permit overdue", "ind_quarry_permit_overdue"),
        ("kvarying permt overdu", "ind_quarry_permit_overdue"),
        ("rev_income_certificate_overdue_share", "rev_income_certificate_overdue_share"),
        ("oxygen", "hospital_oxygen_hours"),
        ("ജലവിതരണം", "kwa_supply_hours"),
    ],
)
def test_indicators_are_found_by_name_and_code(services: Services, index: SearchIndex, words: str, code: str) -> None:
    found = [one.href for one in _find(services, index, words) if one.kind == "indicator"]
    assert f"/indicator/{code}?lang=en" in found, found


def test_departments_and_offices_are_found(services: Services, index: SearchIndex) -> None:
    found = _find(services, index, "revenue")
    assert "/department/rev?lang=en" in [one.href for one in found if one.kind == "department"]
    offices = [one for one in _find(services, index, "taluk office mannarkad") if one.kind == "office"]
    assert any("Mannarkkad" in one.text and one.href.startswith("/office/KL-palakkad-mannarkkad%2F") for one in offices)


def test_results_come_by_kind_in_the_readers_language(services: Services, index: SearchIndex) -> None:
    found = _find(services, index, "palakkad", "ml")
    kinds = [KINDS.index(one.kind) for one in found]
    assert kinds == sorted(kinds)
    assert found[0].text == "പാലക്കാട്"
    assert all("lang=ml" in one.href for one in found)


@pytest.mark.parametrize("words", ["", "   ", "-", "zzzzqqqq", "zzzzzzz", "\x00", "x" * 10_000])
def test_nothing_is_found_where_nothing_is_meant(services: Services, index: SearchIndex, words: str) -> None:
    assert _find(services, index, words) == ()


def test_one_sound_is_written_one_way() -> None:
    assert plainly("Kozhikkode") == plainly("KOLIKODE") == "kolikode"
    assert plainly("Attappadi") == plainly("atapadi")
    assert plainly("കാസർ\u200dഗോഡ്") == plainly("കാസർഗോഡ്")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(FakeEngine(scale=0.05)) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False) as made:
        answering(made, "/api/indicators/names")
        yield made


def test_the_browser_gets_groups(client: httpx.Client) -> None:
    groups = client.get("/api/search", params={"q": "palakkad", "lang": "en"}).json()
    assert groups[0]["title"] == "Places"
    assert groups[0]["results"][0]["text"] == "Palakkad"
    assert client.get("/api/search").json() == []


def test_exact_words_come_before_beginnings_and_those_before_what_is_near(
    services: Services, index: SearchIndex
) -> None:
    found = _find(services, index, "water")
    words = [re.findall(r"[a-z]+", one.text.lower()) for one in found]
    closeness = [0 if "water" in one else 1 if any(part.startswith("water") for part in one) else 2 for one in words]
    assert closeness[0] == 0
    assert "Sulthan Bathery" in [one.text for one in found], "near ones are still offered"
    for kind in {one.kind for one in found}:
        of_kind = [each for each, one in zip(closeness, found, strict=True) if one.kind == kind]
        assert of_kind == sorted(of_kind)


@pytest.mark.parametrize("typed", ["KS-2025-LB0445-3090002", " ks-2025-lb0445-3090002 "])
def test_an_application_is_found_in_small_letters_too(services: Services, typed: str) -> None:
    class OneCase:
        def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
            is_it = params == {"case_id": "KS-2025-LB0445-3090002"}
            return pa.table({"service": [""] if is_it else []})

    asked = Asked.of(services, Address.parse("/"))
    found = find_application(replace(asked, services=replace(services, queries=OneCase())), typed)
    assert [one.text for one in found] == ["KS-2025-LB0445-3090002"]


@pytest.mark.parametrize(
    ("words", "path"),
    [("resources", "/resources"), ("feedb", "/feedback"), ("വിഭവങ്ങൾ", "/resources"), ("overdue", "/breaches")],
)
def test_pages_are_found_by_their_heading(services: Services, index: SearchIndex, words: str, path: str) -> None:
    asked = Asked.of(services, Address.parse("/?dept=rev"))
    first = index.find(asked, words)[0]
    assert (first.kind, first.href) == ("page", f"{path}?dept=rev")
