"""Rows offered by a small server on loopback, which we ask for what is new, as an API of a source system.

Who may import it: ingest.sources.simulator, tests.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import orjson

from ingest.sources.poll_settings import PollSettings
from ingest.sources.polled import PARTITION, PollPosition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ingest.sources.simulator.foreign import ForeignRow
    from warehouse.clock import Clock

_CHANGED: Final = "changed"
_AFTER: Final = "after"
_INTERVAL_S: Final = 5.0
_ANSWER_ROWS: Final = 5_000


class PollCarrier:
    """Offers rows until a position after them is stored (implements Carrier).

    A row carries the instant of its arrival; asked for what is new after an instant, the server gives the oldest rows
    after it, and those of one instant together. So it can be asked for the same again, and anew after a restart.
    """

    every_us = 0

    def __init__(self, name: str, rows_key: str, clock: Clock, positions: Callable[[], Mapping[str, str]]) -> None:
        """Begin to listen on a free port.

        Args:
            name: of the source.
            rows_key: key of the list of rows in an answer.
            clock: says when to look for the stored position again.
            positions: the stored positions of the source, by partition.
        """
        self._name, self._rows_key, self._clock, self._positions = name, rows_key, clock, positions
        self._offered: Sequence[tuple[int, ForeignRow]] = ()
        self._looked_at: datetime | None = None
        self._server = _serving(self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, name="simulator-poll", daemon=True)
        self._thread.start()

    @property
    def settings(self) -> PollSettings:
        """How this server is polled."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}/{self._name}"
        return PollSettings(self._name, url, _INTERVAL_S, since=_CHANGED, since_parameter=_AFTER)

    def send(self, rows: Sequence[ForeignRow], received_us: Sequence[int]) -> None:
        """Offer rows."""
        self._offered = [(at_us, row | {_CHANGED: at_us}) for at_us, row in zip(received_us, rows, strict=True)]

    def arrived(self) -> bool:
        """Whether the position that is stored lies after the last row; looked for once a second."""
        now = self._clock.now()
        if self._looked_at is not None and (now - self._looked_at).total_seconds() < 1:
            return False
        self._looked_at = now
        stored = self._positions().get(PARTITION)
        since = PollPosition() if stored is None else PollPosition.from_json(stored)
        return isinstance(since.since, int) and since.since >= self._offered[-1][0]

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, after: int) -> bytes:
        new = [(at_us, row) for at_us, row in self._offered if at_us > after]
        newest = new[:_ANSWER_ROWS][-1][0] if new else 0
        return orjson.dumps({self._rows_key: [row for at_us, row in new if at_us <= newest]})


class _Server(ThreadingTCPServer):
    """As http.server has it, which would ask for the name of its address first."""

    daemon_threads = True


def _serving(answer: Callable[[int], bytes]) -> _Server:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = parse_qs(urlsplit(self.path).query)
            body = answer(int(given.get(_AFTER, ["0"])[0]))
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – as in http.server
            """Nothing: the engine's log is for what goes wrong."""

    return _Server(("127.0.0.1", 0), Handler)
