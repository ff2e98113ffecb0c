"""`/healthz` and `/readyz` of the web process: plain words for whoever watches processes, no data.

Healthy: the process answers. Ready: it has values, and the engine was heard of a moment ago; screens are served anyway,
with "as of".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, Response

from warehouse.probe import said

if TYPE_CHECKING:
    from dashboard.services import Services

#: The engine is asked without a pause; a screen shows that it is gone after ten seconds.
_AWAY_S: Final = 15.0


def add_probe_routes(server: FastAPI) -> None:
    """Answer at both addresses. Args: server: of the web process; its state has the services."""
    server.add_api_route("/healthz", _healthy, methods=["GET", "HEAD"], include_in_schema=False)
    server.add_api_route("/readyz", _ready, methods=["GET", "HEAD"], include_in_schema=False)


async def _healthy(request: Request) -> Response:
    return _answer(())


async def _ready(request: Request) -> Response:
    services: Services = request.app.state.services
    values = services.values
    if not values.loaded:
        return _answer(("no values yet: the engine did not answer",))
    away_s = values.contact_age_s()
    return _answer((f"the engine was last heard {away_s:.0f} s ago",) if away_s > _AWAY_S else ())


def _answer(troubles: tuple[str, ...]) -> Response:
    text = said(troubles)
    return Response(
        text, status_code=503 if troubles else 200, media_type="text/plain", headers={"Cache-Control": "no-store"}
    )
