"""GET /api/<table>.csv, .xlsx and .pdf: what is on a screen as a file, by the query of the screen's address.

/api/breaches     the list of /breaches, whole
/api/indicator    the year of an indicator (`code`)
/api/indicators   the list of /indicators
/api/places       the places below a place (`at`)

and /api/brief.pdf: two pages about a place (`at`).

Invariant: one workbook is written at a time – a long one takes a minute of a processor, and pages are drawn in the same
threads.
"""

from __future__ import annotations

import asyncio
from typing import IO, TYPE_CHECKING, Any, Final

import orjson
from fastapi import Request, Response
from starlette.responses import StreamingResponse

from dashboard.address import Address
from dashboard.exports.breaches import breaches_table
from dashboard.exports.csv_file import CSV, csv_pieces
from dashboard.exports.daily import daily_table
from dashboard.exports.indicators import indicators_table
from dashboard.exports.paper.brief import brief
from dashboard.exports.paper.press import AGAIN_S, PDF, Press, PressBusyError
from dashboard.exports.paper.sheet import sheet
from dashboard.exports.places import places_table
from dashboard.views.asked import Asked
from dashboard.views.files import ENDINGS
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from fastapi import FastAPI

    from dashboard.exports.paper.press import Template
    from dashboard.exports.table import Table
    from dashboard.services import Services

#: Name of the file in the address → path of the screen whose query it takes, and what makes its table.
_TABLES: Final[dict[str, tuple[str, Callable[[Asked], Table | None]]]] = {
    "breaches": ("/breaches", breaches_table),
    "indicator": ("/indicator/", daily_table),
    "indicators": ("/indicators", indicators_table),
    "places": ("/", places_table),
}
_PIECE_BYTES: Final = 1 << 16
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_export_routes(server: FastAPI) -> None:
    """Serve every table in all kinds of files, and the brief.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    turn, press = asyncio.Lock(), Press()
    server.state.press = press
    for name, (screen, make) in _TABLES.items():
        for ending in ENDINGS:
            write = _printing(screen, make, press) if ending == "pdf" else _answering(screen, make, ending, turn)
            server.add_api_route(f"/api/{name}.{ending}", write, methods=["GET"], include_in_schema=False)
    server.add_api_route("/api/brief.pdf", _briefing(press), methods=["GET"], include_in_schema=False)


def _answering(
    screen: str, make: Callable[[Asked], Table | None], ending: str, turn: asyncio.Lock
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        """The file; 404 where an address names nothing, 503 while the engine does not answer."""
        services: Services = request.app.state.services
        if not services.values.loaded:
            return _engine_away()
        asked = Asked.of(services, Address.parse(f"{screen}?{request.url.query}"))
        try:
            table = await asyncio.to_thread(make, asked)
            if table is None:
                return Response(orjson.dumps({"error": "address"}), status_code=404, media_type="application/json")
            headers = _headers(f"{table.name}.{ending}")
            about = asked.text("export.sheet_about")
            if ending == "csv":
                return StreamingResponse(csv_pieces(table, about), media_type=CSV, headers=headers)
            async with turn:
                book = await asyncio.to_thread(_workbook, table, about)
        except EngineGoneError:
            return _engine_away()
        return StreamingResponse(_pieces(book), media_type=_XLSX, headers=headers)

    return answer


def _workbook(table: Table, about_sheet: str) -> IO[bytes]:
    from dashboard.exports.workbook import write_workbook  # noqa: PLC0415 – openpyxl is loaded when a book is asked for

    return write_workbook(table, about_sheet)


def _printing(
    screen: str, make: Callable[[Asked], Table | None], press: Press
) -> Callable[[Request], Awaitable[Response]]:
    def read(asked: Asked) -> tuple[str, dict[str, Any]] | None:
        table = make(asked)
        return None if table is None else (table.name, sheet(asked, table))

    async def answer(request: Request) -> Response:
        """The table on paper; 404 where an address names nothing, 503 while the engine or the press is not free."""
        return await _printed(request, screen, read, press, "table")

    return answer


def _briefing(press: Press) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        """The brief; 503 while the engine or the press is not free."""
        return await _printed(request, "/", brief, press, "brief")

    return answer


async def _printed(
    request: Request,
    screen: str,
    read: Callable[[Asked], tuple[str, dict[str, Any]] | None],
    press: Press,
    template: Template,
) -> Response:
    services: Services = request.app.state.services
    if not services.values.loaded:
        return _engine_away()
    asked = Asked.of(services, Address.parse(f"{screen}?{request.url.query}"))
    try:
        found = await asyncio.to_thread(read, asked)
        if found is None:
            return Response(orjson.dumps({"error": "address"}), status_code=404, media_type="application/json")
        name, data = found
        return Response(await press.pdf(template, data), media_type=PDF, headers=_headers(f"{name}.pdf"))
    except EngineGoneError:
        return _engine_away()
    except PressBusyError:
        words = "Too many PDFs are being made; try again."
        return Response(words, status_code=503, media_type="text/plain", headers={"Retry-After": str(AGAIN_S)})


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _engine_away() -> Response:
    return Response("The engine does not answer; try again.", status_code=503, media_type="text/plain")
