"""The web application: Dash on FastAPI, live streams, own routes, headers; one per process.

Invariants: no module-level app or service – everything comes by argument; Dash's process-wide page registry is cleared
first; what Dash would do at its first "/" request is done before the first request of any kind.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import dash
import orjson
import pandas as pd  # noqa: F401 - Arrow would import it in a thread, and Plotly's JSON trips over it half imported
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from dashboard import language
from dashboard.boundaries.drawing import read_drawings
from dashboard.components import shell
from dashboard.copy import ValueCopy, ValueFeed
from dashboard.exports.paper.press import PDF
from dashboard.exports.route import XLSX, add_export_routes
from dashboard.index import DashboardApp, serve_index
from dashboard.indicator_route import add_indicator_routes
from dashboard.live import Live, add_live_routes
from dashboard.probe_route import add_probe_routes
from dashboard.query_cache import CachedQueries
from dashboard.screen import ROUTING_INPUTS, Screens
from dashboard.search_route import add_search_route
from dashboard.security import SecurityHeaders, content_policy
from dashboard.services import EngineActions, NamedQueries, Services
from dashboard.view_route import add_view_route
from dashboard.wall_door import WallDoor
from warehouse.errors import ConfigError
from warehouse.principal import Principal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dashboard.screen import Frame
    from warehouse.clock import Clock
    from warehouse.config import Config
    from warehouse.reference import Reference

_LOG = logging.getLogger(__name__)
#: How hard texts are packed, 1 to 9: more makes them a few per cent smaller and takes twice the time.
_PACKING: Final = 5
_PACKED_ALREADY: Final = (*DEFAULT_EXCLUDED_CONTENT_TYPES, PDF, XLSX)
_ASSETS: Final = Path(__file__).resolve().parents[1] / "assets"
#: Style sheets of packages come before our own, which may then say otherwise.
_VENDOR_STYLES: Final = ("/assets/vendor/fonts.css", "/assets/vendor/bootstrap.css")


class EngineClient(ValueFeed, NamedQueries, EngineActions, Protocol):
    """What the web process asks of the engine."""


class Page(Protocol):
    """A module of pages/."""

    def register(self, app: dash.Dash, services: Services) -> None:
        """Add the page's screens to an app."""
        ...


def create_app(
    config: Config,
    client: EngineClient,
    reference: Reference,
    clock: Clock,
    *,
    pages: Sequence[Page],
    frame: Frame = shell.frame,
) -> FastAPI:
    """The application, ready for uvicorn; it follows the engine from its start-up on.

    Args:
        config: settings.
        client: the engine, or a fake of it.
        reference: areas, services, offices of the state.
        clock: the time of this process.
        pages: the modules of pages/ that are shown.
        frame: what is put around desk screens.

    Raises:
        ConfigError, DefinitionError: the deployment's boundaries, walls or addresses are refused.
    """
    if config.state.complaint and not config.state.complaint.startswith(("https://", "http://", "/")):
        raise ConfigError(f"state.complaint = {config.state.complaint!r}: must begin with https://, http:// or /")
    services = Services(
        values=ValueCopy(client, clock),
        queries=CachedQueries(client),
        actions=client,
        reference=reference,
        clock=clock,
        config=config,
        principal=Principal.state_reader(),
        drawings=read_drawings(config, reference),
    )
    live = Live(services, build_id())
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    server.state.services, server.state.live = services, live
    server.state.screens = Screens(services, frame)
    server.state.policy = content_policy(())
    dash.page_registry.clear()
    app = DashboardApp(
        "dashboard",
        server=server,  # type: ignore[arg-type]
        use_pages=True,
        pages_folder="",
        use_async=True,
        assets_folder=str(_ASSETS),
        assets_path_ignore=["^vendor$"],
        external_stylesheets=[style for style in _VENDOR_STYLES if (_ASSETS.parent / style[1:]).exists()],
        include_pages_meta=False,
        title=language.text("wall.product", config.state.language),
        update_title="",
        routing_callback_inputs=dict(ROUTING_INPUTS),
        on_error=_log_error,
        add_log_handler=False,
    )
    app.services = services
    server.state.dash = app
    for page in pages:
        page.register(app, services)
    add_view_route(server)
    add_export_routes(server)
    add_indicator_routes(server)
    add_search_route(server)
    add_live_routes(server)
    add_probe_routes(server)
    server.add_api_route(shell.COMPLAINT, _complaint, methods=["GET"], include_in_schema=False)
    server.add_api_route("/wall", _first_wall, methods=["GET"], include_in_schema=False)
    server.add_api_route("/api/{rest:path}", _no_such_route, methods=["GET", "POST"], include_in_schema=False)
    server.add_api_route("/{path:path}", serve_index, methods=["GET"], include_in_schema=False)
    server.add_middleware(GZipMiddleware, compresslevel=_PACKING, exclude_content_types=_PACKED_ALREADY)
    server.add_middleware(WallDoor, config=config, clock=clock)
    server.add_middleware(SecurityHeaders)
    return server


@asynccontextmanager
async def _lifespan(server: FastAPI) -> AsyncIterator[None]:
    app: DashboardApp = server.state.dash
    # Dash 4.4 does this only when "/" or one of its own routes is asked for; a deep link would have no scripts.
    for prepare in app.backend._before_request_funcs:  # type: ignore[attr-defined]
        result = prepare()
        if inspect.isawaitable(result):
            await result
    server.state.policy = content_policy(app.csp_hashes())
    services: Services = server.state.services
    services.values.start()
    async with server.state.live.running():
        yield
    services.values.close()
    server.state.press.close()


def build_id() -> str:
    """Changes when anything that a browser holds has changed; walls that run for weeks reload themselves by it."""
    digest = hashlib.sha256(dash.__version__.encode())
    for path in sorted(_ASSETS.rglob("*")):
        if path.suffix in {".js", ".css"}:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _log_error(error: Exception) -> Any:
    _LOG.error("a callback failed", exc_info=error)
    return dash.no_update


async def _first_wall(request: Request) -> Response:
    """Who types /wall means the first one of the settings."""
    services: Services = request.app.state.services
    query = f"?{request.url.query}" if request.url.query else ""
    wall = next(iter(services.config.walls), "main")
    return RedirectResponse(f"/wall/{wall}{query}", status_code=307)


async def _complaint(request: Request) -> Response:
    """Where complaints are taken, as the settings say."""
    services: Services = request.app.state.services
    address = services.config.state.complaint
    return RedirectResponse(address) if address else await serve_index(request)


async def _no_such_route(request: Request) -> Response:
    return Response(orjson.dumps({"error": "path"}), status_code=404, media_type="application/json")
