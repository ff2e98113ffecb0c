"""What both ends of the Flight seam between engine and web agree on: addresses, tickets, errors.

Tickets are JSON: {"table": "catalogue"}, {"table": "reference", "name"}, {"table": "snapshot"},
{"table": "changes", "since", "engine", "wait_ms"}, {"table": "query", "name", "principal", "params"}.
Actions have a name and a JSON body and answer with a stream of JSON objects.
Every call carries the key of the data folder: who cannot read that file may do nothing, on the same machine either.
An exception of the house travels as its class name and message; the other end raises it again as the same class.
"""

from __future__ import annotations

import inspect
import ipaddress
import json
from datetime import date, datetime
from typing import Final

from warehouse import errors
from warehouse.errors import CMError, ConfigError, InternalError

#: Longest that a request for changes may wait, seconds.
MOST_WAIT_S: Final = 10.0
#: In the data folder, made by its first engine; and how calls carry what it holds.
KEY_FILE: Final = "engine.key"
KEY_HEADER: Final = "cm-engine-key"
_CLASSES: Final = {
    name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CMError)
}


def address(host: str, port: int) -> str:
    """The Flight location of an engine.

    Raises:
        ConfigError: the host is not a loopback address; the engine has no accounts and must not be reached from afar.
    """
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise ConfigError(f"engine.host = {host!r}: must be a loopback address such as 127.0.0.1")
    return f"grpc://[{host}]:{port}" if ":" in host else f"grpc://{host}:{port}"


def error_to_bytes(error: CMError) -> bytes:
    """An exception of the house, for the way."""
    return json.dumps({"error": type(error).__name__, "message": str(error)}).encode()


def error_from_bytes(told: bytes) -> CMError | None:
    """What error_to_bytes wrote as an exception; None if it is anything else."""
    try:
        plain = json.loads(told)
        kind, message = _CLASSES.get(plain["error"], InternalError), str(plain["message"])
    except (ValueError, KeyError, TypeError):
        return None
    return kind(message)


def plain(value: object) -> object:
    """A query parameter as a JSON value: instants and days as ISO text, sets as sorted lists."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value
