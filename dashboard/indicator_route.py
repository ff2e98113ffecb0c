"""What the list of all indicators is drawn from: columns as JSON, and the grid that draws them.

GET /api/indicators/names?lang=            what does not change while an engine runs
GET /api/indicators/values?area=&period=&review=   what is true now at one place, and how it moved since a review
GET /api/indicators/grid.js                AG Grid, which only this list loads

Invariants: made once for all browsers that ask in the same second, packed once, and sent only to those that have not
got it yet (ETag); numbers and bands are made by views, nothing is decided here.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import orjson
from fastapi import Request, Response

from dashboard.address import Address
from dashboard.packed import Packed
from dashboard.views.asked import Asked
from dashboard.views.indicator_list import Wanted, name_columns, read_background, value_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from fastapi import FastAPI

    from dashboard.services import Services
    from dashboard.views.indicator_list import Background

T = TypeVar("T")
_JSON: Final = "application/json"
_GRID: Final = Path(__file__).resolve().parents[1] / "assets" / "vendor" / "ag-grid.js"
#: A place's numbers are read at most this often, however many browsers show them.
_KEEP_S: Final = 1.0
#: Coverage and what was a week ago change slowly.
_KEEP_BACKGROUND_S: Final = 15.0
_MOST_LISTS: Final = 64


class Kept(Generic[T]):
    """The newest things asked for, each as long as its stamp holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()

    def get(self, key: Hashable, stamp: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key and this stamp; else it is made.

        Args:
            key: what is asked for.
            stamp: changes when what is kept does not hold any more.
            make: makes it, without the lock.
        """
        with self._lock:
            kept = self._things.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        thing = make()
        with self._lock:
            self._things[key] = (stamp, thing)
            self._things.move_to_end(key)
            while len(self._things) > _MOST_LISTS:
                self._things.popitem(last=False)
        return thing


class Lists:
    """Packed columns by what was asked; kept as `app.state.lists`."""

    def __init__(self, services: Services, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Keep nothing yet.

        Args:
            services: value copy, engine, reference data.
            elapsed: seconds on a clock that is never set (injected by tests).
        """
        self._services, self._elapsed = services, elapsed
        self._packed: Kept[Packed] = Kept()
        self._backgrounds: Kept[Background] = Kept()

    def names(self, asked: Asked) -> Packed:
        """Names, units and targets in a language."""
        engine = self._services.values.engine_id
        return self._packed.get(("names", asked.lang), engine, lambda: _packed(name_columns(asked)))

    def values(self, asked: Asked) -> Packed:
        """Numbers at the place and in the period of an address."""
        wanted = Wanted.of(asked)
        return self._packed.get(
            (wanted.area.code, wanted.period, wanted.review),
            self._moment(_KEEP_S),
            lambda: _packed(value_columns(self._services, wanted, self._background(wanted))),
        )

    def _background(self, wanted: Wanted) -> Background:
        area, review = wanted.area.code, wanted.review
        return self._backgrounds.get(
            (area, review), self._moment(_KEEP_BACKGROUND_S), lambda: read_background(self._services, area, review)
        )

    def _moment(self, keep_s: float) -> Hashable:
        return self._services.values.engine_id, self._elapsed() // keep_s


def add_indicator_routes(server: FastAPI) -> None:
    """Serve the list's columns and its grid.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.state.lists = Lists(server.state.services)
    for name, answer in (("names", names), ("values", values), ("grid.js", grid)):
        server.add_api_route(f"/api/indicators/{name}", answer, methods=["GET"], include_in_schema=False)


async def names(request: Request) -> Response:
    """Names, units and targets of all indicators; 503 before the engine has said them."""
    return await _answer(request, Lists.names)


async def values(request: Request) -> Response:
    """Numbers of all indicators at a place; 503 before the engine has said them."""
    return await _answer(request, Lists.values)


async def grid(request: Request) -> Response:
    """AG Grid's own script, packed once for the life of the process."""
    return (await asyncio.to_thread(_packed_grid)).answer(request, "public, max-age=86400")


async def _answer(request: Request, make: Callable[[Lists, Asked], Packed]) -> Response:
    services: Services = request.app.state.services
    if not services.values.loaded:
        return Response(orjson.dumps({"error": "engine"}), status_code=503, media_type=_JSON)
    asked = Asked.of(services, Address.parse(f"/indicators?{request.url.query}"))
    return (await asyncio.to_thread(make, request.app.state.lists, asked)).answer(request)


def _packed(columns: dict[str, Any]) -> Packed:
    return Packed.of(orjson.dumps(columns, option=orjson.OPT_SERIALIZE_NUMPY), _JSON)


@cache
def _packed_grid() -> Packed:
    return Packed.of(_GRID.read_bytes(), "text/javascript")
