"""One run of `bench serve`: viewers on streams and fresh events, first alone, then with readers who click."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from dashboard.bench.clicks import Clicks
from dashboard.bench.processes import Processes, Usage, resident_bytes
from dashboard.bench.streams import Viewers
from warehouse.clock import SystemClock
from warehouse.errors import CMError, EngineGoneError, InternalError

if TYPE_CHECKING:
    from warehouse.flight_client import FlightClient
    from warehouse.reference import Reference

#: Commits a second, each of which the streams tell of.
UPDATES_PER_S: Final = 2
_READY_S: Final = 300.0
_LOOK_S: Final = 0.2
#: For streams to come to rest.
_SETTLE_S: Final = 3.0
_BATCH: Final = "application/cloudevents-batch+json"


@dataclass(frozen=True, slots=True)
class Running:
    """The house that is measured.

    Attributes:
        urls: of the web processes.
        door: address of the HTTP door.
        token: with which events of the source may be sent.
        source: that events are sent as.
        processes: `engine`, `web 1` and so on.
    """

    urls: Sequence[str]
    door: str
    token: str
    source: str
    processes: Processes


@dataclass(frozen=True, slots=True)
class Load:
    """What is put on it.

    Attributes:
        viewers: streams held open.
        clicks_per_s: links followed, all readers together.
        events_per_s: events that come in.
        seconds: length of each of the two parts.
    """

    viewers: int
    clicks_per_s: float
    events_per_s: int
    seconds: float


async def until_live(client: FlightClient, running: Running) -> None:
    """Wait until the engine is live and every web process answers.

    Raises:
        EngineGoneError: one of them has ended, or that takes too long.
    """
    until_s = time.monotonic() + _READY_S
    async with httpx.AsyncClient(timeout=5, trust_env=False) as web:
        while not (
            await asyncio.to_thread(_is_live, client) and all([await _answers(web, url) for url in running.urls])
        ):
            running.processes.check()
            if time.monotonic() > until_s:
                raise EngineGoneError(f"engine and web did not become live in {_READY_S:.0f} s")
            await asyncio.sleep(_LOOK_S)


async def figures(running: Running, load: Load, reference: Reference) -> dict[str, Any]:
    """Measure a live house; see docs/bench.md for what each figure says.

    Args:
        running: the house.
        load: what is put on it.
        reference: gives places and a service for events.

    Raises:
        InternalError: the door refuses made-up events.
    """
    everybody = {**running.processes.ids, "bench": os.getpid()}
    webs = {name: pid for name, pid in running.processes.ids.items() if name.startswith("web")}
    before = {name: resident_bytes(pid) for name, pid in webs.items()}
    viewers = Viewers()
    async with viewers.watching(running.urls, load.viewers), _sending(running, load, reference, viewers):
        await asyncio.sleep(_SETTLE_S)
        streams = load.viewers / len(webs)
        each = {name: (resident_bytes(pid) - before[name]) / 1024 / streams for name, pid in webs.items()}
        viewers.restart()
        usage = Usage(everybody)
        await asyncio.sleep(load.seconds)
        alone = {"cpu_share": usage.shares(), "streams": viewers.figures()}
        clicks = await Clicks.recorded(running.urls[0])
        for url in running.urls:  # what is read for the first time is read now
            await clicks.one_reader(url)
        one_reader = await clicks.one_reader(running.urls[0])
        viewers.restart()
        usage = Usage(everybody)
        answered = await clicks.send(running.urls, load.clicks_per_s, load.seconds)
        used_s = sum(used for name, used in usage.seconds().items() if name in webs)
        answered |= {"web_cpu_ms_each": 1000 * used_s / answered["times"] if answered["times"] else None}
        clicked = {"cpu_share": usage.shares(), "streams": viewers.figures(), "callbacks": answered}
    return {"kib_per_stream": each, "streams_alone": alone, "one_reader": one_reader, "with_clicks": clicked}


@asynccontextmanager
async def _sending(running: Running, load: Load, reference: Reference, viewers: Viewers) -> AsyncIterator[None]:
    """Send events while the block lasts."""
    task = asyncio.create_task(_send(running, load, reference, viewers))
    try:
        yield
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _send(running: Running, load: Load, reference: Reference, viewers: Viewers) -> None:
    """Commit events of one place after another, so that viewers know which commit a message tells of."""
    places = [area.code for area in reference.by_level(reference.state.levels[-1].code)]
    service = next(one.code for one in reference.services.values() if one.level == reference.state.levels[-1].code)
    events = _events(running.source, service)
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": _BATCH}
    rows, due_s = max(1, load.events_per_s // UPDATES_PER_S), time.monotonic()
    async with httpx.AsyncClient(base_url=running.door, headers=headers, timeout=60, trust_env=False) as client:
        for place in itertools.cycle(places):
            batch = [event | {"data": event["data"] | {"area": place}} for event in itertools.islice(events, rows)]
            answer = await client.post("/events", json=batch)
            if answer.status_code != httpx.codes.ACCEPTED or answer.json()["accepted"] != rows:
                raise InternalError(f"the door answered {answer.status_code}: {answer.text[:200]}")
            viewers.expect(place)
            due_s = max(due_s + 1 / UPDATES_PER_S, time.monotonic())
            await asyncio.sleep(due_s - time.monotonic())


def _events(source: str, service: str) -> Iterator[dict[str, Any]]:
    """Cases opened now, without a place."""
    run, clock = secrets.token_hex(4), SystemClock()
    for number in itertools.count():
        name = f"bench-{run}-{number}"
        yield {
            "specversion": "1.0",
            "id": name,
            "source": source,
            "type": "cm.case.opened",
            "time": clock.now().isoformat(),
            "data": {"case_id": name, "service": service},
        }


def _is_live(client: FlightClient) -> bool:
    try:
        return any(answer.get("phase") == "live" for answer in client.action("ping", {}, timeout_s=5))
    except CMError:
        return False


async def _answers(web: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await web.get(f"{url}/api/view", params={"path": "/"})).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
