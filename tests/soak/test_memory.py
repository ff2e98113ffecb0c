"""What the engine holds in memory while events come steadily: it settles, and does not grow with time.

Part of `make soak`, not of `make test`; CM_SOAK_MINUTES says for how long (5). A real engine with the shipped
catalogue takes events over HTTP – new ones, known ones, and some that are refused – and tells its own figures.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.helpers.house import House, run_json

MINUTES: Final = float(os.environ.get("CM_SOAK_MINUTES", "5"))
SOURCE: Final = "ksmart"
#: Of every request, one a second: cases that are opened, and decided a second later; known events; refused rows.
NEW, KNOWN, REFUSED = 20, 150, 10
#: Housekeeping many times as often as by default, so that minutes show what hours do.
SETTINGS: Final[dict[str, object]] = {
    "engine.checkpoint_interval_s": 20,
    "engine.compact_interval_s": 60,
    "engine.value_now_interval_s": 20,
}
#: From the second quarter of the time to the last one. New events take some hundred bytes each, in indexes and in pages
#: that are cached; what is never let go of passes this within the minutes.
MOST_GROWN: Final = 0.1


@dataclass(frozen=True)
class Sample:
    """The engine at one moment.

    Attributes:
        at_s: since the load began.
        resident_mb: memory of the process.
        files: that it has open, connections among them.
    """

    at_s: float
    resident_mb: float
    files: float


def event(number: int, kind: str, **data: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": SOURCE,
        "type": f"cm.{kind}",
        "time": "2026-10-01T10:00:00+05:30",
        "data": {"case_id": f"C/{number}", **data},
    }


def request(turn: int) -> list[dict[str, Any]]:
    """The events of one second."""
    place = {"service": "building_permit", "area": "KL-palakkad-attappadi-agali"}
    first = turn * NEW
    opened = [event(number, "case.opened", **place) for number in range(first, first + NEW)]
    decided = [event(number, "case.decided", outcome="approved") for number in range(max(0, first - NEW), first)]
    known = [event(number % NEW, "case.opened", **place) for number in range(KNOWN)]
    refused = [event(number, "case.opened", service="no_such", area="KL") for number in range(REFUSED)]
    return [*opened, *decided, *known, *refused]


def figures(house: House) -> dict[str, float]:
    """The engine's figures without labels."""
    text = httpx.get(f"http://127.0.0.1:{house.metrics_port}/metrics", timeout=60).text
    return {
        one.name: one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if not one.labels
    }


def load(house: House, token: str) -> list[Sample]:
    """One request a second until the time is over. Returns: the engine after each."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json"}
    begun, samples = time.monotonic(), []
    with httpx.Client(headers=headers, timeout=60) as client:
        while time.monotonic() < begun + MINUTES * 60:
            answer = client.post(f"{house.events_url}/events", content=json.dumps(request(len(samples)))).json()
            assert (answer["accepted"], answer["rejected"]) == (NEW * (2 if samples else 1), REFUSED)
            now = figures(house)
            at_s = time.monotonic() - begun
            samples.append(Sample(at_s, now["process_resident_memory_bytes"] / (1 << 20), now["process_open_fds"]))
            time.sleep(max(0.0, begun + len(samples) - time.monotonic()))
    return samples


@pytest.mark.timeout(48 * 3600)
def test_memory_settles_while_events_come(tmp_path: Path) -> None:
    house = House(tmp_path, SETTINGS)
    token = run_json("token", "make", SOURCE, data=tmp_path)["token"]
    try:
        house.start_engine()
        samples = load(house, token)
    finally:
        house.close()
    quarter_s = MINUTES * 60 / 4
    quarters = [[one for one in samples if one.at_s // quarter_s == quarter] for quarter in range(4)]
    resident = [median(one.resident_mb for one in quarter) for quarter in quarters]
    files = [max(one.files for one in quarter) for quarter in quarters]
    events = sum(len(request(turn)) for turn in range(len(samples)))
    print(f"{MINUTES:g} min, {events:,} events sent, {2 * NEW * len(samples):,} of them new")
    print("resident MiB by quarters:", [round(one) for one in resident], "open files:", files)
    assert resident[3] <= resident[1] * (1 + MOST_GROWN)
    assert files[3] <= files[1] + 2
