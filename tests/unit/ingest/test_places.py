"""Places are found by name, other name, number or the area around them, and never guessed."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Literal
from unicodedata import normalize

import pytest

from ingest.decode import decode
from ingest.mapping import read_mapping
from ingest.vocabulary import Place, Vocabulary
from tests.helpers.rows import NOW, PSEUDONYMS, READINGS, VOCABULARY, decoded, events, refused, table
from tests.unit.ingest.test_mapping import complaints

#: Two bodies share a name, in different districts; one name is another body's other name.
_BODIES = (
    Place("KL-palakkad-town", "body", "10", ("Kalady", "കാലടി"), "KL-palakkad", "G09"),
    Place("KL-idukki-town", "body", "11", ("Kalady",), "KL-idukki", "G06"),
    Place("KL-idukki-hill", "body", "12", ("Agali Hill", "Agaly"), "KL-idukki", "G07"),
)
_PLACES = {code: replace(place, parent=None if code == "KL" else "KL") for code, place in VOCABULARY.places.items()}
PLACES = replace(VOCABULARY, places=_PLACES | {place.code: place for place in _BODIES})


def area(rule: str, places: Vocabulary = PLACES, **cells: str) -> str:
    """The area of a row, or why it is refused."""
    text = READINGS.replace('{const = "KL-idukki"}', rule)
    made = read_mapping("test", tomllib.loads(text), places, PSEUDONYMS)
    row = dict.fromkeys(made.columns, "") | {"at": "2026-04-01", "asset": "H", "value": "1"} | cells
    result = decode(table(row), made, NOW, str)
    return refused(result)[0][0] if result.rejected.num_rows else str(events(result)[0]["area"])


BY_NAME = '{column = "place", by = "name", level = "body"}'
WITHIN = '{column = "place", by = "name", level = "body", within = "district"}'


@pytest.mark.parametrize(
    ("district", "place", "found"),
    [
        ("Palakkad", "Kalady", "KL-palakkad-town"),
        ("IDUKKI", "kalady", "KL-idukki-town"),
        ("ഇടുക്കി", "Kalady", "KL-idukki-town"),
        ("561", "Kalady", "KL-palakkad-town"),
        ("KL-idukki", "Kalady", "KL-idukki-town"),
        ("Kerala", "Agali-Hill", "KL-idukki-hill"),
        ("", "agaly", "KL-idukki-hill"),
        ("", "Kalady", "unknown_area"),
        ("Kerala", "Kalady", "unknown_area"),
        ("Palakkad", "Agaly", "unknown_area"),
        ("Palakad", "Kalady", "unknown_area"),
    ],
)
def test_a_name_that_several_places_share_is_told_by_the_area_around(district: str, place: str, found: str) -> None:
    assert area(WITHIN, district=district, place=place) == found


def test_without_it_a_shared_name_is_refused() -> None:
    assert area(BY_NAME, place="Kalady") == "unknown_area"
    assert area(BY_NAME, place="കാലടി") == "KL-palakkad-town"
    assert area(BY_NAME, place=" AGALY ") == "KL-idukki-hill", "another name of it"


def test_a_place_by_the_number_that_the_state_gave_it() -> None:
    by_number = '{column = "place", by = "lsg", level = "body"}'
    assert area(by_number, place="g06") == "KL-idukki-town"
    assert area(by_number, place="G99") == "unknown_area"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_that_look_the_same_are_the_same_in_names_and_in_map(form: Literal["NFC", "NFD"]) -> None:
    place = normalize(form, "കോട്ടയം")
    assert place != normalize("NFD" if form == "NFC" else "NFC", place)
    named = replace(PLACES, places=PLACES.places | {"KL-x": Place("KL-x", "body", "13", (place,), "KL")})
    for cell in ("കോട്ടയം", normalize("NFD", "കോട്ടയം")):
        assert area(BY_NAME, named, place=cell) == "KL-x"
        for extra in ("", ", any_case = true"):
            mapped = f'{{column = "place", map = {{"{place}" = "KL-idukki"}}{extra}}}'
            assert area(mapped, place=cell) == "KL-idukki"


@pytest.mark.parametrize("by", ["lgd", "lsg"])
@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("11", "KL-idukki-town"),
        ("०११", "KL-idukki-town"),
        ("൧൧", "KL-idukki-town"),
        ("11.0", "KL-idukki-town"),
        ("0011", "KL-idukki-town"),
        ("1.10", "unknown_area"),
        ("1.1", "unknown_area"),
        ("11.5", "unknown_area"),
        ("1 1", "unknown_area"),
        ("110", "unknown_area"),
        ("0", "unknown_area"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(by: str, cell: str, found: str) -> None:
    bodies = {place.code: replace(place, lsg_code=place.lgd_code) for place in _BODIES}
    numbered = replace(PLACES, places=PLACES.places | bodies)
    assert area(f'{{column = "place", by = "{by}", level = "body"}}', numbered, place=cell) == found


def test_what_is_no_number_of_a_place_is_called_a_number() -> None:
    text = READINGS.replace('{const = "KL-idukki"}', '{column = "place", by = "lgd", level = "district"}')
    result = decoded(text, {"at": "2026-04-01", "asset": "H", "value": "1", "place": "999"})
    assert result.rejected["detail"].to_pylist() == ["area '999' is the LGD code of no area, or of several"]


def test_map_comes_first_and_may_pass_over_case() -> None:
    mapped = WITHIN.replace("within", 'map = {"Kaladi  Town" = "KL-palakkad-town"}, within')
    assert area(mapped, district="Idukki", place="Kaladi  Town") == "KL-palakkad-town"
    assert area(mapped, district="Idukki", place="KALADI TOWN") == "unknown_area"
    assert area(mapped.replace("within", "any_case = true, within"), place="KALADI TOWN") == "KL-palakkad-town"


def test_words_for_numbers_may_pass_over_case() -> None:
    text = READINGS.replace('value = "value"', 'value = {column = "value", map = {Nil = 0}, any_case = true}')
    made = read_mapping("test", tomllib.loads(text), PLACES, PSEUDONYMS)
    rows = [{"at": "2026-04-01", "asset": cell, "value": cell} for cell in ("NIL", "nil", "7", "none")]
    result = decode(table(*rows), made, NOW, str)
    assert [event["value"] for event in events(result)] == [0, 0, 7]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('{column = "d", by = "lgd", level = "district", within = "s"}', 'area.within: belongs to by = "name"'),
        ('{column = "d", within = "s"}', 'area.within: belongs to by = "name"'),
        ('{column = "d", any_case = true}', "area.any_case: belongs to map"),
        ('{column = "d", map = {A = "KL", a = "KL-idukki"}, any_case = true}', "area.map.a: stands for two values"),
    ],
)
def test_mistakes_are_named(rule: str, said: str) -> None:
    assert any(said in line for line in complaints(READINGS.replace('{const = "KL-idukki"}', rule)))
