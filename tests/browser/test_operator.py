"""The operator's desk in a browser: by keyboard alone, in three languages, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dashboard.operator_door import OperatorDoor
from dashboard.shown_scenes import ShownScenes
from tests.helpers.browser import Dashboard, barriers, opened, screens_config, serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from warehouse.clock import SettableClock
from warehouse.config import DataConfig

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operator")


@pytest.fixture(scope="module")
def dashboard(folder: Path) -> Iterator[Dashboard]:
    config = replace(screens_config(), data=DataConfig(dir=folder))
    with serving(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2), config) as running:
        yield running


@pytest.mark.parametrize(("lang", "width", "height"), [("en", 1440, 900), ("ml", 390, 844), ("hi", 390, 844)])
def test_scenes_are_chosen_by_keyboard(
    browser: Browser, dashboard: Dashboard, folder: Path, lang: str, width: int, height: int
) -> None:
    door = OperatorDoor(folder)
    stored, key = door.file.make("", AFTERNOON, name="R. Nair")
    ShownScenes(folder).choose("main", ())
    with opened(browser, width, height) as (page, witness):
        page.goto(f"{dashboard.url}/operator?lang={lang}")
        assert barriers(page, with_contrast=lang == "en") == []
        page.get_by_role("textbox").or_(page.locator("input[type=password]")).focus()
        page.keyboard.type(key)
        page.keyboard.press("Enter")
        expect(page.get_by_text("R. Nair")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == lang
        assert barriers(page, with_contrast=lang == "en") == []
        page.locator("input[value=breach]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_be_visible()
        assert ShownScenes(folder).of("main") == ("now", "breach")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.context.cookies()[0]["httpOnly"]
        assert key not in page.content()
        witness.assert_clean()
    door.file.revoke(stored.id)
