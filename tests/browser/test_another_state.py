"""The screens of another state, over its own engine: three levels, a language that has no texts, no Kerala anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.helpers.browser import opened
from tests.helpers.house import House, house, run_json
from tests.helpers.second_state import write_second_state

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def gujarat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    config = write_second_state(tmp_path_factory.mktemp("gujarat"))
    data: Path = config.parent / "data"
    run_json("ingest", config.parent / "log.csv", "--source", "jansewa", data=data, config=config)
    with house(data, config=config) as built:
        yield built


def test_gj01_from_the_state_down_to_a_taluka(browser: Browser, gujarat: House) -> None:
    with opened(browser, 1440, 900) as (page, witness):
        page.goto(gujarat.url)
        expect(page.locator("h1")).to_contain_text("Gujarat")
        expect(page.locator("h1")).to_contain_text("ગુજરાત")
        expect(page.locator(".cm-languages a")).to_have_count(0)
        sentences = page.locator(".cm-cards").all_inner_texts()
        assert sentences
        assert not [sentence for sentence in sentences if "not stated" in sentence]  # its log names no office
        page.locator(".cm-tile", has_text="Botad").click()
        expect(page.locator("h1")).to_contain_text("Botad district")
        page.locator(".cm-table--places").get_by_role("link", name="Gadhada", exact=True).click()
        expect(page.locator("h1")).to_contain_text("Gadhada taluka")
        assert page.url.endswith("/district/botad/taluka/gadhada")
        words = page.inner_text("body")
        assert not [word for word in ("Kerala", "taluk ", "Taluks", "KL-") if word in words]
        witness.assert_clean()


@pytest.mark.parametrize(
    "path",
    [
        "/indicators",
        "/breaches",
        "/departments",
        "/review",
        "/health",
        "/offices",
        "/resources",
        "/feedback",
        "/control-rooms",
    ],
)
def test_gj02_every_list_is_drawn(browser: Browser, gujarat: House, path: str) -> None:
    with opened(browser, 1440, 900) as (page, witness):
        page.goto(f"{gujarat.url}{path}")
        expect(page.locator("h1")).to_be_visible()
        page.wait_for_load_state("networkidle") if path != "/indicators" else page.wait_for_selector(".ag-row")
        assert "Kerala" not in page.inner_text("body")
        assert "undefined" not in page.inner_text("main")
        witness.assert_clean()


def test_gj03_the_wall_names_the_state_and_repeats_no_english(browser: Browser, gujarat: House) -> None:
    with opened(browser, 1920, 1080) as (page, witness):
        page.goto(f"{gujarat.url}/wall/main")
        page.wait_for_selector(".cm-wall__canvas:not([hidden]) .cm-wnum")
        words = page.inner_text(".cm-wall__canvas")
        assert "Gujarat" in words
        assert words.count("Overdue now") <= 1
        assert "Kerala" not in words
        witness.assert_clean()
