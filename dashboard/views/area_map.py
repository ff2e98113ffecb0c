"""Places by their real boundaries: the second view of the tile map, where the deployment supplies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.address import area_path
from dashboard.views.figure import Figure, figure
from dashboard.views.place import Link, Name, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.boundaries.drawing import Outline
    from dashboard.views.asked import Asked
    from warehouse.reference import Area

#: Value of the query key `view` that asks for the map.
MAP: Final = "map"


@dataclass(frozen=True, slots=True)
class MapPlace:
    """One place.

    Attributes:
        name: of the place.
        share: overdue per cent of open work.
        href: its page, as a map again.
        outline: its boundary; None where the deployment's file has none.
    """

    name: Name
    share: Figure
    href: str
    outline: Outline | None


@dataclass(frozen=True, slots=True)
class AreaMap:
    """All places with the size of their drawing in pixels."""

    places: tuple[MapPlace, ...]
    width: float
    height: float


def area_map(asked: Asked, area: Area, children: Sequence[Area]) -> AreaMap | None:
    """The map of the places below one; None unless the address asks for it and there are boundaries.

    Args:
        asked: the request.
        area: whose places.
        children: the places.
    """
    drawing = asked.services.drawings.get(area.code)
    if drawing is None or asked.address.get("view") != MAP:
        return None
    code, period = asked.scope.code("overdue_share"), asked.scope.period
    reference = asked.services.reference
    places = tuple(
        MapPlace(
            named(asked, child.name_en, child.name_local),
            figure(asked.services, code, child.code, period),
            asked.address.to(area_path(reference, child.code), view=MAP).href,
            drawing.outlines.get(child.code),
        )
        for child in children
    )
    return AreaMap(places, drawing.width, drawing.height)


def map_link(asked: Asked, area: Area) -> Link | None:
    """Shows the map, or takes it away again; None where there are no boundaries."""
    if area.code not in asked.services.drawings:
        return None
    if asked.address.get("view") == MAP:
        back = "map.as_tiles" if area.parent is None else "map.hide"
        return Link(asked.text(back), asked.address.but(view=None).href)
    return Link(asked.text("map.show"), asked.address.but(view=MAP).href)
