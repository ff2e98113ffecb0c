"""The engine's door: Arrow Flight on loopback, for the web process and the command line.

Every request runs on a thread of its own, so that a slow query holds up nobody else.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
from pyarrow import flight

from warehouse.errors import CMError, ConfigError, DataError, InternalError
from warehouse.principal import Principal
from warehouse.seam import KEY_FILE, KEY_HEADER, MOST_WAIT_S, address, error_to_bytes
from warehouse.small_file import make_secret
from warehouse.value import Publisher

_LOG: Final = logging.getLogger(__name__)
_ROWS_PER_MESSAGE: Final = 100_000
_KEY_BYTES: Final = 32

#: Takes the JSON body of an action, gives a stream of JSON objects.
Action = Callable[[bytes], Iterator[bytes]]


class NamedReader(Protocol):
    """What the server needs of warehouse.reader.Reader."""

    def query(self, name: str, principal: Principal, **given: object) -> pa.Table:
        """Ask one named query."""
        ...


class FlightServer:
    """Listens from its making to close()."""

    def __init__(
        self,
        host: str,
        port: int,
        folder: Path,
        *,
        publisher: Publisher,
        reader: NamedReader,
        actions: Mapping[str, Action],
        reference_tables: Mapping[str, pa.Table],
    ) -> None:
        """Start to listen.

        Args:
            host: loopback address.
            port: 0 = any free one.
            folder: that of the data; gets the key that every call must carry, unless there is one.
            publisher: gives out the board's values.
            reader: answers named queries.
            actions: by name.
            reference_tables: by name, see warehouse/reference_table.py.

        Raises:
            ConfigError: the host is not loopback, the port is taken, or the key cannot be made or read.
        """
        tables = _Tables(publisher, reader, reference_tables)
        file = folder / KEY_FILE
        try:
            make_secret(file, _KEY_BYTES)
            key = file.read_bytes().strip()
        except OSError as error:
            raise ConfigError(f"{file}: the engine's key cannot be made or read: {error}") from error
        try:
            self._server = _Server(address(host, port), tables, actions, key)
        except pa.ArrowException as error:
            raise ConfigError(f"engine.port = {port}: cannot listen there, another program may: {error}") from error

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.port)

    def close(self) -> None:
        """Stop listening; waits for requests that are being answered."""
        self._server.shutdown()
        self._server.wait()


class _Tables:
    """Tickets to tables."""

    def __init__(self, publisher: Publisher, reader: NamedReader, reference_tables: Mapping[str, pa.Table]) -> None:
        self._publisher = publisher
        self._reader = reader
        self._reference_tables = reference_tables

    def of(self, ticket: bytes) -> pa.Table:
        asked = _json_object(ticket, "a ticket")
        match asked.get("table"):
            case "catalogue":
                return self._publisher.catalogue()
            case "snapshot":
                return self._publisher.snapshot()
            case "changes":
                return self._changes(asked)
            case "query":
                return self._query(asked)
            case "reference":
                return self._reference(asked)
            case other:
                raise DataError(f"there is no table {other!r}")

    def _changes(self, asked: Mapping[str, Any]) -> pa.Table:
        since, wait_ms = asked.get("since"), asked.get("wait_ms", 0)
        if not isinstance(since, int) or not isinstance(wait_ms, (int, float)) or wait_ms < 0:
            raise DataError("a ticket for changes has since (a version) and wait_ms")
        if asked.get("engine") != self._publisher.engine_id:
            since, wait_ms = -1, 0  # another engine's versions say nothing here: answered with reset
        return self._publisher.changes(since, min(wait_ms / 1000, MOST_WAIT_S))

    def _query(self, asked: Mapping[str, Any]) -> pa.Table:
        name, params = asked.get("name"), asked.get("params", {})
        if not isinstance(name, str) or not isinstance(params, dict):
            raise DataError("a ticket for a query has name, principal and params")
        return self._reader.query(name, Principal.from_json(asked.get("principal")), **params)

    def _reference(self, asked: Mapping[str, Any]) -> pa.Table:
        table = self._reference_tables.get(str(asked.get("name")))
        if table is None:
            raise DataError(f"reference tables are {', '.join(self._reference_tables)}")
        return table


class _Server(flight.FlightServerBase):
    """pyarrow's server; its methods are called from threads of gRPC."""

    def __init__(self, location: str, tables: _Tables, actions: Mapping[str, Action], key: bytes) -> None:
        super().__init__(location, middleware={"key": _Gate(key)})
        self._tables = tables
        self._actions = actions

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.FlightDataStream:
        with _Told("ticket", ticket.ticket):
            table = self._tables.of(ticket.ticket)
            return flight.RecordBatchStream(table.to_reader(max_chunksize=_ROWS_PER_MESSAGE))

    def do_action(self, context: flight.ServerCallContext, action: flight.Action) -> Iterator[bytes]:
        with _Told("action", action.type.encode()):
            act = self._actions.get(action.type)
            if act is None:
                raise DataError(f"there is no action {action.type!r}; there are {', '.join(self._actions)}")
            for answer in act(action.body.to_pybytes() or b"{}"):
                if context.is_cancelled():
                    return
                yield answer

    def list_actions(self, context: flight.ServerCallContext) -> list[tuple[str, str]]:
        return [(name, "") for name in self._actions]


class _Gate(flight.ServerMiddlewareFactory):
    """Lets in who knows the key."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def start_call(self, info: flight.CallInfo, headers: Mapping[str, Sequence[str | bytes]]) -> None:
        told = [one.encode() if isinstance(one, str) else one for one in headers.get(KEY_HEADER, ())]
        if not any(secrets.compare_digest(one, self._key) for one in told):
            raise flight.FlightUnauthenticatedError("a call carries the key of the engine's data folder")


class _Told:
    """Lets an exception travel to the client, which raises it again as the same class."""

    def __init__(self, what: str, asked: bytes) -> None:
        self._what = what
        self._asked = asked

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, GeneratorExit):
            return
        if not isinstance(error, CMError):
            _LOG.error("%s %r failed", self._what, self._asked[:500], exc_info=error)
            error = InternalError(f"the engine failed on a {self._what}; please report this: {error!r}")
        raise flight.FlightServerError(str(error), extra_info=error_to_bytes(error)) from error


def _json_object(told: bytes, what: str) -> dict[str, Any]:
    try:
        asked = json.loads(told)
    except ValueError as error:
        raise DataError(f"{what} is a JSON object") from error
    if not isinstance(asked, dict):
        raise DataError(f"{what} is a JSON object")
    return asked
