"""Places as equal tiles on a grid: where it is red, at a glance, without a map that needs boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.views.figure import Figure, figure
from dashboard.views.place import Name, named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.views.asked import Asked
    from warehouse.reference import Area


@dataclass(frozen=True, slots=True)
class Tile:
    """One place.

    Attributes:
        column, row: on the grid, from 0.
        span: columns covered.
        name: of the place.
        figure: the number there.
        href: where it leads.
    """

    column: int
    row: int
    span: int
    name: Name
    figure: Figure
    href: str


@dataclass(frozen=True, slots=True)
class TileMap:
    """All tiles with the size of their grid."""

    tiles: tuple[Tile, ...]
    columns: int
    rows: int


def overdue_tiles(asked: Asked, areas: Sequence[Area]) -> TileMap | None:
    """Places by overdue per cent of open work, each leading to its page; None when reference data place none of them.

    Args:
        asked: the request.
        areas: places of one level.
    """
    code, period = asked.scope.code("overdue_share"), asked.scope.period
    return _tile_map(asked, areas, code, period, asked.area_href)


def indicator_tiles(asked: Asked, areas: Sequence[Area], code: str, period: str) -> TileMap | None:
    """Places by one indicator, each leading to its page about the place; None when reference data place none of them.

    Args:
        asked: the request.
        areas: places of one level.
        code: of the indicator.
        period: one of PERIODS.
    """
    return _tile_map(asked, areas, code, period, lambda area: asked.indicator_href(code, area, period))


def _tile_map(
    asked: Asked, areas: Sequence[Area], code: str, period: str, href: Callable[[str], str]
) -> TileMap | None:
    tiles = tuple(
        Tile(
            column=area.tile[0],
            row=area.tile[1],
            span=area.tile_span,
            name=named(asked, area.name_en, area.name_local),
            figure=figure(asked.services, code, area.code, period),
            href=href(area.code),
        )
        for area in areas
        if area.tile is not None
    )
    if not tiles:
        return None
    tiles = tuple(sorted(tiles, key=lambda tile: (tile.row, tile.column)))
    return TileMap(tiles, max(tile.column + tile.span for tile in tiles), max(tile.row for tile in tiles) + 1)
