"""Four players that are one wall together."""

from __future__ import annotations

import pytest

from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_player import PLAYERS, dealt, player, tile_number
from warehouse.config import WallConfig


def test_a_player_is_a_quarter_of_the_wall_with_its_own_scenes() -> None:
    wall = WallConfig(seams_x=1)
    assert player(wall, 0) == wall
    for tile, scenes in enumerate(PLAYERS, start=1):
        one = player(wall, tile)
        assert (one.width_px, one.height_px, one.width_mm, one.seams_x) == (1920, 1080, 1218, 0)
        assert one.scenes == scenes
        assert wall_layout("main", one).form == "small"


def test_a_player_shows_what_the_settings_have_of_its_scenes() -> None:
    wall = WallConfig(scenes=("now", "departments", "citizens"))
    assert [player(wall, tile).scenes for tile in (1, 2, 3, 4)] == [
        ("now",), ("districts",), ("departments",), ("citizens",),
    ]  # fmt: skip


def test_chosen_scenes_are_dealt_out() -> None:
    chosen = ("now", "monsoon", "breach", "epidemic", "review")
    assert [dealt(chosen, tile) for tile in (1, 2, 3, 4)] == [
        ("now", "review"),
        ("monsoon",),
        ("breach",),
        ("epidemic",),
    ]
    assert dealt(("monsoon",), 2) == ()
    assert dealt(chosen, 0) == chosen


@pytest.mark.parametrize(
    ("text", "number"), [("", 0), ("1", 1), ("4", 4), ("0", None), ("5", None), ("x", None), ("-1", None), ("²", None)]
)
def test_which_player_an_address_asks_for(text: str, number: int | None) -> None:
    assert tile_number(text) == number
