"""What an operator can do now: dangers, reviews, scenes of walls, refused rows, sources that stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.shown_scenes import ShownScenes
from dashboard.views.action_points import UNDONE, read_points
from dashboard.views.danger import Acknowledged, danger_parts, dangers
from dashboard.views.health import refused_by_source
from dashboard.views.held_review import read_reviews
from dashboard.views.place import area_name, told_apart
from dashboard.views.wall import scene_words
from dashboard.wall_choice import scene_names
from warehouse.errors import EngineGoneError
from warehouse.review_rules import is_kept

if TYPE_CHECKING:
    from dashboard.views.action_points import Point
    from dashboard.views.asked import Asked

#: Reviews to which action points can be added.
_REVIEWS: Final = 10


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
class Reviewing:
    """What can be said of reviews.

    Attributes:
        places: whose reviews are held: the state and its parts, code and name.
        all_places: that action points may be about: those down to the level of daily series.
        held: the last reviews, id and words, newest first.
        points: action points that are not done.
    """

    places: tuple[tuple[str, str], ...]
    all_places: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, str], ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class OperatorView:
    """All of it.

    Attributes:
        dangers: to life, that nobody has acknowledged: code of the indicator and words.
        reviewing: None = the engine does not answer.
        waiting: most rows first; None = the engine does not answer.
    """

    dangers: tuple[tuple[str, str], ...]
    reviewing: Reviewing | None
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
    return OperatorView(_dangers(asked), _reviewing(asked), tuple(walls), _waiting(asked, titles), standing)


def _dangers(asked: Asked) -> tuple[tuple[str, str], ...]:
    services = asked.services
    if not services.values.loaded:
        return ()
    known = Acknowledged(services.config.data.dir)
    found = []
    for one in dangers(services):
        if not known.is_known(one):
            what, value, where = danger_parts(asked, one)
            words = asked.text("wall.event.danger", what=what, value=value, place=where[0])
            found.append((one.line.indicator, words))
    return tuple(found)


def _reviewing(asked: Asked) -> Reviewing | None:
    services, reference = asked.services, asked.services.reference
    state = reference.areas[0]
    try:
        held = read_reviews(services)[:_REVIEWS]
        points = read_points(asked, state.code)
    except EngineGoneError:
        return None
    return Reviewing(
        places=tuple((one.code, area_name(asked, one.code)) for one in (state, *reference.children(state.code))),
        all_places=tuple(
            (one.code, told_apart(asked, one.code))
            for one in reference.areas
            if is_kept(reference, state.code, one.code)
        ),
        held=tuple((one.id, f"{one.id} · {area_name(asked, one.area)} · {one.title}") for one in held),
        points=tuple(one for one in points if one.standing in UNDONE),
    )


def _waiting(asked: Asked, titles: dict[str, str]) -> tuple[Waiting, ...] | None:
    try:
        summary = asked.services.rows("rejected_summary")
    except EngineGoneError:
        return None
    return tuple(Waiting(name, titles.get(name, name), rows) for name, rows in refused_by_source(summary))
