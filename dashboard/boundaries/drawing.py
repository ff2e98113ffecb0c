"""The drawings of a deployment, made once when the web process starts: an area's children with outlines and room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.boundaries.geojson import read_rings
from dashboard.boundaries.outline import Projection, is_left_nearer, path_of, place_for_words
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.boundaries.geojson import Ring
    from warehouse.config import Config
    from warehouse.reference import Reference

#: Box that the outlines of a drawing fit into; the words beside them come on top.
WIDEST_PX: Final = 600
HIGHEST_PX: Final = 700


@dataclass(frozen=True, slots=True)
class Outline:
    """One area.

    Attributes:
        path: `d` of an SVG path, in half pixels.
        x, y: middle of its words, in pixels.
        room_px: width that is free there.
        is_left: whether from there the way out of the drawing is shorter to the left.
    """

    path: str
    x: float
    y: float
    room_px: float
    is_left: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The areas below one area.

    Attributes:
        width, height: in pixels.
        outlines: by area code; areas that the file does not have, or that are too small to be seen, are not in it.
    """

    width: float
    height: float
    outlines: Mapping[str, Outline]


def read_drawings(config: Config, reference: Reference) -> dict[str, Drawing]:
    """All drawings by the code of the area whose children they show; empty where no boundaries are configured.

    Raises:
        ConfigError: boundaries are configured for something that is not a level.
        DefinitionError: a file is refused (read_rings).
    """
    levels = [level.code for level in reference.state.levels][1:]
    drawings: dict[str, Drawing] = {}
    for level, settings in config.boundaries.items():
        if level not in levels:
            raise ConfigError(
                f"{config.file}: [boundaries.{level}] is no level of areas; known are {', '.join(levels)}"
            )
        areas = [area for area in reference.areas if area.level == level]
        rings = read_rings(settings.file, settings.code, areas)
        for parent in {area.parent: None for area in areas if area.parent is not None}:
            below = {area.code: rings[area.code] for area in reference.children(parent) if area.code in rings}
            if below:
                drawings[parent] = _drawn(below)
    return drawings


def _drawn(rings: Mapping[str, list[Ring]]) -> Drawing:
    projection = Projection([ring for some in rings.values() for ring in some], WIDEST_PX, HIGHEST_PX)
    on_grid = {code: [ring for ring in map(projection.grid, some) if len(ring)] for code, some in rings.items()}
    everything = [ring for some in on_grid.values() for ring in some]
    outlines = {}
    for code, some in on_grid.items():
        if some:
            x, y, room_px = place_for_words(some)
            outlines[code] = Outline(path_of(some), x, y, room_px, is_left_nearer(x, y, everything))
    return Drawing(projection.width, projection.height, outlines)
