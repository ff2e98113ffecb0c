"""GET /api/breaches.csv: the list that /breaches shows, whole, as a file that spreadsheets open without harm.

Invariants: the same address narrows page and file alike; rows are asked for in pages, so that no list fills the memory;
a cell that a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from dashboard import format as form
from dashboard.address import Address
from dashboard.spreadsheet import BYTE_ORDER_MARK, CSV, csv_lines, download_headers, engine_away, safe_cell
from dashboard.views.asked import Asked
from dashboard.views.breaches import read_page, read_wanted
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from fastapi import FastAPI

    from dashboard.services import Services
    from dashboard.views.breaches import Wanted
    from dashboard.views.caselist import Cases

_ROWS_AT_ONCE: Final = 2_000
_MOST_ROWS: Final = 200_000
_DAY_S: Final = 86_400
_COLUMNS: Final = ("number", "service", "place", "office", "post", "step", "next_post", "opened", "due", "past_days")


def add_list_route(server: FastAPI) -> None:
    """Serve /api/breaches.csv.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.add_api_route("/api/breaches.csv", breaches_csv, methods=["GET"], include_in_schema=False)


async def breaches_csv(request: Request) -> Response:
    """The list of an address as CSV with a byte order mark, which spreadsheets need to read Malayalam.

    Returns:
        503 while the engine does not answer.
    """
    services: Services = request.app.state.services
    asked = Asked.of(services, Address.parse(f"/breaches?{request.url.query}"))
    wanted = read_wanted(asked)
    try:
        first = await asyncio.to_thread(read_page, asked, wanted, _ROWS_AT_ONCE, 0)
    except EngineGoneError:
        return engine_away()
    name = f"{wanted.view}_{wanted.area.slug}_{asked.now.astimezone(services.zone):%Y-%m-%d_%H%M}.csv"
    return StreamingResponse(_file(asked, wanted, first), media_type=CSV, headers=download_headers(name))


async def _file(asked: Asked, wanted: Wanted, first: Cases) -> AsyncIterator[bytes]:
    yield BYTE_ORDER_MARK + csv_lines([[asked.text(f"csv.{column}") for column in _COLUMNS]])
    cases, offset = first, 0
    while cases.lines:
        yield csv_lines(_rows(asked, cases))
        offset += len(cases.lines)
        if offset >= min(cases.of, _MOST_ROWS):
            return
        cases = await asyncio.to_thread(read_page, asked, wanted, _ROWS_AT_ONCE, offset)


def _rows(asked: Asked, cases: Cases) -> list[list[str]]:
    return [
        [
            safe_cell(cell)
            for cell in (
                line.case_id,
                line.service,
                line.place.text,
                line.office.text,
                line.post,
                line.step,
                line.next_post,
                _day(asked, line.opened_at),
                _day(asked, line.due_at),
            )
        ]
        + ["" if line.late_s is None or line.late_s <= 0 or line.stands_still else str(int(line.late_s // _DAY_S))]
        for line in cases.lines
    ]


def _day(asked: Asked, at: datetime | None) -> str:
    return "" if at is None else form.day(at.astimezone(asked.services.zone).date())
