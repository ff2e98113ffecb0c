from __future__ import annotations

import contextlib
import inspect
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

from warehouse import errors
from warehouse.errors import (
    AccessError,
    CMError,
    ConfigError,
    DataError,
    EngineGoneError,
    InternalError,
    StorageBusyError,
)
from warehouse.flight_client import FlightClient
from warehouse.flight_server import FlightServer
from warehouse.principal import Principal
from warehouse.seam import KEY_FILE, KEY_HEADER, address, error_from_bytes, error_to_bytes
from warehouse.value import CHANGES_SCHEMA, METADATA_KEY, SNAPSHOT_SCHEMA

READER = Principal.state_reader()
CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CMError)]


class Publishing:
    """A publisher with one changed cell."""

    engine_id = "e1"

    def __init__(self) -> None:
        self.asked: list[tuple[int, float]] = []

    def catalogue(self) -> pa.Table:
        return pa.table({"code": ["a"]})

    def snapshot(self) -> pa.Table:
        rows = 250_000
        schema = SNAPSHOT_SCHEMA.with_metadata({METADATA_KEY: b'{"version": 3}'})
        numbers = pa.array([float("nan")] * rows)
        flags = pa.array([0] * rows, pa.uint8())
        return pa.table([numbers, numbers, numbers, flags, flags], schema=schema)

    def changes(self, since: int, wait_s: float) -> pa.Table:
        self.asked.append((since, wait_s))
        about = {METADATA_KEY: json.dumps({"version": 4, "reset": since < 0}).encode()}
        return CHANGES_SCHEMA.with_metadata(about).empty_table()


class Asked:
    """A reader that keeps what it was asked, and raises or waits when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Principal, dict[str, Any]]] = []
        self.error: BaseException | None = None
        self.go_on = threading.Event()
        self.go_on.set()

    def query(self, name: str, principal: Principal, **given: object) -> pa.Table:
        self.asked.append((name, principal, given))
        self.go_on.wait(20)
        if self.error is not None:
            raise self.error
        return pa.table({"n": [1, 2]})


def count_up(body: bytes) -> Iterator[bytes]:
    for number in range(json.loads(body).get("to", 2)):
        yield json.dumps({"number": number}).encode()


def fail_half_way(body: bytes) -> Iterator[bytes]:
    yield b'{"number": 0}'
    raise DataError("row 7 is not JSON")


class Engine:
    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.publisher, self.reader = Publishing(), Asked()
        self.server = FlightServer(
            "127.0.0.1",
            port,
            folder,
            publisher=self.publisher,
            reader=self.reader,
            actions={"count": count_up, "fail": fail_half_way, "ping": lambda body: iter([b'{"phase": "live"}'])},
            reference_tables={"areas": pa.table({"code": ["T"]})},
        )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    built = Engine(tmp_path)
    yield built
    built.reader.go_on.set()
    built.server.close()


@pytest.fixture
def client(engine: Engine) -> Iterator[FlightClient]:
    built = FlightClient("127.0.0.1", engine.server.port, engine.folder, timeout_s=20)
    yield built
    built.close()


def test_values_arrive_whole_with_what_is_said_of_them(engine: Engine, client: FlightClient) -> None:
    assert client.catalogue().to_pydict() == {"code": ["a"]}
    snapshot = client.snapshot()
    assert snapshot.num_rows == 250_000
    assert snapshot.schema.remove_metadata() == SNAPSHOT_SCHEMA
    assert json.loads(snapshot.schema.metadata[METADATA_KEY]) == {"version": 3}
    assert client.reference("areas").to_pydict() == {"code": ["T"]}
    changes = client.changes(3, "e1", wait_s=0.25)
    assert changes.num_rows == 0
    assert json.loads(changes.schema.metadata[METADATA_KEY])["version"] == 4
    assert engine.publisher.asked == [(3, 0.25)]


def test_versions_of_another_engine_mean_nothing(engine: Engine, client: FlightClient) -> None:
    changes = client.changes(3, "e0", wait_s=5)
    assert engine.publisher.asked == [(-1, 0.0)]
    assert json.loads(changes.schema.metadata[METADATA_KEY])["reset"] is True


def test_a_wait_has_an_end(engine: Engine, client: FlightClient) -> None:
    client.changes(3, "e1", wait_s=3600)
    assert engine.publisher.asked == [(3, 10.0)]


def test_queries_travel_with_principal_and_parameters(engine: Engine, client: FlightClient) -> None:
    collector = Principal("c", "collector", frozenset({"T-a", "T-b"}))
    at = datetime(2025, 4, 1, 5, 30, tzinfo=UTC)
    found = client.query(
        "case_list", collector, now=at, services=frozenset({"b", "a"}), area=None, day=date(2025, 4, 1)
    )
    assert found.to_pydict() == {"n": [1, 2]}
    given = {"now": "2025-04-01T05:30:00+00:00", "services": ["a", "b"], "day": "2025-04-01"}
    assert engine.reader.asked == [("case_list", collector, given)]


def test_actions_stream_their_answers(client: FlightClient) -> None:
    assert list(client.action("count", {"to": 3})) == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert list(client.action("ping", {})) == [{"phase": "live"}]
    answers = client.action("fail", {})
    assert next(answers) == {"number": 0}
    with pytest.raises(DataError, match="row 7 is not JSON"):
        next(answers)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_exception_arrives_as_its_own_class(engine: Engine, client: FlightClient, kind: type[CMError]) -> None:
    engine.reader.error = kind("T-b is not yours, മാന്യരേ")
    with pytest.raises(kind) as caught:
        client.query("x", READER)
    assert type(caught.value) is kind
    assert str(caught.value) == "T-b is not yours, മാന്യരേ"


def test_a_bug_arrives_as_a_bug_and_is_logged(
    engine: Engine, client: FlightClient, caplog: pytest.LogCaptureFixture
) -> None:
    engine.reader.error = KeyError("oops")
    with pytest.raises(InternalError, match="please report"):
        client.query("x", READER)
    assert "oops" in caplog.text


@pytest.mark.parametrize(
    ("ticket", "kind"),
    [
        (b"", DataError),
        (b"\xff\xfe", DataError),
        (b"[]", DataError),
        (b'{"table": "secrets"}', DataError),
        (b'{"table": "query", "name": 3}', DataError),
        (b'{"table": "query", "name": "x", "params": []}', DataError),
        (b'{"table": "query", "name": "x"}', AccessError),
        (b'{"table": "query", "name": "x", "principal": {"everywhere": true}}', AccessError),
        (b'{"table": "reference", "name": "../../etc"}', DataError),
        (b'{"table": "changes"}', DataError),
        (b'{"table": "changes", "since": 1, "wait_ms": -5}', DataError),
    ],
)
def test_a_strange_ticket_is_refused(engine: Engine, ticket: bytes, kind: type[CMError]) -> None:
    key = (engine.folder / KEY_FILE).read_bytes().strip()
    options = flight.FlightCallOptions(headers=[(KEY_HEADER.encode(), key)])
    with flight.connect(f"grpc://127.0.0.1:{engine.server.port}") as raw:
        with pytest.raises(flight.FlightServerError) as caught:
            raw.do_get(flight.Ticket(ticket), options)
        assert type(error_from_bytes(caught.value.extra_info)) is kind
        with pytest.raises(flight.FlightServerError) as caught:
            list(raw.do_action(flight.Action("format_disk", b""), options))
        assert type(error_from_bytes(caught.value.extra_info)) is DataError
    assert not engine.reader.asked


def test_a_principal_is_all_or_nothing() -> None:
    plain = READER.to_json()
    assert Principal.from_json(plain) == READER
    for wrong in (
        None,
        {},
        plain | {"more": 1},
        plain | {"everywhere": 1},
        plain | {"areas": "KL"},
        plain | {"user": 3},
    ):
        with pytest.raises(AccessError):
            Principal.from_json(wrong)


def test_a_slow_query_holds_up_nobody(engine: Engine, client: FlightClient) -> None:
    engine.reader.go_on.clear()
    slow = [threading.Thread(target=client.query, args=("slow", READER)) for _ in range(20)]
    for thread in slow:
        thread.start()
    while len(engine.reader.asked) < len(slow):
        time.sleep(0.01)
    client.changes(3, "e1", wait_s=0)
    assert list(client.action("ping", {}))
    assert all(thread.is_alive() for thread in slow)
    engine.reader.go_on.set()
    for thread in slow:
        thread.join(10)
        assert not thread.is_alive()


def test_a_call_that_takes_too_long_is_given_up(engine: Engine) -> None:
    engine.reader.go_on.clear()
    hasty = FlightClient("127.0.0.1", engine.server.port, engine.folder, timeout_s=0.3)
    with pytest.raises(EngineGoneError, match="in time"):
        hasty.query("slow", READER)
    engine.reader.go_on.set()
    hasty.close()


class Relay:
    """Stands between a client and an engine, and freezes the connection as a stopped process does.

    Attributes:
        port: where it listens.
        moving: cleared while nothing passes.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port, self.moving = to_port, threading.Event()
        self.moving.set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._ends = [self._door]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(("127.0.0.1", self._to_port))
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while told := one.recv(65_536):
                self.moving.wait()
                other.sendall(told)
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.moving.set()
        for one in self._ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.mark.timed
def test_who_watches_an_engine_does_not_wait_for_one_that_hangs(engine: Engine) -> None:
    relay = Relay(engine.server.port)
    client = FlightClient("127.0.0.1", relay.port, engine.folder, is_watching=True)
    assert answers(client)
    relay.moving.clear()
    start = time.monotonic()
    with pytest.raises(EngineGoneError):
        client.query("slow", READER)
    assert time.monotonic() - start < 15
    start = time.monotonic()
    with pytest.raises(EngineGoneError):
        client.query("slow", READER)
    assert time.monotonic() - start < 3
    relay.moving.set()
    wait_until(lambda: answers(client))
    client.close()
    relay.close()


def wait_until(done: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


def answers(client: FlightClient) -> bool:
    try:
        return client.catalogue().num_rows == 1
    except EngineGoneError:
        return False


@pytest.mark.timed
def test_the_client_outlives_the_engine(tmp_path: Path) -> None:
    first = Engine(tmp_path)
    port = first.server.port
    client = FlightClient("127.0.0.1", port, tmp_path, timeout_s=5)
    assert answers(client)
    first.server.close()
    start = time.monotonic()
    for _ in range(3):
        with pytest.raises(EngineGoneError):
            client.catalogue()
        with pytest.raises(EngineGoneError):
            list(client.action("ping", {}))
    assert time.monotonic() - start < 5
    second = Engine(tmp_path, port)
    try:
        wait_until(lambda: answers(client), 5)
    finally:
        client.close()
        second.server.close()


def test_a_closed_client_connects_again(engine: Engine, client: FlightClient) -> None:
    assert answers(client)
    client.close()
    assert answers(client)


@pytest.mark.timed
def test_nobody_listening_is_said_at_once(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    port = engine.server.port
    engine.server.close()
    client = FlightClient("127.0.0.1", port, tmp_path)
    start = time.monotonic()
    with pytest.raises(EngineGoneError, match="Connection refused") as told:
        client.snapshot()
    assert "debug context" not in str(told.value)
    assert time.monotonic() - start < 5
    client.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.org", "", "192.168.1.4", "::"])
def test_only_loopback(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="loopback"):
        address(host, 1)
    with pytest.raises(ConfigError):
        FlightClient(host, 1, tmp_path)


def test_loopback_of_both_kinds() -> None:
    assert address("127.0.0.1", 5) == "grpc://127.0.0.1:5"
    assert address("::1", 5) == "grpc://[::1]:5"


def test_what_is_no_error_of_ours_is_none() -> None:
    assert error_from_bytes(b"nonsense") is None
    assert error_from_bytes(b"[]") is None
    assert type(error_from_bytes(b'{"error": "SystemExit", "message": "x"}')) is InternalError
    assert type(error_from_bytes(error_to_bytes(StorageBusyError("x")))) is StorageBusyError


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    try:
        with pytest.raises(ConfigError, match=r"engine\.port"):
            Engine(tmp_path, engine.server.port)
    finally:
        engine.server.close()


def test_only_who_can_read_the_key_is_answered(engine: Engine, tmp_path: Path) -> None:
    key = engine.folder / KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.mkdir()
    client = FlightClient("127.0.0.1", engine.server.port, other)
    with pytest.raises(EngineGoneError, match=r"engine\.key"):
        client.catalogue()
    for told in ("", "forged", key.read_text()[:-2]):
        (other / KEY_FILE).write_text(told)
        for ask in (client.catalogue, lambda: list(client.action("count", {})), lambda: client.query("x", READER)):
            with pytest.raises(EngineGoneError, match="has another data folder than"):
                ask()
    (other / KEY_FILE).write_text(key.read_text())
    assert answers(client)
    client.close()
    assert engine.reader.asked == []
    plain = flight.FlightClient(f"grpc://127.0.0.1:{engine.server.port}")
    with pytest.raises(flight.FlightUnauthenticatedError):
        list(plain.list_actions())
    plain.close()


def test_an_engine_that_starts_again_has_the_same_key(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        Engine(tmp_path).server.close()
        keys.add((tmp_path / KEY_FILE).read_text())
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64
