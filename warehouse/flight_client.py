"""Talks to the engine: for the web process and for commands that need a running engine.

An engine that is gone is told by EngineGoneError, at once or after the call's time limit; the next call tries again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
from pyarrow import flight

from warehouse.errors import CMError, EngineGoneError, InternalError
from warehouse.principal import Principal
from warehouse.seam import KEY_FILE, KEY_HEADER, MOST_WAIT_S, address, error_from_bytes, plain

T = TypeVar("T")
_SLOW: Final = (flight.FlightTimedOutError, flight.FlightCancelledError)
_GONE: Final = (
    flight.FlightUnavailableError,
    flight.FlightInternalError,
    flight.FlightUnauthenticatedError,  # the next call reads the key again
    OSError,
)
#: Without these gRPC waits up to two minutes before it tries an engine again that was gone.
_OPTIONS: Final = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.use_local_subchannel_pool", 1),
]
#: An engine that hangs is noticed within eight seconds, and calls that wait for it fail at once. Not for a client that
#: asks one long thing and nothing else: pings without data between them are more than gRPC's servers put up with.
_WATCHING: Final = [
    ("grpc.keepalive_time_ms", 3_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
]


class FlightClient:
    """One engine's client; any number of threads may use it at once."""

    def __init__(
        self, host: str, port: int, folder: Path, *, timeout_s: float = 35.0, is_watching: bool = False
    ) -> None:
        """Nothing is connected yet.

        Args:
            host: loopback address of the engine.
            port: its port.
            folder: its data folder, in which the key stands that it wants to see.
            timeout_s: time limit of a call that is not told another one.
            is_watching: whether it asks for changes all the time; then it does not wait for an engine that hangs.

        Raises:
            ConfigError: the host is not loopback.
        """
        self._location = address(host, port)
        self._key_file = folder / KEY_FILE
        self._timeout_s = timeout_s
        self._options = _OPTIONS + _WATCHING if is_watching else _OPTIONS
        self._lock = threading.Lock()
        self._connected: tuple[flight.FlightClient, bytes] | None = None

    def catalogue(self) -> pa.Table:
        """One row per indicator."""
        return self._get({"table": "catalogue"})

    def snapshot(self) -> pa.Table:
        """All values. Shape: SNAPSHOT_SCHEMA with metadata."""
        return self._get({"table": "snapshot"})

    def changes(self, since: int, engine: str, wait_s: float = 1.0) -> pa.Table:
        """Cells that changed after a version; waits for the first.

        Args:
            since: version last seen.
            engine: the engine_id that the version is of; with another one the answer says reset.
            wait_s: longest wait, at most 10 s.

        Shape: CHANGES_SCHEMA with metadata.
        """
        wait_s = min(wait_s, MOST_WAIT_S)
        ticket = {"table": "changes", "since": since, "engine": engine, "wait_ms": round(wait_s * 1000)}
        return self._get(ticket, timeout_s=wait_s + 5)

    def reference(self, name: str) -> pa.Table:
        """One table of the reference data, by name: areas, departments, services and so on."""
        return self._get({"table": "reference", "name": name})

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Ask a named query, see warehouse/query.py.

        Raises:
            AccessError: outside the principal's scope.
            DataError: unknown query or wrong parameter.
            EngineGoneError: the engine does not answer.
        """
        asked = {name: plain(value) for name, value in params.items() if value is not None}
        return self._get({"table": "query", "name": name, "principal": principal.to_json(), "params": asked})

    def action(
        self, name: str, payload: Mapping[str, object], *, timeout_s: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """Have the engine do something.

        Args:
            name: of the action.
            payload: JSON values.
            timeout_s: time limit for all of it; None = as long as it takes.

        Yields:
            JSON objects as the engine sends them.

        Raises:
            CMError: what the engine raised, as the same class; EngineGoneError when it does not answer.
        """
        body = json.dumps(payload).encode()
        answers = self._asked(timeout_s, lambda client, options: client.do_action(flight.Action(name, body), options))
        while (answer := self._asked(None, lambda *_: next(answers, None))) is not None:
            yield json.loads(answer.body.to_pybytes())

    def close(self) -> None:
        """Let go of the connection; a later call connects again."""
        with self._lock:
            connected, self._connected = self._connected, None
        if connected is not None:
            connected[0].close()

    def _get(self, ticket: Mapping[str, object], timeout_s: float | None = None) -> pa.Table:
        wanted = flight.Ticket(json.dumps(ticket).encode())
        return self._asked(
            timeout_s or self._timeout_s, lambda client, options: client.do_get(wanted, options).read_all()
        )

    def _asked(self, timeout_s: float | None, ask: Callable[[flight.FlightClient, flight.FlightCallOptions], T]) -> T:
        """Ask, and turn Flight's exceptions into ours."""
        connected, key = self._connect()
        options = flight.FlightCallOptions(timeout=timeout_s, headers=[(KEY_HEADER.encode(), key)])
        try:
            return ask(connected, options)
        except flight.FlightError as error:
            told = error_from_bytes(error.extra_info) if error.extra_info else None
            raise told or self._translated(error, connected) from error
        except OSError as error:
            raise self._translated(error, connected) from error

    def _connect(self) -> tuple[flight.FlightClient, bytes]:
        with self._lock:
            if self._connected is None:
                try:
                    key = self._key_file.read_bytes().strip()
                except OSError as error:
                    raise EngineGoneError(f"the key of the engine cannot be read: {error}") from error
                self._connected = flight.FlightClient(self._location, generic_options=self._options), key
            return self._connected

    def _translated(self, error: Exception, connected: flight.FlightClient) -> CMError:
        if isinstance(error, _SLOW):
            return EngineGoneError(f"the engine at {self._location} did not answer in time: {_reason(error)}")
        if isinstance(error, _GONE):
            with self._lock:
                if self._connected is not None and self._connected[0] is connected:
                    self._connected = None  # not closed: other threads may still be reading from it
            if isinstance(error, flight.FlightUnauthenticatedError):
                return EngineGoneError(f"the engine at {self._location} has another data folder than {self._key_file}")
            return EngineGoneError(f"the engine at {self._location} does not answer: {_reason(error)}")
        return InternalError(f"the engine at {self._location} answered something unexpected: {error}")


def _reason(error: Exception) -> str:
    """What went wrong, without the debug context in which gRPC says all of it once more."""
    text = str(error)
    for context in (" gRPC client debug context:", " Client context:"):
        text = text.partition(context)[0]
    return text
