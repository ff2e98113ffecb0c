"""Chromium for browser tests: one browser for all, a fresh context for each test, nothing from other machines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.helpers.browser import launch, opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
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
