"""Events sent over HTTP to a door of the benchmark's own: many in a request, and one in a request.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingest.bench.sender import send_requests, sending_process
from ingest.door.intake import Intake
from ingest.door.server import DoorServer
from ingest.pipeline import Pipeline
from warehouse.config import EventsConfig
from warehouse.stopwatch import spread_ms
from warehouse.token_file import TokenFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ingest.bench.latency import Observed
    from ingest.rule import Mapping
    from warehouse.clock import Clock

#: Events in a request, and the senders of such requests.
BATCHED: Final = (1_000, 4)
#: Senders of requests of one event: a lone one, and so many that a commit takes many of them.
SINGLE: Final = (1, 64)
#: Requests a second at a steady rate.
REQUESTS_PER_S: Final = 50
#: Most requests of one event by each sender.
_SINGLE_REQUESTS: Final = 50
_BATCH_ROWS: Final = 70_000


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """A door that takes events of one source. Attributes: port: on this machine; token: lets them in."""

    port: int
    token: str


def over_http(
    events: Sequence[bytes], mapping: Mapping, pipeline: Pipeline, clock: Clock, folder: Path
) -> dict[str, Any]:
    """Send events and wait for their receipts.

    Args:
        events: CloudEvents as JSON, of the mapping's source.
        mapping: of CloudEvents.
        pipeline: runs meanwhile.
        clock: says when they were received.
        folder: for the token.

    Returns:
        For requests of many and of one: events, s, cpu_s of this process, which does not send, events_per_s,
        events_per_cpu_s, and `requests`: how long they took until they were committed.

    Raises:
        InternalError: the door did not take them.
    """
    counts = {senders: min(len(events) // 4, senders * _SINGLE_REQUESTS) for senders in SINGLE}
    loads = [
        (*BATCHED, len(events) - sum(counts.values())),
        *((1, senders, count) for senders, count in counts.items()),
    ]
    found: dict[str, Any] = {}
    left = iter(events)
    with opened_door(mapping, pipeline, clock, folder) as door, sending_process() as sender:
        for size, senders, count in loads:
            bodies = in_bodies(list(itertools.islice(left, count)), size)
            cpu_s = time.process_time()
            requests = sender.submit(send_requests, door.port, door.token, bodies, senders).result()
            cpu_s = time.process_time() - cpu_s
            s = max(one.answered_s for one in requests) - min(one.sent_s for one in requests)
            found[f"{size:,} a request, {senders} {'senders' if senders > 1 else 'sender'}"] = {
                "events": count,
                "s": s,
                "cpu_s": cpu_s,
                "events_per_s": count / s,
                "events_per_cpu_s": count / cpu_s,
                "requests": spread_ms([one.answered_s - one.sent_s for one in requests]),
            }
    return found


def steady_http(
    folder: Path, events: Sequence[bytes], mapping: Mapping, observed: Observed, per_s: int
) -> list[tuple[float, float]]:
    """Send events at a steady rate in requests of what a fiftieth of a second brings, until all values are current.

    Args:
        folder: for the token.
        events: CloudEvents as JSON, of the mapping's source.
        mapping: of CloudEvents.
        observed: publishes.
        per_s: events a second.

    Returns:
        When each event's request was to be sent and when it was sent, on the steady clock.

    Raises:
        InternalError: the door did not take them.
        SourceGoneError: they were not committed.
    """
    house, size = observed.house, max(1, per_s // REQUESTS_PER_S)
    pipeline = Pipeline((), house.writer, observed, house.clock)
    with opened_door(mapping, pipeline, house.clock, folder) as door, sending_process() as sender:
        asked = (door.port, door.token, in_bodies(events, size), max(SINGLE), size / per_s)
        requests = sender.submit(send_requests, *asked).result()
        observed.wait_for(len(events))
    return [(one.due_s, one.sent_s) for one in requests for _ in range(size)][: len(events)]


def in_bodies(events: Sequence[bytes], size: int) -> list[bytes]:
    """Bodies of requests with so many events each, the last one with what is left."""
    return [b"\n".join(events[start : start + size]) for start in range(0, len(events), size)]


@contextmanager
def opened_door(mapping: Mapping, pipeline: Pipeline, clock: Clock, folder: Path) -> Iterator[OpenDoor]:
    """A door with a running pipeline behind it while the block lasts; the pipeline's sources are closed with it.

    Args:
        mapping: of CloudEvents; its source may send.
        pipeline: to be run.
        clock: says when events were received.
        folder: for the token.
    """
    tokens = TokenFile(folder / "bench_tokens.json")
    _, token = tokens.make(mapping.name, clock.now())
    intake = Intake(lambda name, cloudevents: mapping, pipeline, clock, _BATCH_ROWS)
    door = DoorServer(EventsConfig(port=0), tokens, (mapping.name,), intake)
    try:
        with running(pipeline):
            yield OpenDoor(door.port, token)
    finally:
        door.close()


@contextmanager
def running(pipeline: Pipeline) -> Iterator[None]:
    """Run a pipeline on a thread of its own while the block lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=pipeline.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
