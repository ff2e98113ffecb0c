"""What an operator can do now: choose the scenes of walls, try refused rows again, go on with sources that stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.shown_scenes import ShownScenes
from dashboard.views.health import refused_by_source
from dashboard.views.wall import scene_words
from dashboard.wall_choice import scene_names
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from dashboard.views.asked import Asked


@dataclass(frozen=True, slots=True)
class SceneChoice:
    """A scene that a wall may show. Attributes: name: in addresses. words: on the wall. is_shown: it is chosen now."""

    name: str
    words: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class OneWall:
    """A wall of the settings.

    Attributes:
        name: in addresses.
        scenes: all that it can show.
        is_chosen: an operator chose some of them; otherwise they are as the settings say.
    """

    name: str
    scenes: tuple[SceneChoice, ...]
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of a source in quarantine."""

    source: str
    title: str
    rows: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A source that cannot be read. Attributes: trouble: why."""

    source: str
    title: str
    trouble: str


@dataclass(frozen=True, slots=True)
class OperatorView:
    """All of it.

    Attributes:
        waiting: most rows first; None = the engine does not answer.
    """

    walls: tuple[OneWall, ...]
    waiting: tuple[Waiting, ...] | None
    standing: tuple[Standing, ...]


def operator_view(asked: Asked) -> OperatorView:
    """What is to be done."""
    config, sources = asked.services.config, asked.services.values.status.sources
    titles = {one.name: asked.chosen(one.title, one.title_local) for one in sources}
    shown = ShownScenes(config.data.dir)
    known = scene_names(config.state.reference)
    walls = []
    for name, wall in config.walls.items():
        chosen = shown.of(name)
        now = chosen or wall.scenes
        scenes = tuple(SceneChoice(scene, scene_words(asked, scene), scene in now) for scene in known)
        walls.append(OneWall(name, scenes, bool(chosen)))
    standing = tuple(Standing(one.name, titles[one.name], one.trouble) for one in sources if one.trouble)
    return OperatorView(tuple(walls), _waiting(asked, titles), standing)


def _waiting(asked: Asked, titles: dict[str, str]) -> tuple[Waiting, ...] | None:
    try:
        summary = asked.services.rows("rejected_summary")
    except EngineGoneError:
        return None
    return tuple(Waiting(name, titles.get(name, name), rows) for name, rows in refused_by_source(summary))
