"""/wall/<wall> – the video wall, its scenes in turn.

/wall/<wall>/<scene> or ?scene=<scene> is one scene that stays, ?tile=1…4 one of four players that together are it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from dashboard import language
from dashboard.address import Address
from dashboard.components import wall as component
from dashboard.index import page_language
from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_player import player, tile_number
from dashboard.views.wall_setup import check_walls
from dashboard.wall_choice import read_choice, scene_names
from dashboard.wall_door import KEY
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    import dash

    from dashboard.services import Services

#: The address holds the screen's token: nobody else is told it, and nothing keeps the page.
_HEADERS: Final = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def register(app: dash.Dash, services: Services) -> None:
    """Add the wall to an app.

    Raises:
        ConfigError: a wall cannot be shown as it is set, or the state's choice of indicators is wrong.
    """
    read_choice(services.config.state.reference)
    check_walls(services)
    for path in ("/wall/{wall}", "/wall/{wall}/{scene}"):
        app.server.add_api_route(path, _page, methods=["GET"], include_in_schema=False)


async def _page(request: Request, wall: str, scene: str = "") -> Response:
    services: Services = request.app.state.services
    asked = Address.parse(str(request.url))
    scene = scene or asked.get("scene")
    setup, lang = services.config.walls.get(wall), page_language(services, asked)
    scenes = scene_names(services.config.state.reference)
    tile = tile_number(asked.get("tile"))
    if setup is None or tile is None or (scene and scene not in scenes):
        known = {"walls": ", ".join(services.config.walls), "scenes": ", ".join(scenes)}
        body = component.missing(language.text("wall.unknown", lang, **known))
    else:
        try:
            layout = wall_layout(wall, player(setup, tile))
        except ConfigError as error:  # a quarter of a small wall has no room
            body = component.missing(str(error))
        else:
            waiting, key = language.text("wall.connecting", lang), asked.get(KEY)
            body = component.stage(
                wall=wall, scene=scene, lang=lang, key=key, waiting=waiting, layout=layout, tile=tile
            )
    title, build = language.text("wall.tab", lang), request.app.state.live.build
    page = component.document(lang=lang, title=title, body=body, build=build)
    return HTMLResponse(page, headers=_HEADERS)
