"""What every answer says to the browser about what it may do, and what is refused before anybody looks at it.

Invariants: nothing is loaded from, sent to or framed by another origin; scripts are our files and the few inline ones
that Dash writes, by hash; Dash's WebSocket callbacks, which this product does not use, are refused; no body of a
request takes more memory than MOST_BYTES, and Dash is asked by JSON objects only (of anything else it makes a 500).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

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
#: A form of the operator's desk and a callback of Dash have a few thousand.
MOST_BYTES: Final = 1 << 20
_CALLBACK: Final = "/_dash-update-component"
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
    """Outermost ASGI layer: headers on every answer, no WebSockets, no bodies that are too long or no JSON."""

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

        request = Request(scope, receive)
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        try:
            body = await _body(request) if has_body else b""
        except ClientDisconnect:
            return
        if body is None:
            app = _refusal(413, f"a body has at most {MOST_BYTES} bytes")
        elif scope["path"] == _CALLBACK and not _is_object(body):
            app = _refusal(400, "the body must be a JSON object")
        else:
            app, receive = self._app, _given(body, receive) if has_body else receive
        await app(scope, receive, send_with_headers)


async def _body(request: Request) -> bytes | None:
    """The body of a request, read once; None = it is longer than MOST_BYTES, and is not read on."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > MOST_BYTES:
        return None
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            return None
    return b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    """What an app receives after its request's body was read: that in one piece, and then what comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False


def _refusal(status: int, said: str) -> ASGIApp:
    return Response(orjson.dumps({"error": said}), status_code=status, media_type="application/json")


def content_policy(script_hashes: Sequence[str]) -> str:
    """The Content-Security-Policy of every page.

    Args:
        script_hashes: quoted hashes of the inline scripts that pages carry, as Dash.csp_hashes gives them.
    """
    return "; ".join(_POLICY).format(hashes=" ".join(script_hashes))
