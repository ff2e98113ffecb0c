"""Viewers: each holds one stream of /live open and notes when an update that was sent in is told there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from warehouse.stopwatch import spread_ms

_LARGEST: Final = 2**22
_MESSAGE_END: Final = b"\n\n"
_CONNECTING_AT_ONCE: Final = 50
#: Updates younger than that are left out, because they may still be told.
TOLD_WITHIN_S: Final = 4.0


@dataclass(slots=True)
class Update:
    """One commit that streams will tell of.

    Attributes:
        mark: what stands in the message that tells of it.
        committed_s: when its sender was told that it is committed, on the steady clock.
        seen_s: when each viewer was told.
    """

    mark: bytes
    committed_s: float
    seen_s: list[float] = field(default_factory=list)


class Viewers:
    """Many streams of some web processes."""

    def __init__(self) -> None:
        """Look at nothing yet."""
        self._updates: list[Update] = []
        self._opened = 0
        self._broken = 0
        self._messages = 0
        self._bytes = 0
        self._since_s = time.monotonic()

    def expect(self, area: str) -> None:
        """Wait for news of an area; call it when their commit has just been told."""
        self._updates.append(Update(b'"%s"' % area.encode(), time.monotonic()))

    def restart(self) -> None:
        """Forget what was counted; streams stay open."""
        self._messages = self._bytes = 0
        self._updates, self._since_s = [], time.monotonic()

    @asynccontextmanager
    async def watching(self, urls: Sequence[str], count: int) -> AsyncIterator[None]:
        """Hold streams open while the block lasts.

        Args:
            urls: of the web processes, which get viewers in turns.
            count: of viewers.
        """
        turn = asyncio.Semaphore(_CONNECTING_AT_ONCE)
        told = [asyncio.Event() for _ in range(count)]
        tasks = [
            asyncio.create_task(self._watch(urls[number % len(urls)], turn, heard)) for number, heard in enumerate(told)
        ]
        try:
            await asyncio.gather(*(heard.wait() for heard in told))
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def figures(self) -> dict[str, Any]:
        """What they saw: `commit_to_seen`, `fan_out` (after the first viewer), and the load of one stream."""
        now_s = time.monotonic()
        passed_s = now_s - self._since_s
        updates = [one for one in self._updates if now_s - one.committed_s > TOLD_WITHIN_S]
        seen = [one for one in updates if one.seen_s]
        streams = max(1, self._opened - self._broken)
        return {
            "open": self._opened - self._broken,
            "broken": self._broken,
            "updates": len(updates),
            "not_told": len(updates) * streams - sum(len(one.seen_s) for one in seen),
            "commit_to_seen": spread_ms([at - one.committed_s for one in seen for at in one.seen_s]),
            "fan_out": spread_ms([at - min(one.seen_s) for one in seen for at in one.seen_s]),
            "messages_per_s_each": self._messages / passed_s / streams,
            "bytes_per_s_each": self._bytes / passed_s / streams,
        }

    async def _watch(self, url: str, turn: asyncio.Semaphore, heard: asyncio.Event) -> None:
        """One viewer. A stream that breaks is counted and not opened again."""
        try:
            async with turn:
                reader, writer = await _opened(url)
                self._opened += 1
                await reader.readuntil(_MESSAGE_END)
            heard.set()
            try:
                await self._listen(reader)
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError):
            self._broken += 1
        finally:
            heard.set()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        updates, told = self._updates, 0
        while True:
            message = await reader.readuntil(_MESSAGE_END)
            now_s = time.monotonic()
            self._messages += 1
            self._bytes += len(message)
            if updates is not self._updates:
                updates, told = self._updates, 0
            for place in range(told, len(updates)):
                if updates[place].mark in message:
                    updates[place].seen_s.append(now_s)
                    told = place + 1


async def _opened(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream as a browser opens it, without what a whole HTTP client does for every piece of it."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=_LARGEST)
    writer.write(f"GET /live HTTP/1.1\r\nHost: {place.netloc}\r\nAccept: text/event-stream\r\n\r\n".encode())
    with suppress(asyncio.LimitOverrunError):
        await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        writer.close()
        raise ConnectionError(head.partition(b"\r\n")[0].decode(errors="replace"))
    return reader, writer
