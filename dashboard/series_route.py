"""GET /api/indicator.csv: the year of an indicator at a place, day by day, as a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import orjson
from fastapi import Request, Response

from dashboard import format as form
from dashboard.address import Address
from dashboard.spreadsheet import BYTE_ORDER_MARK, CSV, csv_lines, download_headers, engine_away, safe_cell
from dashboard.views.asked import Asked
from dashboard.views.daily import read_daily
from dashboard.views.figure import figure
from dashboard.views.indicator import IndicatorAt
from dashboard.views.today import today

if TYPE_CHECKING:
    from fastapi import FastAPI

    from dashboard.services import Services
    from dashboard.views.daily import Daily

_COLUMNS: Final = ("day", "value", "line", "numerator", "denominator", "is_sealed", "shown")


def add_series_route(server: FastAPI) -> None:
    """Serve /api/indicator.csv.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.add_api_route("/api/indicator.csv", indicator_csv, methods=["GET"], include_in_schema=False)


async def indicator_csv(request: Request, code: str = "") -> Response:
    """The year of an indicator; numbers as they are, not rounded.

    Args:
        request: gives the app's services; its query says place and language.
        code: of the indicator.

    Returns:
        404 where there is no such indicator, 503 while the engine does not answer.
    """
    services: Services = request.app.state.services
    if not services.values.loaded:
        return engine_away()
    asked = Asked.of(services, Address.parse(f"/indicator/?{request.url.query}"))
    at = IndicatorAt.of(asked, code)
    if at is None:
        return Response(orjson.dumps({"error": "code"}), status_code=404, media_type="application/json")
    present = figure(services, code, at.area.code, at.period).value
    daily = await asyncio.to_thread(read_daily, asked, at.indicator, at.area.code, present, today(services))
    if daily is None:
        return engine_away()
    heads = [safe_cell(asked.text(f"csv_series.{column}")) for column in _COLUMNS]
    body = BYTE_ORDER_MARK + csv_lines([heads, *_rows(asked, daily)])
    name = f"{code}_{at.area.slug}_{daily.days[-1]:%Y-%m-%d}.csv"
    return Response(body, media_type=CSV, headers=download_headers(name))


def _rows(asked: Asked, daily: Daily) -> list[list[str]]:
    sealed = {True: asked.text("csv_series.yes"), False: asked.text("csv_series.no")}
    return [
        [
            form.day(daily.days[place]),
            _plain(daily.values[place]),
            _plain(daily.line[place]),
            _plain(daily.numerators[place]),
            _plain(daily.denominators[place]),
            sealed[daily.is_sealed[place]],
            _plain(daily.shown[place]),
        ]
        for place in range(len(daily.days))
    ]


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
