"""The state's choice for its wall: read, refused with file and key, and kept to what the catalogue has."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import language
from dashboard.wall_choice import FILE, WallChoice, read_choice
from tests.helpers.fake_client import KERALA
from tests.helpers.house import CATALOGUE
from warehouse.errors import ConfigError


def test_state_without_a_file_has_made_no_choice(tmp_path: Path) -> None:
    assert read_choice(tmp_path) == WallChoice()


def test_everything_that_kerala_chose_is_in_the_catalogue() -> None:
    from indicators.load import load_catalogue
    from warehouse.reference import load_reference

    choice = read_choice(KERALA)
    codes = {choice.districts, choice.satisfaction, *(line.indicator for line in choice.numbers)}
    codes |= {line.indicator for card in (*choice.resources, *choice.citizens) for line in card.lines}
    known = {one.code for one in load_catalogue(CATALOGUE, load_reference(KERALA)).definitions}
    assert codes <= known


def test_what_was_answered_is_called_on_the_wall_as_on_the_desk() -> None:
    line = next(one for one in read_choice(KERALA).numbers if one.indicator == "gov_feedback_share")
    assert line.name_en == language.text("measure.feedback_share", "en")
    on_desk = language.text("measure.feedback_share", "ml").rpartition(" ")[0]
    assert line.name_local.startswith(on_desk), "those about which an opinion came; the wall has room for no third word"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[district]\nindicator = 'a'", "district is unknown; allowed are districts, citizens, resources, pack"),
        ("districts = 'gov_overdue_share'", "districts is a table: [districts]"),
        ("[districts]\ncode = 'a'", "districts.code is unknown; allowed are indicator"),
        ("[districts]\nindicator = 3", "districts.indicator = 3: must be a text"),
        ("[citizens]\nnumbers = ['a']", "citizens.numbers is a list of tables"),
        ("[citizens]\nnumbers = [{indicator = 'a', name_en = 'A'}]", "citizens.numbers[1] lacks name_local"),
        (
            "[[resources.card]]\nname_en = 'A'\nname_local = 'A'\nlines = [{indicator = 'a', unit = '%'}]",
            "resources.card[1].lines[1].unit is unknown; allowed are indicator, name_en, name_local",
        ),
        ("[[resources.card]]\nname_en = 'A'", "resources.card[1] lacks name_local, lines"),
        (
            "[[pack]]\nscene = 'now'\nname_en = 'A'\nname_local = 'A'\ncard = []",
            "pack[1].scene = 'now': must be a",
        ),
        ("[[pack]]\nscene = 'A b'\nname_en = 'A'\nname_local = 'A'\ncard = []", "small letters, digits and hyphens"),
        ("[[pack]]\nscene = 'monsoon'\nname_en = 'A'", "pack[1] lacks name_local, card"),
        (
            "[[pack]]\nscenes = 'monsoon'",
            "pack[1].scenes is unknown; allowed are scene, name_en",
        ),
        ("[resources", "wall.toml: "),
    ],
)
def test_wrong_choice_is_refused_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_choice(tmp_path)
    assert str(tmp_path / FILE) in str(refused.value)
    assert said in str(refused.value)
