"""GET /api/view: a page as HTML, fetched by assets/js/desk.js when something changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import orjson
from fastapi import Request, Response

from dashboard.address import Address
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from dashboard.screen import Screens

_JSON: Final = "application/json"


def add_view_route(server: FastAPI) -> None:
    """Serve /api/view on a server whose `state` holds screens and services.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.add_api_route("/api/view", view, methods=["GET"], include_in_schema=False)


async def view(request: Request, path: str = "/", search: str = "") -> Response:
    """The page at an address as HTML; title, language, area and version are attributes of its first element.

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
        text = await asyncio.to_thread(screens.page, address)
    except EngineGoneError:
        return Response(orjson.dumps({"error": "engine"}), status_code=503, media_type=_JSON)
    if text is None:
        return Response(orjson.dumps({"error": "path"}), status_code=404, media_type=_JSON)
    return Response(text, media_type="text/html", headers={"Cache-Control": "no-store"})
