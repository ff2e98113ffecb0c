"""Places as equal tiles on a grid: where it is red, at a glance, without a map that needs boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.views.figure import Figure, figure
from dashboard.views.place import Name, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.views.asked import Asked
    from warehouse.reference import Area


@dataclass(frozen=True, slots=True)
class Tile:
    """One place.

    Attributes:
        column, row: on the grid, from 0.
        span: columns covered.
        name: of the place.
        share: overdue per cent of open work.
        href: its page.
    """

    column: int
    row: int
    span: int
    name: Name
    share: Figure
    href: str


@dataclass(frozen=True, slots=True)
class TileMap:
    """All tiles with the size of their grid."""

    tiles: tuple[Tile, ...]
    columns: int
    rows: int


def tile_map(asked: Asked, areas: Sequence[Area]) -> TileMap | None:
    """The tile map of some areas; None when reference data place none of them.

    Args:
        asked: the request.
        areas: places of one level.
    """
    tiles = tuple(
        Tile(
            column=area.tile[0],
            row=area.tile[1],
            span=area.tile_span,
            name=named(asked, area.name_en, area.name_local),
            share=figure(asked.services, asked.scope.code("overdue_share"), area.code, asked.scope.period),
            href=asked.area_href(area.code),
        )
        for area in areas
        if area.tile is not None
    )
    if not tiles:
        return None
    tiles = tuple(sorted(tiles, key=lambda tile: (tile.row, tile.column)))
    return TileMap(tiles, max(tile.column + tile.span for tile in tiles), max(tile.row for tile in tiles) + 1)
