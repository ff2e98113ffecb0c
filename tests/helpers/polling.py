"""An API on a real port that answers as it is told, and a pipeline that polls it; also as a process that ends itself.

`python -m tests.helpers.polling FOLDER URL MOMENT NTH` polls until a poll has ended; the moment is one of
warehouse.writer.MOMENTS, or `never`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ingest.pipeline import Pipeline
from ingest.sources.poll_settings import read_poll
from ingest.sources.polled import PolledSource
from tests.helpers.ingesting import ending_at
from tests.helpers.rows import CASES, NOW, mapping
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock

PAGED = 'interval_s = 60\nnext_link = "next"\n'
ROWS = 'rows = "items"\n'


@dataclass
class Asked:
    """A request that came."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Reply:
    """What is answered.

    Attributes:
        body: JSON unless it is bytes.
        cut: so many bytes of the body are sent, then the connection is closed.
        pause_s: between the first byte and the others.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    pause_s: float = 0.0


class Api:
    """Answers with what `answer` says of a request."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.asked: list[Asked] = []
        self.answer = answer
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()})
                api.asked.append(asked)
                reply = api.answer(asked)
                body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                sent = body[: reply.cut]
                self.wfile.write(sent[:1])
                if reply.pause_s:
                    time.sleep(reply.pause_s)
                self.wfile.write(sent[1:])

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/rows"


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[Api]:
    """An API for the time of a test."""
    api = Api(answer)
    thread = threading.Thread(target=api.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield api
    finally:
        api.server.shutdown()
        thread.join()
        api.server.server_close()


@dataclass
class Polling:
    """A pipeline with one polled source."""

    source: PolledSource
    store: Store
    clock: SettableClock
    pipeline: Pipeline

    def until(self, held: Callable[[], bool], step_s: float = 0.0) -> None:
        """Run until something holds. Args: step_s: of the source's clock, per turn."""
        end = time.monotonic() + 30
        while not held():
            assert time.monotonic() < end, self.pipeline.troubles()
            self.clock.advance(timedelta(seconds=step_s))
            if not self.pipeline.run_once():
                time.sleep(0.002)

    def position(self) -> dict[str, Any]:
        """What is stored."""
        found = self.store.ask("source_positions", source="test")
        return json.loads(found[0]["position"]) if found else {}

    def cases(self) -> list[str]:
        """Case numbers of all stored events, repeats included."""
        with self.store.database.cursor() as cursor:
            return sorted(row[0].removeprefix("t:") for row in cursor.execute("select case_id from event").fetchall())


@contextmanager
def polling(
    folder: Path, url: str, text: str = PAGED, rows: str = ROWS + CASES, at: Callable[[str], None] = lambda moment: None
) -> Iterator[Polling]:
    """Poll an address.

    Args:
        folder: of the warehouse.
        url: the address.
        text: the other keys of the table `poll`.
        rows: the mapping.
        at: told of every moment of a commit.
    """
    made = mapping(rows)
    settings = read_poll("test", {"poll": tomllib.loads(text) | {"url": url}}, made, folder)
    clock = SettableClock(NOW)
    with open_store(folder, at) as store:
        store.clock.advance(NOW - store.clock.now())
        positions = {row["partition"]: row["position"] for row in store.ask("source_positions", source="test")}
        source = PolledSource(settings, made, clock, positions)
        pipeline = Pipeline((source,), store.writer, SilentListener(), clock)
        try:
            yield Polling(source, store, clock, pipeline)
        finally:
            pipeline.close()


def row(number: int) -> dict[str, Any]:
    """A row of the API."""
    return {"id": str(number), "opened": "2026-04-01", "updated": number}


def main() -> None:
    """Poll until one poll has ended."""
    folder, url, moment, nth = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    with polling(folder, url, at=ending_at(moment, nth)) as polled:
        polled.until(lambda: bool(polled.position()) and not polled.position()["link"])


if __name__ == "__main__":
    main()
