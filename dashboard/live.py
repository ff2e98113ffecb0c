"""Live push: one server-sent stream per browser, the same bytes to all of them.

GET /live                       event `pulse`, at least once a second: version, server time, engine, sources, touched
GET /live/wall/<wall>           event `beat` once a second, event `frame` when what the wall shows changed (JSON)
GET /live/wall/<wall>/<scene>   the same for one scene that stays

Invariants: a slow browser skips to the newest message and never holds memory (a pulse says which version it follows,
so a gap is seen); a scene is computed once however many browsers show it, and not at all when nobody does; beats of a
wall that could not be drawn say since when, so that its screens never take an old picture for a live one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
from fastapi import Request, Response
from starlette.responses import StreamingResponse

from dashboard import format as form
from dashboard.freshness import LOST_AFTER_S
from dashboard.views.wall import Wall
from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_player import player, tile_number
from dashboard.wall_choice import scene_names
from dashboard.wall_door import may_watch
from warehouse.errors import CMError, ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from dashboard.copy import Touched
    from dashboard.services import Services

_LOG = logging.getLogger(__name__)
_BEAT_S: Final = 1.0
#: Pulses and frames come no faster than this, however fast the engine publishes.
_PULSE_GAP_S: Final = 0.25
_FRAME_GAP_S: Final = 0.4
#: A scene that nobody watched for so long is no longer computed.
_IDLE_S: Final = 20.0
_MOST_INDICATORS_LISTED: Final = 100
_STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(slots=True)
class Channel:
    """The newest message and those who wait for the next."""

    latest: bytes = b""
    number: int = 0
    readers: int = 0
    _next: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, message: bytes) -> None:
        """Replace the newest message and wake all readers."""
        self.latest, self.number = message, self.number + 1
        self.wake()

    async def messages(self, seen: int = 0) -> AsyncIterator[bytes]:
        """The newest message and every later one that is still the newest when the reader is ready for it.

        Args:
            seen: number of the message that the reader has already.
        """
        self.readers += 1
        try:
            while True:
                if seen == self.number:
                    await self.woken()
                seen = self.number
                yield self.latest
        finally:
            self.readers -= 1

    def wake(self) -> None:
        """Let all readers look again."""
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()

    async def woken(self) -> None:
        """Wait for the next message or wake."""
        await self._next.wait()


class Live:
    """All streams of one process; made by create_app, running inside the app's lifespan."""

    def __init__(self, services: Services, build: str) -> None:
        """Make it; nothing runs yet.

        Args:
            services: where values come from.
            build: identity of the files that browsers hold.
        """
        self._services, self.build = services, build
        self._pulse = Channel()
        self._beat = Channel()
        self._walls: dict[tuple[str, str, str, int], WallStream] = {}
        self._changed = asyncio.Event()
        self._touched: list[Touched] = []
        self._told_version = -1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the value copy while the block lasts."""
        loop = asyncio.get_running_loop()
        end = self._services.values.subscribe(lambda touched: _call_soon(loop, self._note, touched))
        tasks = [asyncio.create_task(self._send_pulses()), asyncio.create_task(self._send_beats())]
        try:
            yield
        finally:
            end()
            for task in (*tasks, *(stream.task for stream in self._walls.values())):
                task.cancel()

    async def pulses(self) -> AsyncIterator[bytes]:
        """Messages of GET /live."""
        async for message in self._pulse.messages():
            yield message

    async def frames(
        self, wall: str, scene: str, lang: str, tile: int = 0, may_watch: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[bytes]:
        """Messages of GET /live/wall/…: beats and, whenever it changed, the scene; `refused` is the last one.

        Args:
            wall: a name of [wall.<name>].
            scene: the scene that stays; "" = the wall's scenes in turn.
            lang: working language.
            tile: which of four players it is; 0 = the whole wall.
            may_watch: asked before every message.
        """
        stream = self._stream(wall, scene, lang, tile)
        frames = stream.channel
        seen, heard = frames.number, self._beat.number
        frames.readers += 1
        try:
            yield _event("beat", self._beat_message(stream.stands_s())) + frames.latest
            while True:
                await frames.woken()
                if not may_watch():
                    yield _event("refused", {})
                    return
                message = self._beat_of(stream) if heard != self._beat.number else b""
                message += frames.latest if seen != frames.number else b""
                seen, heard = frames.number, self._beat.number
                yield message
        finally:
            frames.readers -= 1

    def _stream(self, wall: str, scene: str, lang: str, tile: int) -> WallStream:
        key = (wall, scene, lang, tile)
        stream = self._walls.get(key)
        if stream is None or (stream.task.done() and not stream.channel.readers):
            stream = WallStream(Wall(self._services, wall, lang, scene, tile))
            self._walls[key] = stream
        return stream

    def _note(self, touched: Touched) -> None:
        self._touched.append(touched)
        self._changed.set()
        for stream in self._walls.values():
            stream.changed.set()

    async def _send_pulses(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _BEAT_S)
            self._changed.clear()
            touched, self._touched = self._touched, []
            self._pulse.publish(_event("pulse", self._pulse_message(touched)))
            await asyncio.sleep(_PULSE_GAP_S)

    async def _send_beats(self) -> None:
        while True:
            self._beat.publish(_event("beat", self._beat_message()))
            for stream in self._walls.values():
                stream.go_on()
                stream.channel.wake()
            await asyncio.sleep(_BEAT_S)

    def _beat_of(self, stream: WallStream) -> bytes:
        """The newest beat; one of its own for a wall that stands."""
        stands_s = stream.stands_s()
        return _event("beat", self._beat_message(stands_s)) if stands_s else self._beat.latest

    def _beat_message(self, stands_s: float = 0.0) -> dict[str, Any]:
        """What a beat says. Args: stands_s: for so long nothing was drawn, whatever the engine answered."""
        values, now = self._services.values, self._services.values.now()
        held = min(values.last_at, now - timedelta(seconds=stands_s)) if values.last_at else None
        return {
            "now_ms": form.millis(now),
            "engine": {
                "age_s": round(max(values.contact_age_s(), stands_s), 1),
                "last_at_ms": form.millis(held),
                "phase": values.status.phase if values.loaded else "waiting",
                "progress": values.status.progress,
            },
            "build": self.build,
        }

    def _pulse_message(self, touched: list[Touched]) -> dict[str, Any]:
        values = self._services.values
        previous, self._told_version = self._told_version, values.version
        return self._beat_message() | {
            "version": values.version,
            "previous": previous,
            "behind": values.behind(),
            "touched": {
                "areas": _union([one.areas for one in touched]),
                "indicators": _short(_union([one.indicators for one in touched])),
            },
            "sources": [
                {
                    "name": one.name,
                    "title": one.title,
                    "title_local": one.title_local,
                    "last_event_at_ms": form.millis(one.last_event_at),
                }
                for one in values.status.sources
            ],
        }


class Watched(Protocol):
    """What a stream shows: a wall."""

    def build(self) -> object:
        """The view model of this moment, ready for JSON; called in a thread, never twice at once.

        Raises:
            EngineGoneError: the engine does not answer and nothing was ever known.
        """
        ...

    def holds_s(self) -> float:
        """Seconds after which it changes by itself."""
        ...


class WallStream:
    """The frames of one wall in one language, computed while somebody watches."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._failed = ""
        self._built_s = time.monotonic()
        self.channel = Channel()
        self.changed = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    def stands_s(self) -> float:
        """Seconds since it was last built, once these are too many for what it shows to be live; 0 before."""
        stands_s = time.monotonic() - self._built_s
        return stands_s if stands_s > LOST_AFTER_S else 0.0

    def go_on(self) -> None:
        """Build again where an error ended it although somebody watches."""
        if not self.channel.readers or not self.task.done():
            return
        error = None if self.task.cancelled() else self.task.exception()
        if repr(error) != self._failed:  # it may come every second
            _LOG.error("a wall was not drawn any more; it is drawn again", exc_info=error)
            self._failed = repr(error)
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        idle_s = 0.0
        while self.channel.readers or idle_s < _IDLE_S:
            idle_s = 0.0 if self.channel.readers else idle_s + _BEAT_S
            self.changed.clear()
            holds_s = await self._build()
            gap_s = min(_FRAME_GAP_S, holds_s)
            await asyncio.sleep(gap_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), min(_BEAT_S, holds_s) - gap_s)

    async def _build(self) -> float:
        """Publish what changed. Returns: seconds until it is built again whatever happens."""
        try:
            frame = _event("frame", await asyncio.to_thread(self._watched.build))
            holds_s = self._watched.holds_s()
        except CMError as error:
            _LOG.warning("wall frame not built: %s", error)
            return _BEAT_S
        self._failed, self._built_s = "", time.monotonic()
        if frame != self.channel.latest:
            self.channel.publish(frame)
        return holds_s


def add_live_routes(server: FastAPI) -> None:
    """Serve the streams on a server whose `state.live` is a Live.

    Args:
        server: the app's FastAPI server, before any catch-all route is added.
    """
    server.add_api_route("/live", _live, methods=["GET"], include_in_schema=False)
    server.add_api_route("/live/wall/{wall}", _live_wall, methods=["GET"], include_in_schema=False)
    server.add_api_route("/live/wall/{wall}/{scene}", _live_wall, methods=["GET"], include_in_schema=False)


async def _live(request: Request) -> Response:
    live: Live = request.app.state.live
    return StreamingResponse(live.pulses(), media_type="text/event-stream", headers=_STREAM_HEADERS)


async def _live_wall(request: Request, wall: str, scene: str = "", lang: str = "", tile: str = "") -> Response:
    services: Services = request.app.state.services
    setup, number = services.config.walls.get(wall), tile_number(tile)
    if setup is None or number is None or (scene and scene not in scene_names(services.config.state.reference)):
        return Response(orjson.dumps({"error": "path"}), status_code=404, media_type="application/json")
    chosen = lang if lang in services.languages else setup.lang
    live: Live = request.app.state.live
    try:
        wall_layout(wall, player(setup, number))
    except ConfigError as error:
        return Response(orjson.dumps({"error": str(error)}), status_code=404, media_type="application/json")
    frames = live.frames(wall, scene, chosen, number, lambda: may_watch(request))
    return StreamingResponse(frames, media_type="text/event-stream", headers=_STREAM_HEADERS)


def _event(kind: str, message: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(message))


def _union(sets: list[frozenset[str] | None]) -> list[str] | None:
    if any(one is None for one in sets):
        return None
    return sorted({code for one in sets if one is not None for code in one})


def _short(codes: list[str] | None) -> list[str] | None:
    return None if codes is None or len(codes) > _MOST_INDICATORS_LISTED else codes


def _call_soon(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *given: object) -> None:
    with suppress(RuntimeError):  # the loop has closed while the copy's thread was still at work
        loop.call_soon_threadsafe(function, *given)
