"""Words on screen: every language has every text, with the same placeholders."""

from __future__ import annotations

import re
import string
from html import escape

import pytest

from dashboard import language
from dashboard.address import Address
from dashboard.components.area_page import area_page
from dashboard.markup import markup
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from dashboard.views.place import Name, named
from dashboard.views.wall import Wall
from ingest.sources.simulator.plan import STEPS
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import InternalError

OTHERS = [code for code in language.languages() if code != language.ENGLISH]


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("lang", OTHERS)
def test_every_language_has_exactly_the_keys_of_english(lang: str) -> None:
    assert set(language.texts(lang)) == set(language.texts("en"))


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_uses_the_placeholders_of_english(lang: str) -> None:
    english = language.texts("en")
    texts = language.texts(lang).items()
    assert [key for key, template in texts if _placeholders(template) != _placeholders(english[key])] == []


def test_a_language_without_a_file_falls_back_to_english() -> None:
    assert language.text("unit.lakh", "kn") == "lakh"


def test_an_unknown_key_says_which_file_to_mend() -> None:
    with pytest.raises(InternalError, match=r"no text 'no\.such'"):
        language.text("no.such", "en")


def test_names_are_shown_in_the_working_language() -> None:
    assert language.chosen("Palakkad", "പാലക്കാട്", "en") == "Palakkad"
    assert language.chosen("Palakkad", "പാലക്കാട്", "ml") == "പാലക്കാട്"
    assert language.chosen("Palakkad", "", "ml") == "Palakkad"


@pytest.mark.parametrize(
    ("lang", "text", "echo", "echo_lang"),
    [
        ("en", "Palakkad", "പാലക്കാട്", "ml"),
        ("ml", "പാലക്കാട്", "Palakkad", "en"),
        ("hi", "पालक्काड", "Palakkad", "en"),
    ],
)
def test_the_other_language_stands_beside_a_name_as_its_echo(lang: str, text: str, echo: str, echo_lang: str) -> None:
    services = services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))
    asked = Asked.of(services, Address.parse(f"/?lang={lang}"))
    assert named(asked, "Palakkad", "പാലക്കാട്") == Name(text, echo, echo_lang)
    assert named(asked, "KWA", "") == Name("KWA", "", echo_lang)


def test_a_name_in_another_script_is_no_name_in_hindi() -> None:
    assert language.chosen("Birth certificate", "ജനന സർട്ടിഫിക്കറ്റ്", "hi") == "Birth certificate"
    assert language.chosen("Birth certificate", "जन्म प्रमाण पत्र", "hi") == "जन्म प्रमाण पत्र"
    assert language.chosen("KSRTC", "108", "ml") == "108"


def test_places_levels_and_departments_have_hindi_names_and_the_rest_is_marked_as_english() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    services = services_over(engine)
    address = Address.parse("/district/palakkad?lang=hi")
    area = services.reference.area("KL-palakkad")
    asked = Asked.of(services, address)
    view = area_view(asked, area)
    assert view.place.title == Name("पालक्काड जिला", "Palakkad district", "en")
    assert asked.chosen("Revenue", "റവന്യൂ") == "राजस्व"
    page = markup(area_page(view, address, services.zone, asked.now), "hi")
    assert not re.search("[\u0d00-\u0d7f]", page), "no Malayalam on a page in Hindi"
    assert view.services
    name = escape(view.services[0].name, quote=False)
    assert re.search(f'<a [^>]*lang="en"[^>]*>{re.escape(name)}</a>', page)
    assert 'lang="en">पालक्काड' not in page


def test_a_name_is_not_its_own_echo() -> None:
    services = services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.05, has_choice=True))
    in_hindi = Asked.of(services, Address.parse("/?lang=hi"))
    assert (in_hindi.other, in_hindi.chosen("Oxygen lasts", "ഓക്സിജൻ")) == ("en", "Oxygen lasts")
    assert in_hindi.echo("Oxygen lasts", "ഓക്സിജൻ") == ""
    assert in_hindi.echo("Revenue", "റവന്യൂ") == "Revenue"
    for scene in ("resources", "citizens"):
        labels = [one.label for one in Wall(services, "main", "hi", scene).build().numbers]
        assert labels
        assert all(label.text != label.echo for label in labels)


def test_steps_of_our_own_have_names_and_others_are_said_as_told() -> None:
    services = services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.05))
    said = {lang: Asked.of(services, Address.parse(f"/?lang={lang}")).step for lang in ("en", "ml", "hi")}
    for step in STEPS:
        assert said["en"](step) == step
        assert re.search("[\u0d00-\u0d7f]", said["ml"](step))
        assert re.search("[\u0900-\u097f]", said["hi"](step))
    assert said["ml"]("site_visit") == "site visit"
    assert said["ml"]("") == ""
