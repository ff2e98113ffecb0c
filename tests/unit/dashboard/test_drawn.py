"""A page is drawn once for all who want it at the same moment, and never shown from old values."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.drawn import DrawnPages
from warehouse.errors import EngineGoneError


@pytest.fixture
def values() -> Any:
    return SimpleNamespace(engine_id="e1", version=1)


def test_a_page_is_kept_for_half_a_second_and_one_version(values: Any) -> None:
    now, drawn = [0.0], []
    pages = DrawnPages(values, elapsed=lambda: now[0])

    def ask(href: str = "/") -> str:
        return pages.page(href, lambda: drawn.append(href) or f"{href} {len(drawn)}")  # type: ignore[func-returns-value]

    assert (ask(), ask()) == ("/ 1", "/ 1")
    assert ask("/health") == "/health 2"
    values.version = 2
    assert ask() == "/ 3"
    values.engine_id = "e2"
    assert ask() == "/ 4"
    now[0] = 0.5
    assert ask() == "/ 5"


def test_a_page_wanted_by_many_at_once_is_drawn_once(values: Any) -> None:
    pages, go, drawn = DrawnPages(values, elapsed=lambda: 0.0), threading.Event(), []

    def draw() -> str:
        go.wait(10)
        drawn.append(1)
        return "page"

    with ThreadPoolExecutor(8) as readers:
        waiting = [readers.submit(pages.page, "/", draw) for _ in range(8)]
        other = pages.page("/health", lambda: "nobody waits for another page")
        go.set()
        assert {one.result(10) for one in waiting} == {"page"}
    assert other
    assert len(drawn) == 1


def test_what_failed_is_not_kept(values: Any) -> None:
    pages = DrawnPages(values)

    def fail() -> str:
        raise EngineGoneError("away")

    with pytest.raises(EngineGoneError):
        pages.page("/", fail)
    assert pages.page("/", lambda: "there") == "there"


def test_only_so_many_pages_are_kept(values: Any) -> None:
    pages, drawn = DrawnPages(values, elapsed=lambda: 0.0), []
    for number in range(200):
        pages.page(f"/{number}", lambda: drawn.append(1) or "")  # type: ignore[func-returns-value]
    pages.page("/0", lambda: drawn.append(1) or "")  # type: ignore[func-returns-value]
    assert len(drawn) == 201
