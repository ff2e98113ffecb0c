"""Chromium for browser tests: one browser for all, a fresh context for each test, nothing from other machines."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.helpers.browser import Dashboard, Witness, answering, launch, opened, serving
from tests.helpers.fake_client import FakeEngine


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    expect.set_options(timeout=30_000)  # machines that run many tests at once are slow, not wrong
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of a desk's size; wait_for_function works in it, which needs the eval that our pages forbid."""
    with opened(browser, 1440, 900, bypass_csp=True) as (made, witness):
        yield made
        assert not witness.outside, witness.outside


@pytest.fixture(scope="module")
def dashboard() -> Iterator[Dashboard]:
    """Kerala over a fake engine, one for the tests of a file."""
    with serving(FakeEngine(scale=0.2)) as served:
        with httpx.Client(base_url=served.url) as client:
            answering(client, "/api/indicators/names")
        yield served


@pytest.fixture
def desk(browser: Browser) -> Iterator[tuple[Page, Witness]]:
    """A fresh page of a desk's size that stays clean."""
    with opened(browser, 1440, 900) as (page, witness):
        yield page, witness
        witness.assert_clean()
