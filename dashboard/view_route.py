"""GET /api/view: a page as HTML, fetched by assets/js/desk.js when something changed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import orjson
from fastapi import Request, Response

from dashboard.address import Address
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from dashboard.screen import Screens
    from dashboard.services import Services

_JSON: Final = "application/json"
#: A page is drawn at most this often, however many browsers show it.
_KEEP_S: Final = 0.5
_MOST_PAGES: Final = 64


class Pages:
    """Pages by address and version of the values; kept as `app.state.pages`."""

    def __init__(self, screens: Screens, services: Services, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Keep nothing yet.

        Args:
            screens: what is drawn.
            services: tells the version of the values.
            elapsed: seconds on a clock that is never set (injected by tests).
        """
        self._screens, self._values, self._elapsed = screens, services.values, elapsed
        self._lock = threading.Lock()
        self._drawn: OrderedDict[str, tuple[tuple[str, int], float, bytes]] = OrderedDict()

    def page(self, address: Address) -> bytes | None:
        """The page at an address; None when no screen has such an address.

        Raises:
            EngineGoneError: the engine does not answer and the screen cannot do without.
        """
        version, now_s = (self._values.engine_id, self._values.version), self._elapsed()
        with self._lock:
            kept = self._drawn.get(address.href)
        if kept is not None and kept[0] == version and now_s - kept[1] < _KEEP_S:
            return kept[2]
        made = self._screens.page(address)
        if made is None:
            return None
        text = made.encode()
        with self._lock:
            self._drawn[address.href] = (version, now_s, text)
            self._drawn.move_to_end(address.href)
            while len(self._drawn) > _MOST_PAGES:
                self._drawn.popitem(last=False)
        return text


def add_view_route(server: FastAPI) -> None:
    """Serve /api/view on a server whose `state` holds screens and services.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.state.pages = Pages(server.state.screens, server.state.services)
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
    pages: Pages = request.app.state.pages
    address = Address.parse(f"{path}?{search.removeprefix('?')}")
    try:
        text = await asyncio.to_thread(pages.page, address)
    except EngineGoneError:
        return Response(orjson.dumps({"error": "engine"}), status_code=503, media_type=_JSON)
    if text is None:
        return Response(orjson.dumps({"error": "path"}), status_code=404, media_type=_JSON)
    return Response(text, media_type="text/html", headers={"Cache-Control": "no-store"})
