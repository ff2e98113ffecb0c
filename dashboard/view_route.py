"""GET /api/view: the body of a screen as Dash component JSON, fetched by assets/js/desk.js when something changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
from fastapi import Request, Response
from plotly.io.json import to_json_plotly

from dashboard.address import Address
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from dashboard.screen import Content, Screens

_JSON = "application/json"


def add_view_route(server: FastAPI) -> None:
    """Serve /api/view on a server whose `state.screens` holds the screens.

    Args:
        server: the app's FastAPI server, before Dash adds its catch-all route.
    """
    server.add_api_route("/api/view", view, methods=["GET"], include_in_schema=False)


async def view(request: Request, path: str = "/", search: str = "") -> Response:
    """The content of an address as JSON: {title, lang, area, children}.

    Args:
        request: gives the app's screens.
        path: of the page.
        search: its query, with or without "?".

    Returns:
        404 where no screen has such an address, 503 while the engine does not answer.
    """
    screens: Screens = request.app.state.screens
    address = Address.parse(f"{path}?{search.removeprefix('?')}")
    try:
        content = await asyncio.to_thread(screens.content, address)
    except EngineGoneError:
        return Response(orjson.dumps({"error": "engine"}), status_code=503, media_type=_JSON)
    if content is None:
        return Response(orjson.dumps({"error": "path"}), status_code=404, media_type=_JSON)
    return Response(_encoded(content), media_type=_JSON, headers={"Cache-Control": "no-store"})


def _encoded(content: Content) -> str:
    return to_json_plotly(
        {"title": content.title, "lang": content.lang, "area": content.area, "children": content.body}
    )
