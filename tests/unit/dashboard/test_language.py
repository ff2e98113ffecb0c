"""Words on screen: every language has every text, with the same placeholders."""

from __future__ import annotations

import string

import pytest

from dashboard import language
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


def test_names_are_shown_in_the_working_language_with_the_other_as_echo() -> None:
    assert language.chosen("Palakkad", "പാലക്കാട്", "en") == "Palakkad"
    assert language.echo("Palakkad", "പാലക്കാട്", "en") == "പാലക്കാട്"
    assert language.chosen("Palakkad", "പാലക്കാട്", "ml") == "പാലക്കാട്"
    assert language.echo("Palakkad", "പാലക്കാട്", "ml") == "Palakkad"
    assert language.chosen("Palakkad", "", "ml") == "Palakkad"
    assert language.echo("Palakkad", "", "ml") == ""
