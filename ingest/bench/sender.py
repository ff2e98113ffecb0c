"""A sender of requests in a process of its own, so that it does not take turns with the engine that is measured.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from warehouse.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TIMEOUT_S: Final = 60
_ACCEPTED: Final = 202
#: From the call to the first request that is due at an instant: connections are opened meanwhile.
_AHEAD_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """One request; instants are of the machine's steady clock, which all its processes share.

    Attributes:
        due_s: when it was to be sent.
        sent_s: when it was sent.
        answered_s: when its answer was there, after the commit.
    """

    due_s: float
    sent_s: float
    answered_s: float


@contextmanager
def sending_process() -> Iterator[ProcessPoolExecutor]:
    """A process that has loaded what it needs to send."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        process.submit(time.monotonic).result()
        yield process


def send_requests(
    port: int, token: str, bodies: Sequence[bytes], senders: int, every_s: float | None = None
) -> list[Request]:
    """Send requests with lines of CloudEvents to a door on this machine and wait for their answers.

    Args:
        port: of the door.
        token: of the source.
        bodies: of the requests, in order.
        senders: connections; as many requests may wait for their answers.
        every_s: from one request to the next, whatever became of those before; None = each sender sends its next one
            when it has its answer.

    Returns:
        What became of each body.

    Raises:
        InternalError: the door did not take one.
    """
    own, headers = threading.local(), {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    begin_s = time.monotonic() + _AHEAD_S

    opened = ExitStack()

    def connect() -> None:
        own.connection = opened.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)))
        own.connection.connect()

    def send(number: int) -> Request:
        due_s = time.monotonic() if every_s is None else begin_s + number * every_s
        time.sleep(max(0.0, due_s - time.monotonic()))
        sent_s = time.monotonic()
        own.connection.request("POST", "/events", bodies[number], headers)
        answer = own.connection.getresponse()
        said = answer.read()
        if answer.status != _ACCEPTED:
            raise InternalError(f"the door answered {answer.status}: {said[:200]!r}")
        return Request(due_s, sent_s, time.monotonic())

    with opened, ThreadPoolExecutor(senders, initializer=connect) as threads:
        return list(threads.map(send, range(len(bodies))))
