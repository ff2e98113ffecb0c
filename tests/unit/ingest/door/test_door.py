"""Requests of every kind against a door on a real port: what is taken, what is refused, and what is said."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.openapi.models import OpenAPI

from tests.helpers.door import EVENT, EVENTS, LINES, OpenDoor, event, open_door
from warehouse.batch import Batch, BatchListener, CommitResult
from warehouse.errors import InternalError, StorageBrokenError


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDoor]:
    with open_door(tmp_path_factory.mktemp("door"), body_limit_kb=64) as made:
        yield made


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["received"] == told["accepted"] + told["duplicates"] + told["rejected"]
    assert len(told["reasons"]) == told["rejected"]
    return told["received"], told["accepted"], told["duplicates"], told["rejected"]


def test_one_event_is_taken_once_however_often_it_is_sent(door: OpenDoor) -> None:
    body = json.dumps(event("once"))
    assert counts(door.post(body)) == (1, 1, 0, 0)
    assert counts(door.post(body)) == (1, 0, 1, 0)


def test_an_event_may_come_with_its_attributes_in_headers(door: OpenDoor) -> None:
    plain = event("binary")
    headers = {f"ce-{name}": plain[name] for name in ("specversion", "id", "source", "type", "time")}
    assert counts(door.post(json.dumps(plain["data"]), "application/json", **headers)) == (1, 1, 0, 0)
    assert counts(door.post(json.dumps(plain))) == (1, 0, 1, 0), "both modes say the same"
    told = door.post("{}", "application/json", **headers | {"ce-id": "a%20b"}).json()
    assert told["reasons"][0]["reason"] == "missing"
    nameless = {name: value for name, value in headers.items() if name != "ce-id"}
    told = door.post(json.dumps(plain["data"]), "application/json", **nameless).json()
    assert (told["reasons"][0]["reason"], told["reasons"][0]["field"]) == ("missing", "id")


@pytest.mark.parametrize("kind", [EVENTS, LINES, "application/json", "application/x-ndjson; charset=UTF-8"])
def test_many_events_in_one_request(door: OpenDoor, kind: str) -> None:
    events = [event(f"{kind}/{number}") for number in range(3)]
    lines = "ndjson" in kind
    body = "\n\n".join(map(json.dumps, events)) + "\n" if lines else json.dumps(events)
    assert counts(door.post(body, kind)) == (3, 3, 0, 0)
    packed = door.post(gzip.compress(body.encode()), kind, **{"Content-Encoding": "gzip"})
    assert counts(packed) == (3, 0, 3, 0)


def test_rows_of_a_declared_mapping(door: OpenDoor) -> None:
    rows = [{"id": "1", "opened": "2026-04-01", "closed": "2026-04-03", "result": "ok", "mobile": "9846012345"}]
    body = json.dumps([*rows, {"id": "2", "opened": "soon"}])
    answer = door.post(body, "application/json", "rows")
    assert counts(answer) == (2, 1, 0, 1)
    (reason,) = answer.json()["reasons"]
    assert (reason["row"], reason["reason"], reason["field"]) == (2, "bad_time", "at")
    assert "'soon'" in reason["detail"]
    assert counts(door.post(body, "application/json", "rows")) == (2, 0, 1, 1), "a bad row is said to be bad again"
    assert counts(door.post(json.dumps(rows[0]), "application/json", "rows")) == (1, 0, 1, 0)
    native = door.post(json.dumps(event("native", "rows")), EVENT, "rows")
    assert counts(native) == (1, 1, 0, 0), "a source with a mapping may send CloudEvents too"


def test_a_row_that_contradicts_what_is_known_is_told_by_its_number(door: OpenDoor) -> None:
    assert counts(door.post(json.dumps(event("told")))) == (1, 1, 0, 0)
    answer = door.post(json.dumps([event("other"), event("told", office="x"), event("told")]), EVENTS)
    assert counts(answer) == (3, 1, 1, 1)
    (reason,) = answer.json()["reasons"]
    assert (reason["row"], reason["reason"]) == (2, "conflict")


def test_a_line_that_is_no_event_refuses_itself_only(door: OpenDoor) -> None:
    answer = door.post("\n".join([json.dumps(event("l1")), "{", json.dumps(event("l2", case_id=None))]), LINES)
    assert counts(answer) == (3, 1, 0, 2)
    assert [(one["row"], one["reason"]) for one in answer.json()["reasons"]] == [(2, "not_json"), (3, "missing")]


def test_an_event_of_another_source_is_refused(door: OpenDoor) -> None:
    foreign = json.dumps(event("foreign", "rows"))
    answer = door.post(foreign)
    assert answer.status_code == 403
    assert "'native'" in answer.json()["detail"]
    answer = door.post(f"[{foreign}, {json.dumps(event('own'))}]", EVENTS)
    assert counts(answer) == (2, 1, 0, 1)
    assert answer.json()["reasons"][0]["reason"] == "unknown_source"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", EVENT),
        (b"  \n ", LINES),
        (b"{", EVENT),
        (b"[1]", EVENT),
        (b"\xff\xfe{}", EVENT),
        (b"{}", EVENTS),
        (b"[]", EVENTS),
        (b"[{]", EVENTS),
        (b"[1, 2]", EVENTS),
        (b"no\nlines", LINES),
        (b"[" * 50_000, EVENTS),
        (b'"text"', "application/json"),
    ],
)
def test_what_is_not_json_of_events_is_malformed(door: OpenDoor, body: bytes, kind: str) -> None:
    before = door.store.count("rejected")
    answer = door.post(gzip.compress(body), kind, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 400
    assert door.store.count("rejected") == before


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic abc", "Bearer cmd_no", "Bearer \xe9"])
def test_without_a_good_token_nothing_is_read(door: OpenDoor, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1"), "Content-Type": b"nothing"}
    answer = door.client.post("/events", content="x", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_is_good_until_it_is_revoked_or_its_source_is_gone(door: OpenDoor) -> None:
    kept, token = door.file.make("native", door.store.clock.now())
    gone, orphan = door.file.make("gone", door.store.clock.now())
    body = json.dumps(event("token"))
    assert door.post(body, Authorization=f"bearer {token}").status_code == 202
    assert door.post(body, Authorization=f"Bearer {orphan}").status_code == 403
    door.file.revoke(kept.id)
    door.file.revoke(gone.id)
    assert door.post(body, Authorization=f"Bearer {token}").status_code == 401


def test_a_body_that_is_too_large_is_refused_packed_or_not(door: OpenDoor) -> None:
    large = b"[" + b" " * (64 << 10) + b"]"
    assert door.post(large, EVENTS).status_code == 413
    assert door.post(gzip.compress(large), EVENTS, **{"Content-Encoding": "gzip"}).status_code == 413

    def pieces() -> Iterator[bytes]:
        yield from (large[:1000] for _ in range(200))

    headers = {"Content-Type": EVENTS, "Authorization": f"Bearer {door.tokens['native']}"}
    assert door.client.post("/events", content=pieces(), headers=headers).status_code == 413


def test_a_bomb_is_unpacked_no_further_than_the_limit(door: OpenDoor) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    assert door.post(gzip.decompress(bomb)[: 60 << 10], EVENTS, **{"Content-Encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize(
    ("packed", "status"),
    [
        (gzip.compress(json.dumps([event("members")]).encode()[:50]), None),
        (gzip.compress(b"[]")[:-3], 400),
        (b"no gzip", 400),
        (b"", 400),
    ],
    ids=["several members", "cut off", "not packed", "nothing"],  # what is packed tells the time
)
def test_packed_bodies(door: OpenDoor, packed: bytes, status: int | None) -> None:
    rest = b"" if status else gzip.compress(json.dumps([event("members")]).encode()[50:])
    answer = door.post(packed + rest, EVENTS, **{"Content-Encoding": "gzip"})
    assert answer.status_code == (status or 202), answer.text


@pytest.mark.parametrize("kind", ["text/csv", "application/xml", "", "application/json; charset=utf-16", "multipart/x"])
def test_other_types_are_not_taken(door: OpenDoor, kind: str) -> None:
    answer = door.post("{}", kind)
    assert answer.status_code == 415
    if "charset" not in kind:
        assert LINES in answer.headers["accept-post"]


def test_other_packings_are_not_taken(door: OpenDoor) -> None:
    assert door.post("{}", **{"Content-Encoding": "br"}).status_code == 415


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/events", 405), ("POST", "/", 404), ("GET", "/x", 404)]
)
def test_there_is_nothing_else(door: OpenDoor, method: str, path: str, status: int) -> None:
    answer = door.client.request(method, path)
    assert answer.status_code == status
    assert "POST /events" in answer.json()["detail"]


def test_the_description_is_openapi_and_names_no_other_host(door: OpenDoor) -> None:
    answer = door.client.get("/openapi.json")
    OpenAPI.model_validate(answer.json())
    assert set(answer.json()["paths"]["/events"]["post"]["responses"]) == {
        "202",
        "400",
        "401",
        "403",
        "408",
        "413",
        "415",
        "429",
        "503",
    }
    assert "http:" not in answer.text
    assert "https:" not in answer.text


def test_the_examples_of_the_description_are_taken(door: OpenDoor) -> None:
    content = door.client.get("/openapi.json").json()["paths"]["/events"]["post"]["requestBody"]["content"]
    for kind in (EVENT, EVENTS):
        for example in content[kind]["examples"].values():
            text = json.dumps(example["value"]).replace('"ksmart"', '"native"')
            answer = door.post(
                text.replace("building_permit", "birth").replace("KL-palakkad-attappadi-agali", "KL"), kind
            )
            assert answer.json()["rejected"] == 0


def test_requests_at_the_same_time_share_commits_and_each_gets_its_own_counts(tmp_path: Path) -> None:
    commits: list[int] = []
    with open_door(tmp_path) as door:
        submit = door.store.writer.submit

        def watched(batches: Sequence[Batch], listener: BatchListener) -> Future[list[CommitResult]]:
            commits.append(len(batches))
            return submit(batches, listener)

        door.store.writer.submit = watched  # type: ignore[method-assign]
        assert counts(door.post(json.dumps(event(0)))) == (1, 1, 0, 0)

        def send(number: int) -> tuple[int, int, int, int]:
            bad = {**event(f"bad{number}"), "time": "soon"}
            return counts(door.post(json.dumps([event(number), event(0), bad]), EVENTS))

        with ThreadPoolExecutor(32) as senders:
            told = list(senders.map(send, range(1, 65)))
        assert told == [(3, 1, 1, 1)] * 64
        assert sum(commits) < 60
        assert door.store.count("event") == 65
        (row,) = door.store.ask("source_counts", source="native")
        assert (row["received"], row["accepted"], row["duplicates"], row["rejected"]) == (193, 65, 64, 64)


def test_under_pressure_requests_are_turned_away_and_nothing_is_lost(tmp_path: Path) -> None:
    body = json.dumps([event(f"{number}", office="x" * 200) for number in range(2000)]).encode()
    size_kb = len(body) // 1024 + 1
    with (
        open_door(tmp_path, running=False, body_limit_kb=size_kb, waiting_limit_mb=1, answer_limit_s=1) as door,
        ThreadPoolExecutor(4) as senders,
    ):
        held = [senders.submit(door.post, body, EVENTS) for _ in range(4)]
        statuses = sorted(one.result().status_code for one in held)
        assert statuses[0] == 429
        assert statuses[-1] == 503, "the one that found room is not stored in time"
        turned_away = next(one.result() for one in held if one.result().status_code == 429)
        assert int(turned_away.headers["retry-after"]) >= 1
        assert door.post(body, EVENTS).status_code == 429, "the one of which was said 503 still waits"
        stop = threading.Event()
        thread = threading.Thread(target=door.pipeline.run, args=(stop,))
        thread.start()
        assert counts(door.post(json.dumps(event("0", office="x" * 200)))) == (1, 0, 1, 0), (
            "stored late, known when sent again"
        )
        assert door.post(body, EVENTS).status_code == 202, "the room is free again"
        stop.set()
        thread.join()


class _Failing:
    """A writer whose commits fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def submit(self, batches: Sequence[Batch], listener: BatchListener) -> Future[list[CommitResult]]:
        failed: Future[list[CommitResult]] = Future()
        failed.set_exception(self.error)
        return failed


@pytest.mark.parametrize("error", [StorageBrokenError("disk full"), InternalError("the columns are wrong")])
def test_nothing_is_said_to_be_stored_when_it_is_not(tmp_path: Path, error: Exception) -> None:
    writer: Any = _Failing(error)
    with open_door(tmp_path, writer=writer, answer_limit_s=5) as door:
        answer = door.post(json.dumps(event(1)))
        assert answer.status_code == 503
        assert "nothing was stored" in answer.json()["detail"]
        assert answer.headers["retry-after"]
        if isinstance(error, InternalError):
            assert door.post(json.dumps(event(2))).status_code == 503, "the next request is answered too"


def test_who_waits_when_the_door_closes_is_told(tmp_path: Path) -> None:
    with open_door(tmp_path, running=False) as door, ThreadPoolExecutor(1) as sender:
        waiting = sender.submit(door.post, json.dumps(event(1)))
        while not door.pipeline.sources():
            threading.Event().wait(0.01)
        door.server.close()
        assert waiting.result().status_code == 503
