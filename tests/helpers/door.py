"""The HTTP door on a real port, with a real pipeline and warehouse behind it, in the test's own process.

`python -m tests.helpers.door FOLDER MOMENT NTH` opens one whose tokens are made already, prints its port, and ends
itself, as kill -9 does, at a moment of warehouse.writer.MOMENTS; with `never` it runs until its input ends.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ingest.cloudevent import cloudevent_mapping
from ingest.door.intake import Intake
from ingest.door.server import DoorServer
from ingest.pipeline import Pipeline
from ingest.rule import Mapping
from tests.helpers.ingesting import ending_at
from tests.helpers.rows import CASES, NOW, PSEUDONYMS, VOCABULARY, mapping
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.config import EventsConfig
from warehouse.errors import StorageBrokenError
from warehouse.token_file import TokenFile

EVENT = "application/cloudevents+json"
EVENTS = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
#: `native` declares no mapping, `rows` has one.
SOURCES = ("native", "rows")


@dataclass
class OpenDoor:
    """A door that is open.

    Attributes:
        client: sends with the token of source `native`.
        tokens: the tokens by source.
        pipeline: takes what is sent; runs unless the test said otherwise.
    """

    client: httpx.Client
    tokens: dict[str, str]
    file: TokenFile
    store: Store
    pipeline: Pipeline
    server: DoorServer

    def post(self, content: bytes | str, kind: str = EVENT, source: str = "native", **headers: str) -> httpx.Response:
        """Send a body as a source."""
        told = {"Content-Type": kind, "Authorization": f"Bearer {self.tokens[source]}", **headers}
        return self.client.post("/events", content=content, headers=told)


def event(number: int | str, source: str = "native", **data: Any) -> dict[str, Any]:
    """A case opened; with other data when told so."""
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": source,
        "type": "cm.case.opened",
        "time": "2026-10-01T10:00:00+05:30",
        "data": {"case_id": f"C/{number}", "service": "birth", "area": "KL-palakkad", **data},
    }


def mapping_of(name: str, cloudevents: bool) -> Mapping:
    """The mappings of SOURCES."""
    return cloudevent_mapping(name, VOCABULARY, PSEUDONYMS) if cloudevents or name == "native" else mapping(CASES, name)


@contextmanager
def open_door(
    folder: Path,
    *,
    running: bool = True,
    writer: Any = None,
    at: Callable[[str], None] = lambda moment: None,
    **limits: Any,
) -> Iterator[OpenDoor]:
    """Open a door.

    Args:
        folder: of warehouse and tokens; tokens that are there already stay good.
        running: whether the pipeline takes what is sent.
        writer: instead of the warehouse's.
        at: told of every moment of a commit.
        limits: settings of the door.
    """
    file = TokenFile(folder / "tokens.json")
    tokens = {} if file.tokens() else {name: file.make(name, NOW)[1] for name in SOURCES}
    stop = threading.Event()
    with open_store(folder, at) as store:
        store.clock.advance(NOW - store.clock.now())
        pipeline = Pipeline((), writer or store.writer, SilentListener(), store.clock, idle_s=0.01)
        intake = Intake(mapping_of, pipeline, store.clock, 1000)
        server = DoorServer(EventsConfig(port=0, **limits), file, SOURCES, intake)
        thread = threading.Thread(target=_run, args=(pipeline, stop))
        if running:
            thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client:
                yield OpenDoor(client, tokens, file, store, pipeline, server)
        finally:
            stop.set()
            if running:
                thread.join()
            server.close()


def _run(pipeline: Pipeline, stop: threading.Event) -> None:
    try:
        pipeline.run(stop)
    except StorageBrokenError:
        """As in the engine: the loop ends, its sources are closed."""


def main() -> None:
    """Serve until the process ends or is told to."""
    folder, moment, nth = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open_door(folder, at=ending_at(moment, nth)) as door:
        sys.stdout.write(f"{door.server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
