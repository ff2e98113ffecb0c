"""A wall of four players: each is a screen of its own with a quarter of the surface and its own scenes.

`?tile=1…4` in a wall's address says which one. The first two never change, the others have two scenes in turn; as a
scene follows from the engine's clock alone, the four stay in step. Source: shared design guide, section 3.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.config import WallConfig

#: Scenes of the players, row by row from the upper left.
PLAYERS: Final = (("now",), ("districts",), ("breach", "departments"), ("resources", "citizens"))


def tile_number(text: str) -> int | None:
    """Which player an address asks for: 1…4, 0 when it names none; None = there is no such player."""
    if not text:
        return 0
    return int(text) if text.isdecimal() and 1 <= int(text) <= len(PLAYERS) else None


def player(setup: WallConfig, tile: int) -> WallConfig:
    """The wall that one player is.

    Args:
        setup: of the wall.
        tile: 1…4; 0 = the whole wall.
    """
    if not tile:
        return setup
    own = PLAYERS[tile - 1]
    scenes = tuple(scene for scene in own if scene in setup.scenes) or own
    return replace(
        setup,
        width_px=setup.width_px // 2,
        height_px=setup.height_px // 2,
        width_mm=setup.width_mm // 2,
        seams_x=0,
        seams_y=0,
        scenes=scenes,
    )


def dealt(scenes: Sequence[str], tile: int) -> tuple[str, ...]:
    """What a player shows of the scenes that an operator chose: they are dealt out in their order.

    Args:
        scenes: chosen for the wall.
        tile: 1…4; 0 = the whole wall.

    Returns:
        None of them for a player that gets none: it shows its own.
    """
    return tuple(scenes[tile - 1 :: len(PLAYERS)]) if tile else tuple(scenes)
