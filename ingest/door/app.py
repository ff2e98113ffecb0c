"""The web application of the door: `POST /events` and its description.

Who may import it: ingest.door.server, tests.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from ingest.door.answer import RequestRefusedError, accepted, json_response
from ingest.door.body import Holding, Room, read_body
from ingest.door.openapi import description
from ingest.door.payload import read_payload
from ingest.reason import Reason
from warehouse.errors import ConfigError, SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.responses import Response

    from ingest.door.intake import Intake
    from ingest.door.payload import Payload
    from ingest.sources.pushed import Delivery, Receipt
    from warehouse.config import EventsConfig
    from warehouse.token_file import TokenFile

_LOG: Final = logging.getLogger(__name__)
#: Larger bodies are taken apart on a thread, so that small requests need not wait for them.
_SMALL_BYTES: Final = 16 << 10
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="events"'}


@dataclass(frozen=True, slots=True)
class Door:
    """What requests are answered with.

    Attributes:
        settings: limits.
        tokens: who may send.
        sources: names of the declared sources.
        intake: where rows go.
        room: what may be held at once.
    """

    settings: EventsConfig
    tokens: TokenFile
    sources: Collection[str]
    intake: Intake
    room: Room

    async def post(self, request: Request) -> Response:
        """Take events; answers after the commit."""
        try:
            source = self._source(request)
            with Holding(self.room) as holding:
                body = await read_body(request, self.settings.body_limit_kb << 10, holding)
                return accepted(await self._take(source, read_payload(request.headers, body), len(body), holding))
        except RequestRefusedError as refusal:
            return refusal.response()
        except ConfigError:
            _LOG.exception("events cannot be taken")
            detail = "the settings of this source are not in order; its operator finds the reason in the engine's log"
            return RequestRefusedError.for_now(HTTPStatus.SERVICE_UNAVAILABLE, detail).response()

    def _source(self, request: Request) -> str:
        """Whose events the request's token lets in."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            detail = "a token is needed: Authorization: Bearer <token>"
            raise RequestRefusedError(HTTPStatus.UNAUTHORIZED, detail, _CHALLENGE)
        source = self.tokens.source_of(token.strip())
        if source is None:
            raise RequestRefusedError(HTTPStatus.UNAUTHORIZED, "the token is not known, or was revoked", _CHALLENGE)
        if source not in self.sources:
            raise RequestRefusedError(
                HTTPStatus.FORBIDDEN, f"the token is of source {source!r}, which is no longer declared"
            )
        return source

    async def _take(self, source: str, payload: Payload, size: int, holding: Holding) -> Receipt:
        if size <= _SMALL_BYTES:
            delivery = self.intake.split(source, payload)
        else:
            delivery = await asyncio.to_thread(self.intake.split, source, payload)
        _refuse_as_a_whole(delivery, source)
        try:
            async with asyncio.timeout(self.settings.answer_limit_s):
                answer = self.intake.take(source, payload, delivery)
                holding.until(answer)
                return await asyncio.wrap_future(answer)
        except SourceGoneError as error:
            detail = f"nothing was stored, send the same request again: {error}"
            raise RequestRefusedError.for_now(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
        except TimeoutError as error:
            detail = (
                f"the warehouse did not store the events within {self.settings.answer_limit_s} s; it may still do so. "
                "Send the same request again: what is known by then counts as duplicate"
            )
            raise RequestRefusedError.for_now(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error


def _refuse_as_a_whole(delivery: Delivery, source: str) -> None:
    """A request of which every row shows the same mistake of the sender's is not kept at all."""
    if len(delivery.chunk.numbers):
        return
    reasons = {refused.reason for refused in delivery.chunk.refused}
    if reasons == {Reason.UNKNOWN_SOURCE}:
        detail = f"the token is of source {source!r}, and every event of the request names another one"
        raise RequestRefusedError(HTTPStatus.FORBIDDEN, detail)
    if reasons <= {Reason.NOT_JSON}:
        first = delivery.chunk.refused[0].detail if delivery.chunk.refused else "it holds no rows"
        raise RequestRefusedError(HTTPStatus.BAD_REQUEST, f"nothing in the body is an event or a row: {first}")


async def _describe(_: Request) -> Response:
    return json_response(description())


async def _no_such_thing(_: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    headers = error.headers if isinstance(error, HTTPException) else None
    return RequestRefusedError(status, "there are POST /events and GET /openapi.json", headers).response()


def create_app(door: Door) -> Starlette:
    """The application. Args: door: what requests are answered with."""
    return Starlette(
        routes=[
            Route("/events", door.post, methods=["POST"]),
            Route("/openapi.json", _describe, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _no_such_thing},
    )
