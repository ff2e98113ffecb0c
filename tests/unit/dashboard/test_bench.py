from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dashboard.bench import streams
from dashboard.bench.clicks import browser_body
from dashboard.bench.streams import Viewers

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(*areas: str) -> bytes:
    text = b'event: pulse\ndata: {"areas":[%s]}\n\n' % b",".join(b'"%s"' % area.encode() for area in areas)
    return b"%x\r\n%s\r\n" % (len(text), text)


async def with_streams(count: int, work: Callable[[Viewers, list[asyncio.StreamWriter]], Awaitable[Any]]) -> Any:
    """Viewers on a server that says what the test wants it to say. Args: work: gets one writer per viewer."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writers.append(writer)
        writer.write(HEAD + chunk("first"))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    viewers = Viewers()
    async with viewers.watching([url], count):
        result = await work(viewers, writers)
    for writer in writers:
        writer.close()
    server.close()
    return result


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "TOLD_WITHIN_S", -1.0)


def test_every_viewer_that_is_told_of_a_commit_counts_once() -> None:
    async def work(viewers: Viewers, writers: list[asyncio.StreamWriter]) -> dict[str, Any]:
        viewers.restart()
        viewers.expect("KL-a")
        viewers.expect("KL-b")
        viewers.expect("KL-c")
        for writer in writers:
            writer.write(chunk("KL", "KL-a", "KL-b"))  # two commits in one message
        writers[0].write(chunk("KL", "KL-a") + chunk("KL", "KL-c"))  # the first again; the third only to one viewer
        await until(lambda: viewers.figures()["commit_to_seen"]["times"] == 7)
        return viewers.figures()

    found = asyncio.run(with_streams(3, work))
    assert (found["open"], found["broken"], found["updates"], found["not_told"]) == (3, 0, 3, 2)
    assert 0 <= found["fan_out"]["p50_ms"] <= found["commit_to_seen"]["max_ms"]
    assert found["bytes_per_s_each"] > 0


def test_a_stream_that_ends_is_counted_as_broken() -> None:
    async def work(viewers: Viewers, writers: list[asyncio.StreamWriter]) -> dict[str, Any]:
        writers[1].close()
        await until(lambda: viewers.figures()["broken"] == 1)
        return viewers.figures()

    assert asyncio.run(with_streams(2, work))["open"] == 1


def test_a_click_is_what_a_browser_posts_for_the_callback() -> None:
    callback = {
        "output": "..content.children...store.data..",
        "inputs": [{"id": "url", "property": "pathname"}, {"id": "url", "property": "search"}],
        "state": [{"id": "url", "property": "href"}],
    }
    assert browser_body(callback, "http://h:1", "/district/x?lang=ml") == {
        "output": "..content.children...store.data..",
        "outputs": [{"id": "content", "property": "children"}, {"id": "store", "property": "data"}],
        "inputs": [
            {"id": "url", "property": "pathname", "value": "/district/x"},
            {"id": "url", "property": "search", "value": "?lang=ml"},
        ],
        "state": [{"id": "url", "property": "href", "value": "http://h:1/district/x?lang=ml"}],
        "changedPropIds": ["url.pathname", "url.search"],
    }
