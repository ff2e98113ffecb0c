"""GET /api/search?q=&lang=: what is called like this, as JSON for assets/js/search.js."""

from __future__ import annotations

import asyncio
import threading
from itertools import groupby
from typing import TYPE_CHECKING

import orjson
from fastapi import Request, Response

from dashboard.address import Address
from dashboard.views.asked import Asked
from dashboard.views.search import SearchIndex, find_application
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from dashboard.services import Services
    from dashboard.views.search import Found


class Searches:
    """The index of the present catalogue; kept as `app.state.searches`."""

    def __init__(self, services: Services) -> None:
        """Make no index yet.

        Args:
            services: catalogue and reference data.
        """
        self._services = services
        self._lock = threading.Lock()
        self._made: tuple[str, SearchIndex] | None = None

    def find(self, asked: Asked, words: str) -> tuple[Found, ...]:
        """What resembles some words. Args as for `SearchIndex.find`."""
        engine_id = self._services.values.engine_id
        with self._lock:
            if self._made is None or self._made[0] != engine_id:
                self._made = (engine_id, SearchIndex(self._services))
            index = self._made[1]
        try:
            numbered = find_application(asked, words)
        except EngineGoneError:
            numbered = ()  # names are found without the engine
        return (*numbered, *index.find(asked, words))


def add_search_route(server: FastAPI) -> None:
    """Serve /api/search.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.state.searches = Searches(server.state.services)
    server.add_api_route("/api/search", search, methods=["GET"], include_in_schema=False)


async def search(request: Request, q: str = "") -> Response:
    """Results by kind: [{title, results: [{text, note, href}]}].

    Args:
        request: gives the app's searches; its query says the language.
        q: the words.
    """
    searches: Searches = request.app.state.searches
    asked = Asked.of(request.app.state.services, Address.parse(f"/?{request.url.query}"))
    found = await asyncio.to_thread(searches.find, asked, q)
    groups = [
        {
            "title": asked.text(f"search.{kind}"),
            "results": [{"text": one.text, "note": one.note, "href": one.href} for one in same],
        }
        for kind, same in groupby(found, key=lambda one: one.kind)
    ]
    return Response(orjson.dumps(groups), media_type="application/json", headers={"Cache-Control": "no-store"})
