"""How quick the screens are in a real browser, over an engine and a web process of their own: `make bench-screens`.

Every figure is of one run on one machine that draws without a graphics card; docs/bench.md says what each means.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.helpers.browser import launch, opened
from tests.helpers.house import House, house
from warehouse.flight_client import FlightClient

SETTINGS: Final[dict[str, object]] = {"demo.cases": 20_000, "demo.live": False}
DESK, WALL = (1440, 900), (3840, 2160)
#: A line of 10 Mbit/s with 40 ms to the other end.
LINE: Final = {"offline": False, "latency": 40, "downloadThroughput": 1_250_000, "uploadThroughput": 1_250_000}
TIMES, EVENTS, WALL_S, UPDATES_PER_S = 20, 100, 20.0, 2
BODY = "KL-palakkad-attappadi-agali"
#: So long ago that its limit is past when it comes.
OPENED_BEFORE: Final = timedelta(days=60)
DESK_NUMBER = '.cm-kpi[data-num="gov_overdue"] .cm-kpi__value b'
WALL_NUMBER = '.cm-wnum[data-num="gov_overdue"] .cm-wnum__value b'

#: Presses something and answers how long it takes until a condition holds and is painted, in ms.
_CLICK = """([what, words, then]) => new Promise((done, failed) => {
    const found = [...document.querySelectorAll(what)].find((one) => one.textContent.includes(words));
    if (!found) { failed(new Error(`nothing to press: ${what} ${words}`)); return; }
    const begin = performance.now();
    found.click();
    const look = () => {
        const [where, said] = then;
        if ([...document.querySelectorAll(where)].some((one) => one.textContent.includes(said)))
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
        else requestAnimationFrame(look);
    };
    look();
})"""
#: Types into the search of the grid and answers how long it takes until its count has changed and is painted, in ms.
_FILTER = """(words) => new Promise((done) => {
    const field = document.querySelector("input[name=q]"), grid = document.querySelector("#indicators");
    const before = grid.dataset.shown, begin = performance.now();
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const look = () => grid.dataset.shown !== before
        ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin))) : requestAnimationFrame(look);
    look();
})"""
#: Keeps when each change of a number was painted, as milliseconds since 1970 by the number that is shown.
_WATCH = """(place) => {
    window.painted = {};
    const shown = () => document.querySelector(place)?.textContent.replace(/[^0-9]/g, "");
    new MutationObserver(() => { const number = shown();
        if (number && !(number in window.painted)) { window.painted[number] = 0; requestAnimationFrame(() => setTimeout(
            () => { window.painted[number] = Date.now(); })); } })
        .observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
_LONG_TASKS = """() => { window.longest = 0; new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration);
}).observe({ type: "longtask" }); }"""


def spread(took_ms: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and largest of some times, ms."""
    cuts = statistics.quantiles(took_ms, n=20, method="inclusive")
    return {"p50_ms": cuts[9], "p95_ms": cuts[18], "max_ms": max(took_ms)}


def first_load(browser: Browser, url: str, shown: str, size: tuple[int, int]) -> dict[str, float]:
    """Bytes over the line and seconds until something is shown, with nothing kept from before."""
    with opened(browser, *size) as (page, _):
        client = page.context.new_cdp_session(page)
        received = [0.0]
        client.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
        client.send("Network.enable")
        client.send("Network.emulateNetworkConditions", LINE)
        begin = time.monotonic()
        page.goto(url, wait_until="commit")
        page.wait_for_selector(shown)
        shown_s = time.monotonic() - begin
        page.wait_for_timeout(2000)
        return {"shown_s": shown_s, "mb": sum(received) / 1e6}


def clicks(browser: Browser, url: str) -> dict[str, dict[str, float]]:
    """From a click to the next page painted, and from typing to the filtered grid."""
    found: dict[str, list[float]] = {"district": [], "indicator": [], "filter": []}
    with opened(browser, *DESK) as (page, _):
        page.goto(url)
        page.wait_for_selector(DESK_NUMBER)
        for place in ("Palakkad", "Kannur", "Kollam", "Idukki", "Thrissur"):
            for _ in range(TIMES // 5):
                found["district"].append(page.evaluate(_CLICK, [".cm-tile", place, ["h1", place]]))
                page.evaluate(_CLICK, ["nav[aria-label='Main'] a", "State", ["h1", "Kerala"]])
                page.wait_for_selector(".cm-tile")
        page.goto(f"{url}/departments")
        for _ in range(TIMES):
            page.wait_for_selector("[data-testid=department-row]")
            name = page.locator("[data-testid=department-row] .cm-c-most a").first.inner_text()
            found["indicator"].append(
                page.evaluate(_CLICK, ["[data-testid=department-row] .cm-c-most a", name, ["h1", name]])
            )
            page.evaluate(_CLICK, ["nav[aria-label='Main'] a", "Departments", ["h1", "Departments"]])
        page.goto(f"{url}/indicators")
        page.wait_for_selector(".ag-row")
        for step in range(TIMES):
            found["filter"].append(page.evaluate(_FILTER, "" if step % 2 else "permit"))
    return {name: spread(took) for name, took in found.items()}


def _send(client: FlightClient, number: int) -> None:
    event = {
        "specversion": "1.0",
        "id": f"bench-{number}",
        "source": "ksmart",
        "type": "cm.case.opened",
        "time": (datetime.now(UTC) - OPENED_BEFORE).isoformat(),
        "data": {"case_id": f"BENCH-{number}", "service": "birth_certificate", "area": BODY},
    }
    (*_, last) = client.action("events", {"source": "ksmart", "lines": json.dumps(event)})
    assert last["accepted"] == 1, last


def event_to_pixel(page: Page, place: str, send: Callable[[], None]) -> dict[str, float]:
    """From when an event is sent to when the number that it makes is painted.

    Args:
        page: live.
        place: a count that every event raises by one.
        send: sends one event.
    """
    page.wait_for_selector(place)
    page.evaluate(_WATCH, place)
    number = int("".join(filter(str.isdigit, page.locator(place).first.inner_text())))
    took_ms = []
    for _ in range(EVENTS):
        number += 1
        sent_ms = time.time() * 1000
        send()
        until = time.monotonic() + 10
        while not (painted := page.evaluate("(number) => window.painted[number]", str(number))):
            assert time.monotonic() < until, f"{number} was not painted within 10 s"
            page.wait_for_timeout(5)
        took_ms.append(painted - sent_ms)
    return spread(took_ms)


def wall_load(page: Page, send: Callable[[], None]) -> dict[str, float]:
    """What updates cost the page that draws the wall: share of its thread, longest task."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    page.evaluate(_LONG_TASKS)
    before, begin = _task_s(client), time.monotonic()
    while time.monotonic() - begin < WALL_S:
        send()
        page.wait_for_timeout(1000 / UPDATES_PER_S)
    share = (_task_s(client) - before) / (time.monotonic() - begin)
    return {"thread_share": share, "longest_task_ms": page.evaluate("() => window.longest")}


def _task_s(client: CDPSession) -> float:
    return next(
        one["value"] for one in client.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration"
    )


def figures(browser: Browser, running: House) -> dict[str, Any]:
    """All figures."""
    numbers = iter(range(1_000_000))
    with closing(FlightClient("127.0.0.1", running.engine_port, running.data)) as client:

        def send() -> None:
            _send(client, next(numbers))

        answer: dict[str, Any] = {
            "machine": {"cores": os.cpu_count(), "load_1min": os.getloadavg()[0]},
            "first_load": {
                "state": first_load(browser, running.url, DESK_NUMBER, DESK),
                "wall": first_load(browser, f"{running.url}/wall/main?scene=now", WALL_NUMBER, WALL),
            },
            "click_to_paint": clicks(browser, running.url),
        }
        with opened(browser, *DESK) as (page, _):
            page.goto(f"{running.url}/district/palakkad")
            answer["event_to_pixel"] = {"district": event_to_pixel(page, DESK_NUMBER, send)}
        with opened(browser, *WALL) as (page, _):
            page.goto(f"{running.url}/wall/main?scene=now")
            answer["event_to_pixel"]["wall"] = event_to_pixel(page, WALL_NUMBER, send)
            answer["wall_at_2_updates_a_second"] = wall_load(page, send)
    return answer


def main() -> None:
    """Print the figures as one JSON object."""
    with (
        tempfile.TemporaryDirectory() as data,
        house(Path(data), SETTINGS, simulate=True) as running,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        json.dump(figures(browser, running), sys.stdout, indent=2)
        browser.close()
    print()


if __name__ == "__main__":
    main()
