"""Reads the body of a request within limits, unpacked.

Who may import it: ingest.door.
Invariants: never more than the limit is held of a body, packed or unpacked; what is held of all of them fits the room.
"""

from __future__ import annotations

import asyncio
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect

from ingest.door.answer import RequestRefusedError
from ingest.gunzip import GZIP_NAMES, Gunzip
from warehouse.errors import DataError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from starlette.requests import Request

#: A sender that takes longer for one body is given up.
_READ_S: Final = 60.0


class Room:
    """Bytes that may be held of requests that are being read or wait for their commit; for all threads."""

    def __init__(self, most_bytes: int) -> None:
        """Args: most_bytes: how many there are."""
        self._free, self._lock = most_bytes, threading.Lock()

    def take(self, count: int) -> None:
        """Take some of the room.

        Raises:
            RequestRefusedError: 429, there is not so much left.
        """
        with self._lock:
            if count > self._free:
                detail = (
                    "more events are waiting to be stored than may wait; send the same request again a little later"
                )
                raise RequestRefusedError.for_now(HTTPStatus.TOO_MANY_REQUESTS, detail)
            self._free -= count

    def give_back(self, count: int) -> None:
        """Have it free again."""
        with self._lock:
            self._free += count


class Holding:
    """The share of one request in the room, given back at its end or with the answer that it waits for."""

    def __init__(self, room: Room) -> None:
        self._room, self._held = room, 0

    def __enter__(self) -> Holding:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.give_back(self._held)

    def take(self, count: int) -> None:
        """Hold more. Raises: RequestRefusedError: as Room.take."""
        self._room.take(count)
        self._held += count

    def until(self, answer: Future[Any]) -> None:
        """Give back what is held when the answer is there: its rows wait even when the request no longer does."""
        held, self._held = self._held, 0
        answer.add_done_callback(lambda _: self._room.give_back(held))


async def read_body(request: Request, limit_bytes: int, holding: Holding) -> bytes:
    """Read a body, unpacked.

    Args:
        request: whose body was not read yet.
        limit_bytes: most bytes, before unpacking and after it.
        holding: grows with what is read.

    Raises:
        RequestRefusedError: 400 damaged or not sent whole, 408 too slow, 413 too large, 415 packed in another way than
            gzip, 429 no room.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    unpack = _unpacking(request.headers.get("content-encoding", "identity").strip().lower())
    parts: list[bytes] = []
    size = packed = 0
    try:
        async with asyncio.timeout(_READ_S):
            async for piece in request.stream():
                packed += len(piece)
                data = piece if unpack is None else unpack.add(piece, limit_bytes - size + 1)
                size += len(data)
                if max(size, packed) > limit_bytes:
                    raise _too_large(limit_bytes)
                holding.take(len(data))
                parts.append(data)
        if unpack is not None:
            unpack.check_ended()
    except TimeoutError as error:
        raise RequestRefusedError(
            HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {_READ_S:.0f} s"
        ) from error
    except ClientDisconnect as error:
        raise RequestRefusedError(HTTPStatus.BAD_REQUEST, "the connection ended before the body did") from error
    except DataError as error:
        raise RequestRefusedError(HTTPStatus.BAD_REQUEST, f"the body {error}") from error
    return b"".join(parts)


def _too_large(limit_bytes: int) -> RequestRefusedError:
    limit = f"{limit_bytes:,} bytes (events.body_limit_kb)"
    return RequestRefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit}, packed or unpacked"
    )


def _unpacking(encoding: str) -> Gunzip | None:
    if encoding == "identity":
        return None
    if encoding in GZIP_NAMES:
        return Gunzip()
    detail = f"Content-Encoding {encoding[:40]!r} is not known; allowed are gzip and none"
    raise RequestRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, {"Accept-Encoding": "gzip"})
