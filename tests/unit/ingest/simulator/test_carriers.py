"""The senders' ends of the demo's transports: sent again until taken, dropped whole, offered until stored."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.sources.login import Login
from ingest.sources.poll_request import Requests
from ingest.sources.simulator.by_folder import FolderCarrier
from ingest.sources.simulator.by_poll import PollCarrier
from ingest.sources.simulator.by_push import PushCarrier
from tests.helpers.rows import NOW
from warehouse.clock import SettableClock
from warehouse.errors import SourceGoneError, SourceRefusedError

ROWS = [{"id": "a", "value": 1.5}, {"id": "b", "value": ""}]


def _until(held: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not held():
        assert time.monotonic() < end
        time.sleep(0.005)


@contextmanager
def door(*statuses: int) -> Iterator[tuple[str, list[tuple[str, list[Any]]]]]:
    """A door that answers with some statuses one after the other, the last one for ever; and what it was sent."""
    came: list[tuple[str, list[Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.headers["Authorization"], [json.loads(line) for line in body.splitlines()]))
            self.send_response(statuses[min(len(came), len(statuses)) - 1])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/events", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_is_pushed_is_sent_again_until_it_is_stored() -> None:
    with door(503, 429, 202) as (url, came), closing(PushCarrier(url, "secret")) as carrier:
        carrier.send(ROWS, [1, 2])
        _until(carrier.arrived)
    assert came == [("Bearer secret", ROWS)] * 3


def test_a_door_that_does_not_want_us_is_told_at_once() -> None:
    with door(401) as (url, came), closing(PushCarrier(url, "secret")) as carrier:
        carrier.send(ROWS, [1, 2])
        with pytest.raises(SourceRefusedError, match="answers 401"):
            _until(carrier.arrived)
    assert len(came) == 1


def test_a_closed_sender_stops_although_nobody_answers() -> None:
    with door(503) as (url, came):
        carrier = PushCarrier(url, "secret")
        carrier.send(ROWS, [1, 2])
        _until(lambda: bool(came))
        carrier.close()
        carrier.close()
        with pytest.raises(SourceGoneError):
            _until(carrier.arrived)


def test_a_file_is_dropped_whole_and_what_was_left_unfinished_goes(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "20261101T000000.000000Z.csv.part").write_text("id;val")
    carrier = FolderCarrier(tmp_path / "drop", ";")
    carrier.send(ROWS, [int(NOW.timestamp() * 1e6) - 1, int(NOW.timestamp() * 1e6) + 7])
    assert carrier.arrived()
    (path,) = (tmp_path / "drop").iterdir()
    assert path.name == f"{NOW:%Y%m%dT%H%M%S}.000007Z.csv"
    assert path.read_text() == "id;value\na;1.5\nb;\n"


def test_a_folder_that_is_away_is_said(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path / "drop", ",")
    (tmp_path / "drop").rmdir()
    with pytest.raises(SourceGoneError, match="cannot be dropped"):
        carrier.send(ROWS, [1, 2])


def test_rows_are_offered_by_arrival_until_the_position_after_them_is_stored() -> None:
    stored: dict[str, str] = {}
    clock = SettableClock(NOW)
    with closing(PollCarrier("buses", "readings", clock, lambda: stored)) as carrier:

        def get(after: int | None) -> list[Any]:
            parameters = {} if after is None else {carrier.settings.since_parameter: after}
            return httpx.get(carrier.settings.url, params=parameters).json()["readings"]

        assert get(None) == []
        rows = [{"id": number} for number in range(5_003)]
        arrivals = [*range(1, 5_000), 5_000, 5_000, 5_000, 5_001]
        carrier.send(rows, arrivals)
        assert [row["id"] for row in get(None)] == list(range(5_002)), "rows that came together stay together"
        assert get(4_999) == [{"id": number, "changed": 5_000} for number in (4_999, 5_000, 5_001)] + [
            {"id": 5_002, "changed": 5_001}
        ]
        assert get(5_001) == []
        assert not carrier.arrived()
        stored["poll"] = json.dumps({"since": 5_000})
        clock.advance(timedelta(seconds=1))
        assert not carrier.arrived()
        stored["poll"] = json.dumps({"since": 5_001})
        clock.advance(timedelta(seconds=1))
        assert carrier.arrived()
    carrier.close()


def test_no_proxy_has_a_part_in_what_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with door(202) as (url, came), closing(PushCarrier(url, "secret")) as carrier:
        carrier.send(ROWS, [1, 2])
        _until(carrier.arrived)
        assert len(came) == 1
    with closing(PollCarrier("buses", "readings", SettableClock(NOW), dict)) as offering:
        offering.send(ROWS, [1, 2])
        with closing(Requests(offering.settings, Login(SettableClock(NOW)))) as requests:
            assert b'"id":"a"' in requests.get(offering.settings.url, {}, NOW).body
