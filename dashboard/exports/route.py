"""GET /api/<table>.csv, .xlsx, .pdf and .png: what is on a screen as a file, by the query of the screen's address.

/api/attention    what needs attention in the state
/api/breaches     the list of /breaches, whole
/api/control-rooms  tickets and grievances at a place (`at`) by level, place, department and service
/api/departments  how the indicators of each department stand
/api/feedback     the answers at a place (`at`), `by` place, department or service
/api/funnel       the places of an indicator (`code`) against the limits of chance
/api/health       every source with its sums
/api/indicator    the year of an indicator (`code`)
/api/indicators   the list of /indicators
/api/offices      the offices with work of a place (`at`)
/api/places       the places below a place (`at`)
/api/resources    the resources of a place (`at`) and of the places below it
/api/review       the questions of a review of a place (`at`)
/api/spread       ages or times to a decision of the cases of an indicator (`code`, `area`)
/api/steps        time at each step of the cases of an indicator (`code`, `area`) or an `office`

and /api/brief.pdf, .png: two pages about a place (`at`).

Invariant: one workbook is written at a time – a long one takes a minute of a processor, and pages are drawn in the same
threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import orjson
from fastapi import Request, Response
from starlette.responses import StreamingResponse

from dashboard.address import Address
from dashboard.exports.breaches import breaches_table
from dashboard.exports.control_rooms import control_rooms_table
from dashboard.exports.csv_file import CSV, csv_pieces
from dashboard.exports.daily import daily_table
from dashboard.exports.feedback import feedback_table
from dashboard.exports.funnel import funnel_table
from dashboard.exports.indicators import indicators_table
from dashboard.exports.lists import attention_table, departments_table, health_table, offices_table, review_table
from dashboard.exports.paper.brief import brief
from dashboard.exports.paper.press import AGAIN_S, PDF, PNG, Press, PressBusyError
from dashboard.exports.paper.sheet import MOST_ROWS, PICTURE_ROWS, sheet
from dashboard.exports.places import places_table
from dashboard.exports.resources import resources_table
from dashboard.exports.spread import spread_table
from dashboard.exports.steps import steps_table
from dashboard.views.asked import Asked
from dashboard.views.files import ENDINGS
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from dashboard.exports.paper.press import Kind, Template
    from dashboard.exports.table import Table
    from dashboard.services import Services

T = TypeVar("T")
Route = Callable[[Request], Awaitable[Response]]
#: Name of the file in the address → path of the screen whose query it takes, and what makes its table.
_TABLES: Final[dict[str, tuple[str, Callable[[Asked], Table | None]]]] = {
    "attention": ("/", attention_table),
    "breaches": ("/breaches", breaches_table),
    "control-rooms": ("/control-rooms", control_rooms_table),
    "departments": ("/departments", departments_table),
    "feedback": ("/feedback", feedback_table),
    "funnel": ("/indicator/", funnel_table),
    "health": ("/health", health_table),
    "indicator": ("/indicator/", daily_table),
    "indicators": ("/indicators", indicators_table),
    "offices": ("/offices", offices_table),
    "places": ("/", places_table),
    "resources": ("/resources", resources_table),
    "review": ("/review", review_table),
    "spread": ("/indicator/", spread_table),
    "steps": ("/indicator/", steps_table),
}
_ROWS: Final[dict[Kind, int]] = {"pdf": MOST_ROWS, "png": PICTURE_ROWS}
_MEDIA_TYPES: Final[dict[Kind, str]] = {"pdf": PDF, "png": PNG}
_PIECE_BYTES: Final = 1 << 16
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_export_routes(server: FastAPI) -> None:
    """Serve every table in all kinds of files, and the brief.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    press = Press()
    server.state.press = press
    writers = {"csv": _csv, "xlsx": _xlsx(asyncio.Lock()), "pdf": _paper(press, "pdf"), "png": _paper(press, "png")}
    for name, (screen, make) in _TABLES.items():
        for ending in ENDINGS:
            answer = _answering(screen, make, writers[ending])
            server.add_api_route(f"/api/{name}.{ending}", answer, methods=["GET"], include_in_schema=False)
    kinds: tuple[Kind, ...] = ("pdf", "png")
    for kind in kinds:
        answer = _answering("/", brief, _brief(press, kind))
        server.add_api_route(f"/api/brief.{kind}", answer, methods=["GET"], include_in_schema=False)


def _answering(
    screen: str, read: Callable[[Asked], T | None], write: Callable[[Asked, T], Awaitable[Response]]
) -> Route:
    async def answer(request: Request) -> Response:
        """The file; 404 where an address names nothing, 503 while the engine or the press is not free."""
        services: Services = request.app.state.services
        if not services.values.loaded:
            return _engine_away()
        asked = Asked.of(services, Address.parse(f"{screen}?{request.url.query}"))
        try:
            found = await asyncio.to_thread(read, asked)
            if found is None:
                return Response(orjson.dumps({"error": "address"}), status_code=404, media_type="application/json")
            return await write(asked, found)
        except EngineGoneError:
            return _engine_away()
        except PressBusyError:
            words = "Too many files are being made; try again."
            return Response(words, status_code=503, media_type="text/plain", headers={"Retry-After": str(AGAIN_S)})

    return answer


async def _csv(asked: Asked, table: Table) -> Response:
    pieces = csv_pieces(table, asked.text("export.sheet_about"))
    return StreamingResponse(pieces, media_type=CSV, headers=_headers(f"{table.name}.csv"))


def _xlsx(turn: asyncio.Lock) -> Callable[[Asked, Table], Awaitable[Response]]:
    async def write(asked: Asked, table: Table) -> Response:
        from dashboard.exports.workbook import write_workbook  # noqa: PLC0415 – openpyxl is loaded when a book is asked for

        async with turn:
            book = await asyncio.to_thread(write_workbook, table, asked.text("export.sheet_about"))
        return StreamingResponse(_pieces(book), media_type=XLSX, headers=_headers(f"{table.name}.xlsx"))

    return write


def _paper(press: Press, kind: Kind) -> Callable[[Asked, Table], Awaitable[Response]]:
    async def write(asked: Asked, table: Table) -> Response:
        # Whoever sends a picture of a chart wants it read on a telephone; its rows are in the other files.
        rows = 0 if kind == "png" and table.chart is not None else _ROWS[kind]
        data = await asyncio.to_thread(sheet, asked, table, rows)
        return await _pressed(press, kind, "table", table.name, data)

    return write


def _brief(press: Press, kind: Kind) -> Callable[[Asked, tuple[str, dict[str, Any]]], Awaitable[Response]]:
    async def write(_: Asked, found: tuple[str, dict[str, Any]]) -> Response:
        return await _pressed(press, kind, "brief", *found)

    return write


async def _pressed(press: Press, kind: Kind, template: Template, name: str, data: dict[str, Any]) -> Response:
    made = await press.made(kind, template, data)
    return Response(made, media_type=_MEDIA_TYPES[kind], headers=_headers(f"{name}.{kind}"))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _engine_away() -> Response:
    return Response("The engine does not answer; try again.", status_code=503, media_type="text/plain")
