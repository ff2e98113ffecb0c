"""Runs the web application under uvicorn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

#: Live streams never end by themselves; without this a stopping server waits for them for ever.
_GRACE_S: Final = 2


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """A server that has not started; `run()` blocks until it is stopped by a signal or `should_exit`.

    Args:
        app: from create_app.
        host: address to listen on.
        port: port to listen on; 0 = any free one.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # what it says passes the masks of our log
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve an application until the process is told to stop. Args as for `make_server`."""
    make_server(app, host, port).run()
