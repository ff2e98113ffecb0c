"""A reverse proxy whose server is away: it answers, but only 502."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class BadGateway:
    """Listens on the port of a dashboard that was stopped.

    Attributes:
        asked: requests that were answered.
    """

    def __init__(self, port: int) -> None:
        gateway = self
        self.asked = 0

        class Refusing(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b"<h1>502 Bad Gateway</h1>"
                self.send_response(502)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                gateway.asked += 1

            do_POST = do_GET  # noqa: N815 – named by the standard library

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Refusing)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the port go."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def bad_gateway(port: int) -> Iterator[BadGateway]:
    """A proxy without its server, until the end of the block."""
    made = BadGateway(port)
    try:
        yield made
    finally:
        made.close()
