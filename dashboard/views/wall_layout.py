"""How much a wall can show: legible type size decides, resolution does not.

Everything on a wall is measured in units of type: 52 units is body text that reads at the wall's distance (capital
letters 16 arc minutes high), so a wall that is read from farther away has fewer units across and shows less, never
smaller. The canvas is `width` × `height` units; the style sheet makes one unit 1/width of the screen.

Source: shared design guide, sections 3.1 (legibility, density classes) and 3.2 (grids).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from warehouse.config import WallConfig

#: The wall of the design guide: 2 × 2 screens of 55 inch read at 5 m is 3840 units wide, and 52 units are then 33 mm.
_UNITS, _WIDTH_MM, _VIEW_M = 3840, 2436, 5.0
#: Millimetres of font size per metre of distance for capital letters of 16 arc minutes (capital height 0.714 em).
_BODY_MM_PER_M: Final = 6.52
#: A wall bigger than it need be gets bigger type instead of more than nine rows.
_MOST_UNITS_ACROSS: Final = 4800
_LONG_ASPECT: Final = 2.6
_LEAST_ASPECT: Final = 1.5
_LEAST_WIDTH: Final = 1800
_LEAST_HEIGHT: Final = 1000

Form = Literal["small", "wide", "long"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What has room on a wall.

    Attributes:
        density: class of the design guide: S (body over 2 % of the width), M, or L (under 1.2 %).
        form: arrangement: three panels on one screen, five numbers over three columns, or four zones side by side.
        width: canvas in units of type.
        height: the same downwards.
        numbers: state-wide numbers shown.
        attention_rows: rows of the attention list.
        district_rows: rows of districts that have room when each is one line of text.
        tall_rows: rows of districts that have room when each is two, with the name in the second language below.
        department_rows: departments listed by name; 0 = the panel has no room.
        slot_width: of one half of the wall (all of a small one, one zone of a long one), for the other scenes.
        slot_height: the same downwards, between header and foot.
        strip_height: what a row of numbers with its gap takes from that.
        short_strip_height: the same when the numbers have no lines.
        is_halved: a seam in the middle, which everything keeps off.
    """

    density: Literal["S", "M", "L"]
    form: Form
    width: int
    height: int
    numbers: int
    attention_rows: int
    district_rows: int
    tall_rows: int
    department_rows: int
    slot_width: int
    slot_height: int
    strip_height: int
    short_strip_height: int
    is_halved: bool = False

    def rows(self, height: int, *, beside: int, most: int, above: int = 0) -> int:
        """How many rows of a height a panel of a slot has room for, at least one.

        Args:
            height: of one row, in units.
            beside: what heading, caption and padding take.
            most: more are not wanted.
            above: what stands above the panel, such as a row of numbers.
        """
        return max(1, min(most, (self.slot_height - above - beside) // height))


def wall_layout(name: str, wall: WallConfig) -> Layout:
    """The layout of a configured wall.

    Args:
        name: of the wall, for the message.
        wall: size in pixels and millimetres, distance of the reader in metres.

    Raises:
        ConfigError: text that reads at this distance has no room on this wall, or cannot keep off its seams.
    """
    body_share = _BODY_MM_PER_M * wall.view_m / wall.width_mm
    aspect = wall.width_px / wall.height_px
    long = aspect >= _LONG_ASPECT
    across = _UNITS * (wall.width_mm / _WIDTH_MM) * (_VIEW_M / wall.view_m)
    width = round(across if long else min(across, _MOST_UNITS_ACROSS))
    height = round(width / aspect)
    if aspect < _LEAST_ASPECT or width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        message = (
            f"wall.{name}: {wall.width_mm} mm wide at {wall.view_m:g} m has room for {width} × {height} units of "
            f"legible text; {_LEAST_WIDTH} × {_LEAST_HEIGHT} are needed. "
            "Give a wider wall (width_mm) or a shorter distance (view_m)"
        )
        raise ConfigError(message)
    most_seams = 3 if long else 1 if width >= 2950 else 0
    if wall.seams_x not in (0, most_seams):
        allowed = f"0 or {most_seams}" if most_seams else "0"
        message = f"wall.{name}.seams_x = {wall.seams_x}: on this wall text can keep off {allowed} seams"
        raise ConfigError(message)
    density: Literal["S", "M", "L"] = "S" if body_share > 0.02 else "M" if body_share >= 0.012 else "L"
    if long:
        return _long(density, width, height)
    if width < 2950:
        return _small(density, width, height)
    wide = _wide(density, width, height)
    return replace(wide, numbers=4, is_halved=True) if wall.seams_x else wide


def _small(density: Literal["S", "M", "L"], width: int, height: int) -> Layout:
    main = height - 480
    rows = max(3, min(6, (main - 90) // 122))
    slot = (width - 64, height - 224, 280, 280)
    return Layout(density, "small", width, height, 3, rows, max(5, min(14, (main - 90) // 70)), 0, 0, *slot)


def _wide(density: Literal["S", "M", "L"], width: int, height: int) -> Layout:
    main = height - 902
    departments = max(4, min(14, (main - 300) // 104)) if width >= 3500 else 0
    rows = max(3, min(9, (main - 220) // 150))
    slot = ((width - 184) // 2, height - 428, 474, 394)
    return Layout(density, "wide", width, height, 5 if departments else 4, rows, *_tiles(main), departments, *slot)


def _long(density: Literal["S", "M", "L"], width: int, height: int) -> Layout:
    main = height - 428
    rows = min(9, (main - 220) // 150)
    slot = (width * 1828 // 7680, main, 0, 0)
    return Layout(density, "long", width, height, 5, rows, *_tiles(main), min(14, (main - 300) // 104), *slot)


def _tiles(main: int) -> tuple[int, int]:
    """Rows of one and of two lines that have room in the district panel, beside its heading and key."""
    room = main - 203
    return room // 84, room // 117
