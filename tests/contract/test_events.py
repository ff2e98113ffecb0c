"""POST /events against a running engine and web, as a source system sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.helpers.house import House, house, run_json

AREA = "KL-palakkad-attappadi-agali"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("events")) as built:
        yield built


def opened(number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "ksmart",
        "type": "cm.case.opened",
        "time": "2026-10-01T10:00:00+05:30",
        "data": {"case_id": f"C/{number}", "service": "building_permit", "area": AREA},
    }


def send(running: House, token: str, content: object, kind: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    return httpx.post(f"{running.events_url}/events", content=json.dumps(content), headers=headers, timeout=60)


def test_what_is_sent_is_stored_counted_and_shown(running: House) -> None:
    token = run_json("token", "make", "ksmart", data=running.data)
    batch = "application/cloudevents-batch+json"
    answer = send(running, token["token"], [opened(number) for number in range(50)], batch)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 50)
    again = send(running, token["token"], [opened(number) for number in range(49, 51)], batch)
    assert (again.json()["accepted"], again.json()["duplicates"]) == (1, 1)
    settings = running.all_settings()
    assert run_json("cases", "--source", "ksmart", data=running.data, settings=settings)["total"] == 51
    assert run_json("verify", data=running.data, settings=settings)["different"] == 0
    assert httpx.get(f"{running.url}/", timeout=60).status_code == 200


def test_rows_of_a_real_mapping(running: House) -> None:
    token = run_json("token", "make", "ambulance108", data=running.data)["token"]
    row = {"reportId": "R1", "readAt": 1_767_589_200_000, "centre": "108 ambulances, Kasaragod", "about": None}
    answer = send(
        running, token, [{**row, "state": "REPORTED", "figure": "ambulancesAvailable", "count": 3}], "application/json"
    )
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text


def test_a_revoked_token_is_good_no_more(running: House) -> None:
    made = run_json("token", "make", "ksmart", data=running.data)
    event = opened(0)
    assert send(running, made["token"], event, "application/cloudevents+json").status_code == 202
    assert made["id"] in {one["id"] for one in run_json("token", "list", data=running.data)}
    run_json("token", "revoke", made["id"], data=running.data)
    assert send(running, made["token"], event, "application/cloudevents+json").status_code == 401


def test_the_description_is_served_by_the_engine(running: House) -> None:
    assert httpx.get(f"{running.events_url}/openapi.json", timeout=60).json()["openapi"].startswith("3.")
