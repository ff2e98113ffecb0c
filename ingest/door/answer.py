"""Answers of the door: receipts, and refusals as problem details.

Who may import it: ingest.door.
Source: RFC 9457, "Problem Details for HTTP APIs".
"""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson
from starlette.responses import Response

from warehouse.errors import SourceRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.sources.pushed import Receipt

PROBLEM: Final = "application/problem+json"
#: Seconds after which a sender that was turned away for now may try again.
RETRY_AFTER_S: Final = 1
_NEVER_KEPT: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class RequestRefusedError(SourceRefusedError):
    """A request that is not taken, as a whole; nothing of it is stored.

    Attributes:
        status: of the answer.
        detail: what is wrong and what is allowed.
        headers: that the status needs.
    """

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}

    @classmethod
    def for_now(cls, status: HTTPStatus, detail: str) -> RequestRefusedError:
        """A request that may be taken if it is sent again a little later."""
        return cls(status, detail, {"Retry-After": str(RETRY_AFTER_S)})

    def response(self) -> Response:
        """The answer."""
        told = {"type": "about:blank", "title": self.status.phrase, "status": self.status, "detail": self.detail}
        return Response(orjson.dumps(told), self.status, {**_NEVER_KEPT, **self.headers}, PROBLEM)


def accepted(receipt: Receipt) -> Response:
    """Everything is stored: what became of the rows."""
    return json_response(asdict(receipt), HTTPStatus.ACCEPTED)


def json_response(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """JSON that is not to be kept by anybody on the way."""
    return Response(orjson.dumps(content), status, _NEVER_KEPT, "application/json")
