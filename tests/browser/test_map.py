"""The map by real boundaries in a browser: its way in and out, down by click and by keyboard, what it weighs."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import Dashboard, Witness, barriers, opened, screens_config, serving
from tests.helpers.fake_client import FakeEngine
from tests.helpers.real_boundaries import with_real_boundaries

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def dashboard() -> Iterator[Dashboard]:
    config = with_real_boundaries(screens_config())
    engine = FakeEngine(scale=0.2)
    with serving(engine, config) as served:
        yield served


def test_map01_tiles_to_map_to_district_without_loading_anew(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/")
    page.get_by_role("link", name="Show as map").click()
    expect(page).to_have_url(f"{dashboard.url}/?view=map")
    expect(page.locator(".cm-map__words")).to_have_count(14)
    page.evaluate("window.notLoadedAnew = true")
    page.locator(".cm-map__area--red").first.click()
    expect(page.locator("h1")).to_contain_text("district")
    assert page.url.endswith("?view=map")
    assert page.evaluate("window.notLoadedAnew")
    page.get_by_role("link", name="Hide the map").click()
    expect(page.locator(".cm-map")).to_have_count(0)
    page.go_back()
    expect(page.locator(".cm-map")).to_have_count(1)


def test_map02_the_keyboard_gets_to_every_place(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/district/palakkad?view=map")
    page.locator(".cm-panel--map .cm-panel__link").focus()
    reached = []
    for _place in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert len(set(reached)) == 7
    assert any(label.startswith("Attappadi ") for label in reached)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("taluk")


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_map03_words_stay_in_the_drawing_and_apart(desk: tuple[Page, Witness], dashboard: Dashboard, lang: str) -> None:
    page, _ = desk
    for path in ("/", "/district/palakkad", "/district/ernakulam", "/district/thiruvananthapuram"):
        page.goto(f"{dashboard.url}{path}?view=map&lang={lang}")
        expect(page.locator(".cm-map__words").first).to_be_visible()
        page.evaluate("document.fonts.ready")
        boxes = page.eval_on_selector_all(
            ".cm-map__line",
            "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.x, b.right, b.y, b.bottom] })",
        )
        left, right = page.eval_on_selector(
            ".cm-map__drawing", "one => { const b = one.getBoundingClientRect(); return [b.x, b.right] }"
        )
        assert all(left - 1 <= box[0] and box[1] <= right + 1 for box in boxes), path
        for number, one in enumerate(boxes):
            for other in boxes[number + 1 :]:
                across = min(one[1], other[1]) - max(one[0], other[0])
                down = min(one[3], other[3]) - max(one[2], other[2])
                assert across <= 0 or down <= 6, (path, one, other)


def test_map04_is_small_and_accessible_and_says_when_it_is_late(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, _ = desk
    dashboard.engine.silence("ksmart", 26)
    try:
        page.goto(f"{dashboard.url}/?view=map")
        expect(page.locator(".cm-map__area--stale").first).to_be_visible()
        expect(page.locator(".cm-map__line--2").first).to_contain_text("as of")
        drawing = page.locator(".cm-map__drawing").evaluate("one => one.outerHTML")
        assert len(gzip.compress(drawing.encode())) <= 60_000
        assert barriers(page) == []
    finally:
        dashboard.engine.wake("ksmart")


def test_map05_fits_a_phone(browser: Browser, dashboard: Dashboard) -> None:
    with opened(browser, 390, 844) as (page, witness):
        page.goto(f"{dashboard.url}/district/palakkad?view=map")
        expect(page.locator(".cm-map__drawing")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        size = page.locator(".cm-map__line").first.evaluate(
            "one => one.getBoundingClientRect().height / one.getBBox().height * 12"
        )
        assert size >= 11
        witness.assert_clean()
