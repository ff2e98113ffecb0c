"""Runs the door under uvicorn on a thread of the engine.

Who may import it: run.py, tests.
"""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Final

import uvicorn

from ingest.door.app import Door, create_app
from ingest.door.body import Room
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

    from ingest.door.intake import Intake
    from warehouse.config import EventsConfig
    from warehouse.token_file import TokenFile

_GRACE_S: Final = 5
#: Longer than senders and proxies keep an idle connection, so that they close it and never write into a closed one.
_KEEP_ALIVE_S: Final = 75
_BACKLOG: Final = 1024


class DoorServer:
    """Listens from its making to close()."""

    def __init__(self, settings: EventsConfig, tokens: TokenFile, sources: Collection[str], intake: Intake) -> None:
        """Start to listen.

        Args:
            settings: address and limits.
            tokens: who may send.
            sources: names of the declared sources.
            intake: where rows go.

        Raises:
            ConfigError: the limits contradict each other, the tokens cannot be read, or the port is taken.
        """
        if settings.body_limit_kb << 10 > settings.waiting_limit_mb << 20:
            limit = f"events.body_limit_kb = {settings.body_limit_kb}"
            raise ConfigError(f"{limit}: must fit in events.waiting_limit_mb = {settings.waiting_limit_mb}")
        tokens.tokens()
        door = Door(settings, tokens, frozenset(sources), intake, Room(settings.waiting_limit_mb << 20))
        self._intake = intake
        self._socket = _listen(settings.host, settings.port)
        self._server = uvicorn.Server(
            uvicorn.Config(
                create_app(door),
                log_config=None,  # what it says passes the masks of our log
                log_level="warning",
                access_log=False,
                server_header=False,
                limit_concurrency=settings.connection_limit,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=_KEEP_ALIVE_S,
                lifespan="off",
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="events", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address for senders on this machine."""
        host = self._socket.getsockname()[0]
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 – what is listened on already
        host = everywhere.get(host, host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def close(self) -> None:
        """Stop listening; requests that are not committed yet are told so."""
        self._intake.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"events.host = {host!r}, events.port = {port}: cannot listen there: {error}") from error
