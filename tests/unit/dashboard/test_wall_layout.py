"""How much fits on a wall is decided by legibility: size in millimetres and distance, not pixels."""

from __future__ import annotations

import math

import pytest

from dashboard.views.wall_layout import wall_layout
from warehouse.config import WallConfig
from warehouse.errors import ConfigError

#: Screens of the design guide: width_px, height_px, width_mm, view_m, class.
SCREENS = {
    "2x2 of 55 inch": (WallConfig(3840, 2160, 2436, 5.0), "M", "wide"),
    "one 86 inch": (WallConfig(3840, 2160, 1895, 5.0), "M", "wide"),
    "one 55 inch at 5 m": (WallConfig(1920, 1080, 1210, 5.0), "S", "small"),
    "one 55 inch at 3 m": (WallConfig(1920, 1080, 1210, 3.0), "M", "wide"),
    "3x3 of 55 inch": (WallConfig(3840, 2160, 3653, 5.0), "L", "wide"),
    "4x2 of 55 inch": (WallConfig(7680, 2160, 4872, 5.0), "L", "long"),
    "LED 1.2 mm": (WallConfig(3840, 2160, 4608, 5.0), "L", "wide"),
}


@pytest.mark.parametrize(("wall", "density", "form"), SCREENS.values(), ids=SCREENS)
def test_class_and_arrangement(wall: WallConfig, density: str, form: str) -> None:
    layout = wall_layout("main", wall)
    assert (layout.density, layout.form) == (density, form)


@pytest.mark.parametrize("wall", [entry[0] for entry in SCREENS.values()], ids=SCREENS)
def test_body_text_has_sixteen_arc_minutes_everywhere(wall: WallConfig) -> None:
    layout = wall_layout("main", wall)
    mm_per_unit = wall.width_mm / layout.width
    capital_mm = 52 * 0.714 * mm_per_unit
    arc_minutes = math.degrees(2 * math.atan(capital_mm / 2 / (wall.view_m * 1000))) * 60
    assert arc_minutes >= 16


def test_wall_of_the_mock_up() -> None:
    layout = wall_layout("main", WallConfig())
    assert (layout.width, layout.height) == (3840, 2160)
    assert (layout.numbers, layout.attention_rows) == (5, 6)
    assert layout.department_rows == 9
    assert layout.tall_rows >= 8, "fourteen districts of Kerala with both names"


def test_small_wall_shows_less_not_smaller() -> None:
    layout = wall_layout("hd", WallConfig(1920, 1080, 1210, 5.0))
    assert (layout.numbers, layout.attention_rows, layout.district_rows, layout.department_rows) == (3, 4, 7, 0)


def test_pixels_do_not_matter() -> None:
    assert wall_layout("a", WallConfig(1920, 1080, 2436, 5.0)) == wall_layout("b", WallConfig(7680, 4320, 2436, 5.0))


def test_attention_list_is_capped_at_nine() -> None:
    assert wall_layout("led", WallConfig(3840, 2160, 9000, 5.0)).attention_rows == 9


@pytest.mark.parametrize(
    "wall", [WallConfig(1920, 1080, 1210, 10.0), WallConfig(1080, 1920, 680, 2.0), WallConfig(1920, 1080, 600, 4.0)]
)
def test_wall_without_room_for_legible_text_is_refused(wall: WallConfig) -> None:
    with pytest.raises(ConfigError, match=r"wall\.hall: .* needed"):
        wall_layout("hall", wall)


def test_a_seam_in_the_middle_halves_the_wall_and_others_are_refused() -> None:
    halved = wall_layout("main", WallConfig(seams_x=1))
    assert (halved.is_halved, halved.numbers) == (True, 4), "an odd number in the row would stand on the seam"
    assert not wall_layout("main", WallConfig()).is_halved
    assert not wall_layout("long", WallConfig(7680, 2160, 4872, 5.0, seams_x=3)).is_halved, "has a zone on each screen"
    far, long = WallConfig(1920, 1080, 1210, 5.0, seams_x=1), WallConfig(7680, 2160, 4872, 5.0, seams_x=1)
    for wall in (WallConfig(seams_x=2), far, long):
        with pytest.raises(ConfigError, match=r"seams_x = .*can keep off"):
            wall_layout("main", wall)
