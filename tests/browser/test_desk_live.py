"""Desk pages live: a change appears by itself, an engine or server that goes is said at once, nothing grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.helpers.bad_gateway import bad_gateway
from tests.helpers.browser import Dashboard, Witness, opened, serving, until
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from warehouse.clock import ShiftedClock

pytestmark = pytest.mark.browser
SERVICE = "birth_registration"
BODY = "KL-palakkad-attappadi-agali"
OVERDUE = '.cm-kpi[data-num="gov_overdue"] .cm-kpi__value b'


@pytest.fixture(scope="module")
def dashboard() -> Iterator[Dashboard]:
    with serving(FakeEngine(clock=ShiftedClock(AFTERNOON), scale=0.1)) as served:
        yield served


@pytest.fixture
def desk(browser: Browser, dashboard: Dashboard) -> Iterator[tuple[Page, Witness]]:
    with opened(browser, 1440, 900) as (page, witness):
        page.goto(f"{dashboard.url}/district/palakkad")
        expect(page.locator(OVERDUE)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-link", "live")
        page.evaluate("() => { window.sameVisit = true }")
        yield page, witness
        assert page.evaluate("() => window.sameVisit === true"), "the page was loaded anew"


def _shown(page: Page, selector: str = OVERDUE) -> int:
    return int(page.locator(selector).first.inner_text().replace(",", ""))


def _change(dashboard: Dashboard, by: int) -> None:
    dashboard.engine.change("open", SERVICE, BODY, by)
    dashboard.engine.change("overdue", SERVICE, BODY, by)


def test_desk21_a_change_appears_by_itself_everywhere_on_the_page(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, witness = desk
    before = _shown(page)
    row = ".cm-table--places tr:has(a[href='/district/palakkad/taluk/attappadi']) td:nth-of-type(1)"
    row_before = _shown(page, row)
    _change(dashboard, 7)
    wanted = f"{before + 7:,}"
    # tests/browser/test_house.py, which runs alone, says how soon
    until(page, f"document.querySelector('{OVERDUE}').textContent === '{wanted}'")
    assert _shown(page, row) == row_before + 7
    assert _shown(page, ".cm-table--places tfoot td:nth-of-type(1)") == before + 7
    witness.assert_clean()


def test_desk22_a_change_elsewhere_does_not_ask_for_this_page(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.wait_for_timeout(1500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/view" in request.url else None)
    dashboard.engine.change("overdue", SERVICE, dashboard.engine.reference.by_level("body")[0].code, 1)
    page.wait_for_timeout(2500)
    assert asked == []


def test_desk23_a_page_rests_between_refreshes(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    asked: list[tuple[float, float]] = []  # when, and how long the answer took, ms

    def note(request: Request) -> None:
        if "/api/view" in request.url:
            asked.append((request.timing["startTime"], request.timing["responseEnd"]))

    page.on("requestfinished", note)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        _change(dashboard, 1)
        page.wait_for_timeout(50)
    assert len(asked) >= 2
    for (begin, took), (next_begin, _) in pairwise(asked):
        assert next_begin - begin >= 190
        # three times what the page measured; on a busy machine the browser's network says a little more
        assert next_begin - begin >= min(2.5 * took, 4900), f"rests twice as long as the answer took: {asked}"


def test_desk24_paused_nothing_moves_and_resumed_all_comes(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.get_by_role("button", name="Pause updates").click()
    expect(page.locator(".cm-fresh__state")).to_have_text("Paused")
    before = _shown(page)
    _change(dashboard, 3)
    page.wait_for_timeout(2500)
    assert _shown(page) == before
    page.get_by_role("button", name="Resume updates").click()
    expect(page.locator(OVERDUE)).to_have_text(f"{before + 3:,}")


def test_desk25_an_update_keeps_focus_open_panel_and_place(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.locator(".cm-table--places tbody tr").first.locator(".cm-c-bar a").click()
    table = page.locator("#explain .cm-as-table")
    table.locator("summary").click()
    page.locator(".cm-crumbs a").first.focus()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(500)
    place = page.evaluate("window.scrollY")
    before = _shown(page)
    _change(dashboard, 5)
    expect(page.locator(OVERDUE)).to_have_text(f"{before + 5:,}")
    assert table.get_attribute("open") is not None
    assert page.evaluate("window.scrollY") == place
    expect(page.locator(".cm-crumbs a").first).to_be_focused()


def test_desk26_nothing_moves_under_an_open_menu(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.locator(".cm-menu--department summary").click()
    before = _shown(page)
    _change(dashboard, 2)
    page.wait_for_timeout(2000)
    assert _shown(page) == before
    page.keyboard.press("Escape")
    expect(page.locator(".cm-menu--department summary")).to_be_focused()
    expect(page.locator(OVERDUE)).to_have_text(f"{before + 2:,}")


@pytest.mark.timed
def test_desk27_a_lost_engine_is_said_within_ten_seconds_and_comes_back(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, witness = desk
    dashboard.engine.go_away()
    try:
        assert until(page, "document.documentElement.dataset.link === 'delayed'") < 4.5
        expect(page.locator(".cm-fresh__state")).to_have_text("Delayed: the server does not answer")
        assert until(page, "document.documentElement.dataset.link === 'lost'") < 7
        expect(page.locator(".cm-lost")).to_be_visible()
        expect(page.locator(".cm-lost")).to_contain_text("CONNECTION LOST")
        clock = page.locator("[data-clock=time]").inner_text()
        page.wait_for_timeout(1500)
        assert page.locator("[data-clock=time]").inner_text() != clock, "the clock runs on"
    finally:
        dashboard.engine.come_back()
    until(page, "document.documentElement.dataset.link === 'live'")
    expect(page.locator(".cm-lost")).to_be_hidden()
    assert not witness.outside


def test_desk28_a_server_that_goes_behind_its_proxy_is_noticed_and_its_return_too(browser: Browser) -> None:
    with (
        serving(FakeEngine(clock=ShiftedClock(AFTERNOON), scale=0.1)) as dashboard,
        opened(browser, 1440, 900) as (
            page,
            _,
        ),
    ):
        page.goto(f"{dashboard.url}/health")
        expect(page.locator("html")).to_have_attribute("data-link", "live")
        age = page.locator(".cm-table--sources .cm-age").first
        expect(age).to_be_visible()
        dashboard.stop()
        with bad_gateway(dashboard.port) as proxy:
            until(page, "document.documentElement.dataset.link === 'lost'")
            before = age.inner_text()
            page.wait_for_timeout(2500)
            assert age.inner_text() != before, "ages go on ticking without a server"
            assert proxy.asked > 1, "and it is asked again and again"
        dashboard.start()
        until(page, "document.documentElement.dataset.link === 'live'")


def test_desk29_a_late_source_takes_colour_and_gives_a_stamp(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    dashboard.engine.silence("ksmart", 26)
    try:
        # No value changes; well before the half minute after which every page is asked for anew.
        expect(page.locator(".cm-card--stale")).to_contain_text("K-SMART", timeout=20_000)
        expect(page.locator(".cm-kpi--late").first).to_contain_text("as of")
        expect(page.locator(".cm-table--places .cm-mark--red")).to_have_count(0)
    finally:
        dashboard.engine.wake("ksmart")
    expect(page.locator(".cm-card--stale")).to_have_count(0)


def test_desk30_hundred_updates_leave_nothing_behind(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def measured() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        found = session.send("Performance.getMetrics")["metrics"]
        return {row["name"]: row["value"] for row in found}

    update = """async () => {
        const markup = await (await fetch('/api/view?path=/district/palakkad')).text();
        for (let step = 0; step < 50; step++) {
            dash_clientside.set_props('page', { markup: markup.replace('</h1>', ` ${step}</h1>`) });
            await new Promise((done) => setTimeout(done, 10));
        }
    }"""
    page.evaluate(update)
    first = measured()
    page.evaluate(update)
    page.evaluate(update)
    last = measured()
    assert last["Nodes"] <= first["Nodes"] * 1.1
    assert last["JSEventListeners"] <= first["JSEventListeners"] + 5
    assert last["JSHeapUsedSize"] - first["JSHeapUsedSize"] < 2_000_000
