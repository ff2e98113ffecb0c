"""Rows sent to our own door over HTTP, with a token, as a source system sends them.

Who may import it: ingest.sources.simulator, tests.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx
import orjson

from warehouse.errors import SourceGoneError, SourceRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from ingest.sources.simulator.foreign import ForeignRow

_LOG: Final = logging.getLogger(__name__)
_REQUEST_ROWS: Final = 2_000
#: Longer than the door lets anybody wait for a commit.
_TIMEOUT_S: Final = 60.0
_AGAIN_S: Final = 1.0
_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class PushCarrier:
    """Sends rows as lines of JSON; what is not answered with 202 is sent again (implements Carrier)."""

    every_us = 0

    def __init__(self, url: str, token: str) -> None:
        """Nothing is sent yet.

        Args:
            url: of the door's events.
            token: of the source.
        """
        self._url = url
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"},
            timeout=_TIMEOUT_S,
            trust_env=False,  # the door is on this machine: no proxy has a part in it
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulator-push")
        self._closing = threading.Event()
        self._sent: Future[None] | None = None

    def send(self, rows: Sequence[ForeignRow], received_us: Sequence[int]) -> None:
        """Begin to send rows; a thread waits for the answers."""
        lines = [orjson.dumps(row) for row in rows]
        self._sent = self._thread.submit(self._send, lines)

    def arrived(self) -> bool:
        """Whether everything was stored.

        Raises:
            SourceRefusedError: the door takes nothing of this kind from us.
        """
        if self._sent is None or not self._sent.done():
            return False
        self._sent.result()
        return True

    def close(self) -> None:
        """Send nothing more; may be called twice."""
        self._closing.set()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _send(self, lines: list[bytes]) -> None:
        for begin in range(0, len(lines), _REQUEST_ROWS):
            body = b"\n".join(lines[begin : begin + _REQUEST_ROWS])
            while not self._stored(body):
                if self._closing.wait(_AGAIN_S):
                    raise SourceGoneError(f"{self._url}: not everything was sent before the end")

    def _stored(self, body: bytes) -> bool:
        """Send a request. Returns: false when it is to be sent again."""
        try:
            answer = self._client.post(self._url, content=body)
        except (httpx.HTTPError, RuntimeError) as error:  # a closed client says RuntimeError
            if not self._closing.is_set():
                _LOG.warning("%s: %s; sent again", self._url, error)
            return False
        if answer.status_code == HTTPStatus.ACCEPTED:
            return True
        if answer.status_code in _LATER:
            return False
        raise SourceRefusedError(f"{self._url} answers {answer.status_code}: {answer.text[:200]}")
