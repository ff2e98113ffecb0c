"""The whole house as its users meet it: engine, web and Chromium, with simulated cases and no fakes."""

from __future__ import annotations

import json
import signal
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.helpers.house import House, house, run_json

pytestmark = pytest.mark.browser
SMALL = {
    "demo.cases": 6000,
    "demo.history_days": 60,
    "demo.live": False,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), SMALL, simulate=True) as built:
        yield built


def _number(page: Page, indicator: str, area: str) -> int:
    text = page.locator(f'[data-num="{indicator}|{area}"]').first.inner_text()
    return int("".join(filter(str.isdigit, text)))


def _send(running: House, number: int) -> None:
    from warehouse.flight_client import FlightClient

    now = datetime.now(UTC)
    event = {
        "specversion": "1.0",
        "id": f"marked-{number}",
        "source": "ksmart",
        "type": "case.opened",
        "time": now.isoformat(),
        "data": {"case_id": f"MARK-{number}", "service": "imported_case", "area": "KL-palakkad"},
    }
    client = FlightClient("127.0.0.1", running.engine_port)
    try:
        answers = list(client.action("events", {"source": "ksmart", "lines": json.dumps(event)}))
    finally:
        client.close()
    assert answers[-1]["accepted"] == 1, answers


def test_brw01_a_marked_event_reaches_the_open_page_within_a_second(running: House, page: Page) -> None:
    page.goto(f"{running.url}/district/palakkad")
    page.wait_for_selector('[data-num="gov_open|KL-palakkad"]')
    waited_s = []
    for number in range(50):
        before = _number(page, "gov_open", "KL-palakkad")
        start = time.monotonic()
        _send(running, number)
        page.wait_for_function(
            """([key, least]) => Number(document.querySelector(`[data-num="${key}"]`)
                .textContent.replace(/[^0-9]/g, '')) >= least""",
            arg=["gov_open|KL-palakkad", before + 1],
            polling=20,
            timeout=10_000,
        )
        waited_s.append(time.monotonic() - start)
    assert statistics.quantiles(waited_s, n=20)[-1] < 1.0, sorted(waited_s)


def test_brw02_incremental_equals_recomputed_on_the_running_engine(running: House) -> None:
    report = run_json("verify", data=running.data, settings=running.all_settings())
    assert report["different"] == 0
    assert report["compared"] > 1000


def test_brw03_a_stopped_engine_is_shown_as_lost_and_comes_back_by_itself(running: House, page: Page) -> None:
    page.goto(f"{running.url}/district/palakkad")
    page.wait_for_selector('[data-num="gov_open|KL-palakkad"]')
    running.stop_engine(signal.SIGKILL)
    page.wait_for_selector("[data-connection=lost]", timeout=10_000)
    assert _number(page, "gov_open", "KL-palakkad") > 0
    running.start_engine()
    page.wait_for_selector("[data-connection=live]", timeout=15_000)
