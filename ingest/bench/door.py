"""Events sent over HTTP to a door of the benchmark's own, by several senders at once.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx

from ingest.door.intake import Intake
from ingest.door.server import DoorServer
from ingest.door.token import TokenFile
from warehouse.config import EventsConfig
from warehouse.errors import InternalError
from warehouse.stopwatch import seconds, spread_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ingest.pipeline import Pipeline
    from ingest.rule import Mapping
    from warehouse.clock import Clock

SENDERS: Final = 4
PER_REQUEST: Final = 1_000
_BATCH_ROWS: Final = 70_000
_LINES: Final = "application/x-ndjson"


def over_http(
    events: Sequence[bytes], mapping: Mapping, pipeline: Pipeline, clock: Clock, folder: Path
) -> dict[str, Any]:
    """Send events in requests of PER_REQUEST and wait for their receipts.

    Args:
        events: CloudEvents as JSON, of the mapping's source.
        mapping: of CloudEvents.
        pipeline: runs meanwhile.
        clock: says when they were received.
        folder: for the token.

    Returns:
        events, s, events_per_s, and how long requests took until they were committed. The senders work in the same
        process.

    Raises:
        InternalError: the door did not take them.
    """
    bodies = [b"\n".join(events[start : start + PER_REQUEST]) for start in range(0, len(events), PER_REQUEST)]
    with _opened(mapping, pipeline, clock, folder) as client, ThreadPoolExecutor(SENDERS) as senders:

        def send(body: bytes) -> float:
            return seconds(lambda: _taken(client.post("/events", content=body)))

        took: list[float] = []
        whole_s = seconds(lambda: took.extend(senders.map(send, bodies)))
    told = {"events": len(events), "s": whole_s, "events_per_s": len(events) / whole_s}
    return told | {"senders": SENDERS, "events_per_request": PER_REQUEST, "requests": spread_ms(took)}


def _taken(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.ACCEPTED:
        raise InternalError(f"the door answered {answer.status_code}: {answer.text[:200]}")


@contextmanager
def _opened(mapping: Mapping, pipeline: Pipeline, clock: Clock, folder: Path) -> Iterator[httpx.Client]:
    tokens, stop = TokenFile(folder / "bench_tokens.json"), threading.Event()
    _, token = tokens.make(mapping.name, clock.now())
    intake = Intake(lambda name, cloudevents: mapping, pipeline, clock, _BATCH_ROWS)
    door = DoorServer(EventsConfig(port=0), tokens, (mapping.name,), intake)
    running = threading.Thread(target=pipeline.run, args=(stop,))
    running.start()
    headers = {"Content-Type": _LINES, "Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=door.url, headers=headers, timeout=60, trust_env=False) as client:
            yield client
    finally:
        door.close()
        stop.set()
        running.join()
