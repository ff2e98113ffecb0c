"""What the settings say of a wall, read and checked: what cannot be honoured is refused at start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dashboard import language
from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_scenes import PINNED
from dashboard.wall_choice import scene_names
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from dashboard.services import Services
    from warehouse.config import WallConfig

NO_SECOND: Final = "none"
_NIGHT: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def check_walls(services: Services) -> None:
    """Refuse what a wall cannot do.

    Raises:
        ConfigError: names the wall's setting, and what is allowed.
    """
    state = services.config.state
    named = {state.language, state.second_language, *services.reference.state.languages, *language.languages()}
    scenes = [name for name in scene_names(state.reference) if name not in PINNED]
    for name, wall in services.config.walls.items():
        wall_layout(name, wall)
        night_of(name, wall)
        _check(f"wall.{name}.lang", wall.lang, services.languages)
        _check(f"wall.{name}.lang2", wall.lang2, ("", NO_SECOND, *sorted(named)))
        for scene in wall.scenes:
            _check(f"wall.{name}.scenes", scene, scenes)


def second_of(wall: WallConfig, lang: str) -> str | None:
    """The language of echoes on a wall whose first one is `lang`; "" = none, None = the state's other one."""
    if wall.lang2 == NO_SECOND:
        return ""
    if wall.lang2 and wall.lang2 == lang:  # somebody has put the second one first
        return wall.lang if wall.lang != lang else ""
    return wall.lang2 or None


def night_of(name: str, wall: WallConfig) -> tuple[int, int] | None:
    """When a wall is dimmed: minutes of the day from which and until which; None = never.

    Raises:
        ConfigError: it is not a span of time.
    """
    if not wall.night:
        return None
    found = _NIGHT.fullmatch(wall.night)
    if found is None:
        raise ConfigError(f'wall.{name}.night = {wall.night!r}: must be a span such as "22:00-06:00", or empty')
    begins, ends = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    return begins, ends


def _check(where: str, given: str, allowed: tuple[str, ...] | list[str]) -> None:
    if given not in allowed:
        known = ", ".join(one or '""' for one in allowed)
        raise ConfigError(f"{where}: there is no {given!r} here; known are {known}")
