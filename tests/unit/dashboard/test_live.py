"""Live push: newest first for slow readers, one computation for all, nothing for nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson
import pytest

from dashboard import live as module
from dashboard.format import millis
from dashboard.live import Channel, Live, WallStream
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import EngineGoneError

AT = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)


async def take(messages: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(messages), 5)


def read(message: bytes) -> dict[str, dict[str, object]]:
    """Events of a message by kind, the last of each."""
    found = {}
    for block in message.decode().strip().split("\n\n"):
        kind, data = block.split("\n")
        found[kind.removeprefix("event: ")] = orjson.loads(data.removeprefix("data: "))
    return found


def test_slow_reader_skips_to_the_newest_message() -> None:
    async def story() -> None:
        channel = Channel()
        channel.publish(b"1")
        messages = channel.messages()
        assert await take(messages) == b"1"
        channel.publish(b"2")
        channel.publish(b"3")
        assert await take(messages) == b"3"
        waiting = asyncio.create_task(take(messages))
        await asyncio.sleep(0)
        channel.publish(b"4")
        assert await waiting == b"4"

    asyncio.run(story())


def test_reader_that_left_is_not_counted() -> None:
    async def story() -> None:
        channel = Channel()
        channel.publish(b"1")
        messages = channel.messages()
        await take(messages)
        assert channel.readers == 1
        await messages.aclose()
        assert channel.readers == 0

    asyncio.run(story())


class Counting:
    """A scene that counts how often it was built."""

    def __init__(self, fail: bool = False) -> None:
        self.built, self.fail = 0, fail

    def build(self) -> dict[str, int]:
        self.built += 1
        if self.fail:
            raise EngineGoneError("away")
        return {"built": self.built // 3}

    def holds_s(self) -> float:
        return float("inf")


def test_scene_is_published_only_when_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FRAME_GAP_S", 0.01)
    monkeypatch.setattr(module, "_BEAT_S", 0.02)

    async def story() -> None:
        scene = Counting()
        stream = WallStream(scene)
        stream.channel.readers = 1
        while scene.built < 9:
            await asyncio.sleep(0.01)
        stream.task.cancel()
        assert stream.channel.number <= scene.built // 3 + 1

    asyncio.run(story())


def test_scene_that_nobody_watches_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_FRAME_GAP_S", 0.005), ("_BEAT_S", 0.01), ("_IDLE_S", 0.05)):
        monkeypatch.setattr(module, name, value)

    async def story() -> None:
        stream = WallStream(Counting())
        await asyncio.wait_for(stream.task, 5)

    asyncio.run(story())


def test_scene_that_cannot_be_built_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FRAME_GAP_S", 0.005)
    monkeypatch.setattr(module, "_BEAT_S", 0.01)

    async def story() -> None:
        scene = Counting(fail=True)
        stream = WallStream(scene)
        stream.channel.readers = 1
        while scene.built < 3:
            await asyncio.sleep(0.01)
        scene.fail = False
        while not stream.channel.number:
            await asyncio.sleep(0.01)
        stream.task.cancel()

    asyncio.run(story())


def test_screen_that_comes_in_the_last_turn_of_an_idle_scene_is_shown_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_FRAME_GAP_S", 0.005), ("_BEAT_S", 0.01), ("_IDLE_S", 0.01)):
        monkeypatch.setattr(module, name, value)

    class Waiting(Counting):
        is_let, is_asked = threading.Event(), threading.Event()

        def build(self) -> dict[str, int]:
            self.is_asked.set()
            self.is_let.wait(5)
            return super().build()

    async def story() -> None:
        scene = Waiting()
        stream = WallStream(scene)
        while not scene.is_asked.is_set():  # the only turn: nobody watches
            await asyncio.sleep(0.001)
        stream.channel.readers = 1
        scene.is_let.set()
        await asyncio.wait_for(built(scene, 3), 5)
        stream.task.cancel()

    asyncio.run(story())


async def built(scene: Counting, times: int) -> None:
    while scene.built < times:
        await asyncio.sleep(0.001)


def test_scene_that_fails_unexpectedly_is_said_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_FRAME_GAP_S", 0.005)
    monkeypatch.setattr(module, "_BEAT_S", 0.01)

    class Broken(Counting):
        def build(self) -> dict[str, int]:
            self.built += 1
            if self.built < 4:
                raise KeyError("an indicator of another catalogue")
            return {}

    async def story() -> None:
        scene = Broken()
        stream = WallStream(scene)
        stream.channel.readers = 1

        async def beats() -> None:
            while True:
                stream.go_on()
                await asyncio.sleep(0.01)

        beating = asyncio.create_task(beats())
        await asyncio.wait_for(built(scene, 5), 5)
        assert stream.channel.number == 1
        beating.cancel()
        stream.task.cancel()

    asyncio.run(story())
    (said,) = caplog.records
    assert said.levelname == "ERROR"
    assert "another catalogue" in (said.exc_text or "")


def test_wall_whose_task_ended_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BEAT_S", 0.01)
    services = services_over(FakeEngine(clock=SettableClock(AT), scale=0.2))

    async def story() -> None:
        live = Live(services, "build")
        async with live.running():
            frames = live.frames("hd", "now", "en")
            await until_frame(frames)
            (stream,) = live._walls.values()
            ended = stream.task
            ended.cancel()
            async with asyncio.timeout(5):
                while not ended.done() or stream.task is ended:
                    await take(frames)
            assert not stream.task.done()

    asyncio.run(story())


def test_beats_of_a_wall_that_is_not_drawn_say_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BEAT_S", 0.01)
    monkeypatch.setattr(module, "LOST_AFTER_S", 0.2)
    monkeypatch.setattr(module, "Wall", lambda *_: Counting(fail=True))
    services = services_over(FakeEngine(clock=SettableClock(AT), scale=0.2))

    async def story() -> None:
        live = Live(services, "build")
        async with live.running():
            frames = live.frames("hd", "now", "en")
            first = read(await take(frames))["beat"]["engine"]
            assert (first["age_s"], first["last_at_ms"]) == (0.0, millis(AT))
            async with asyncio.timeout(5):
                while (told := read(await take(frames)).get("beat", {}).get("engine", first))["age_s"] == 0.0:
                    pass
            assert told["age_s"] >= 0.2
            assert told["last_at_ms"] <= millis(AT) - 200
            late = read(await take(live.frames("hd", "now", "en")))["beat"]["engine"]
            assert late["age_s"] >= 0.2, "who comes now is told so as well"

    asyncio.run(story())


def test_pulse_says_what_was_touched_and_which_version_it_follows() -> None:
    engine = FakeEngine(clock=SettableClock(AT), scale=0.2)
    services = services_over(engine)

    async def story() -> None:
        live = Live(services, "build")
        async with live.running():
            pulses = live.pulses()
            first = read(await take(pulses))["pulse"]
            assert first["version"] == services.values.version
            assert first["build"] == "build"
            assert first["engine"]["last_at_ms"] == millis(AT)
            assert {one["name"] for one in first["sources"]} == set(engine.sources)
            body = engine.reference.by_level("body")[0].code
            engine.change("open", "birth_registration", body, 1)
            services.values.refresh()
            told = read(await take(pulses))["pulse"]
            assert told["previous"] == first["version"]
            assert told["version"] == engine.version
            assert {"KL", body} <= set(told["touched"]["areas"])
            assert "gov_open" in told["touched"]["indicators"]

    asyncio.run(story())


def test_all_watchers_of_a_wall_share_one_scene() -> None:
    services = services_over(FakeEngine(clock=SettableClock(AT), scale=0.2))

    async def story() -> None:
        live = Live(services, "build")
        async with live.running():
            one, two = live.frames("hd", "now", "en"), live.frames("hd", "now", "en")
            assert "beat" in read(await take(one))
            await take(two)
            frames = [read(message)["frame"] for message in [await until_frame(one), await until_frame(two)]]
            assert frames[0] == frames[1]
            assert len(live._walls) == 1
            late = live.frames("hd", "now", "en")
            assert read(await take(late))["frame"] == frames[0], "who comes later gets the newest frame at once"

    asyncio.run(story())


async def until_frame(messages: AsyncIterator[bytes]) -> bytes:
    while True:
        message = await take(messages)
        if b"event: frame" in message:
            return message
