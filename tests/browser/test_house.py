"""The whole house as its users meet it: engine, web and Chromium, with simulated cases and no fakes."""

from __future__ import annotations

import json
import signal
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from tests.helpers.house import House, house, run_json

pytestmark = [pytest.mark.browser, pytest.mark.timed]
NUMBER = '.cm-kpi[data-num="gov_open"] .cm-kpi__value'
SMALL = {
    "demo.cases": 6000,
    "demo.history_days": 60,
    "demo.live": False,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), SMALL, simulate=True) as built:
        yield built


def _number(page: Page, indicator: str) -> int:
    text = page.locator(f'.cm-kpi[data-num="{indicator}"] .cm-kpi__value').inner_text()
    return int("".join(filter(str.isdigit, text)))


def _send(running: House, number: int) -> None:
    from warehouse.flight_client import FlightClient

    now = datetime.now(UTC)
    event = {
        "specversion": "1.0",
        "id": f"marked-{number}",
        "source": "ksmart",
        "type": "cm.case.opened",
        "time": now.isoformat(),
        "data": {"case_id": f"MARK-{number}", "service": "birth_certificate", "area": "KL-palakkad-attappadi-agali"},
    }
    client = FlightClient("127.0.0.1", running.engine_port, running.data)
    try:
        answers = list(client.action("events", {"source": "ksmart", "lines": json.dumps(event)}))
    finally:
        client.close()
    assert answers[-1]["accepted"] == 1, answers


def test_brw01_a_marked_event_reaches_the_open_page_within_a_second(running: House, page: Page) -> None:
    page.goto(f"{running.url}/district/palakkad")
    page.wait_for_selector(NUMBER)
    waited_s = []
    for number in range(50):
        before = _number(page, "gov_open")
        start = time.monotonic()
        _send(running, number)
        page.wait_for_function(
            """([place, least]) => Number(document.querySelector(place)
                .textContent.replace(/[^0-9]/g, '')) >= least""",
            arg=[NUMBER, before + 1],
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
    page.wait_for_selector(NUMBER)
    running.stop_engine(signal.SIGKILL)
    page.wait_for_selector("html[data-link=lost]", timeout=10_000)
    assert _number(page, "gov_open") > 0
    running.start_engine()
    page.wait_for_selector("html[data-link=live]", timeout=15_000)
