"""The HTML around every page: language, theme and style sheets are right before any script has run."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, page_registry
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import Request, Response

from dashboard.address import Address

if TYPE_CHECKING:
    from dashboard.services import Services

_PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}" data-theme="desk">
  <head>
    {metas}
    <title>{title}</title>
    {favicon}
    {css}
  </head>
  <body>
    {app_entry}
    <footer hidden>{config}{scripts}{renderer}</footer>
  </body>
</html>"""


class DashboardApp(Dash):
    """Dash with our own page around it."""

    services: Services

    def interpolate_index(self, **kwargs: Any) -> str:  # type: ignore[override]
        """The page for the address that is being asked for."""
        asked = Address.parse(self.backend.request_adapter().full_path)
        kwargs["title"] = html.escape(str(kwargs["title"]))
        return _PAGE.format(lang=page_language(self.services, asked), **kwargs)

    def _config(self) -> dict[str, Any]:
        """Dash's settings for the browser, without the WebSocket that it would open on every page for nothing."""
        config: dict[str, Any] = super()._config()  # type: ignore[no-untyped-call]
        config.pop("websocket", None)
        return config


def page_language(services: Services, asked: Address) -> str:
    """Language of a page: the address says it, else the wall's setting, else the state's."""
    given = asked.get("lang")
    if given in services.languages:
        return given
    parts = asked.path.strip("/").split("/")
    wall = services.config.walls.get(parts[1]) if parts[0] == "wall" and len(parts) > 1 else None
    return wall.lang if wall is not None else services.config.state.language


async def serve_index(request: Request) -> Response:
    """The page for any address; 404, with the same page, where no screen has such an address."""
    app: DashboardApp = request.app.state.dash
    token = set_current_request(request)
    try:
        text = app.index()  # type: ignore[no-untyped-call]
    finally:
        reset_current_request(token)
    return Response(text, media_type="text/html", status_code=200 if _is_page(_path(request)) else 404)


def _path(request: Request) -> str:
    """The path as it was sent: a slash inside a name is still percent-encoded there."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("latin-1")


def _is_page(path: str) -> bool:
    given = path.strip("/").split("/")
    for page in page_registry.values():
        wanted = (page["path_template"] or page["path"]).strip("/").split("/")
        if len(wanted) == len(given) and all(
            want == have or (want.startswith("<") and have) for want, have in zip(wanted, given, strict=True)
        ):
            return True
    return False
