"""What every answer says to the browser about what it may do, and what is refused before anybody looks at it.

Invariants: nothing is loaded from, sent to or framed by another origin; scripts are our files and the few inline ones
that Dash writes, by hash; Dash's WebSocket callbacks, which this product does not use, are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Inline styles are what React writes for style props; they cannot run anything.
_POLICY: Final = (
    "default-src 'self'",
    "script-src 'self' {hashes}",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


class SecurityHeaders:
    """Outermost ASGI layer: headers on every answer, no WebSockets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its answer."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", scope["app"].state.policy)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def content_policy(script_hashes: Sequence[str]) -> str:
    """The Content-Security-Policy of every page.

    Args:
        script_hashes: quoted hashes of the inline scripts that pages carry, as Dash.csp_hashes gives them.
    """
    return "; ".join(_POLICY).format(hashes=" ".join(script_hashes))
