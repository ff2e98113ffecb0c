"""A dashboard on a free port, and a Chromium that tells what it met: console messages, requests to elsewhere."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import httpx
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Playwright

from dashboard.app import create_app
from dashboard.serve import make_server
from tests.helpers.fake_client import KERALA, FakeEngine
from warehouse.config import Config, StateConfig, WallConfig

ROOT = Path(__file__).resolve().parents[2]
#: The same Chromium without a window to draw takes half the processor time for every page.
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
#: Only of this machine, quiet, and drawing the same everywhere.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-quic",
    "--disable-sync",
    "--metrics-recording-only",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--js-flags=--expose-gc",
]
#: Wall of the mock-up: 2 × 2 of 55 inch, read at 5 m, one unit of type = one pixel. Without a scene in the address
#: these show "State now" alone.
WALL_4K = WallConfig(scenes=("now",))
#: One 55 inch screen, read at 5 m: class S.
WALL_HD = WallConfig(width_px=1920, height_px=1080, width_mm=1210, view_m=5.0, scenes=("now",))
#: The same screen read at 3 m.
WALL_NEAR = WallConfig(width_px=1920, height_px=1080, width_mm=1210, view_m=3.0, scenes=("now",))
#: Four by two of 55 inch.
WALL_LONG = WallConfig(width_px=7680, height_px=2160, width_mm=4872, view_m=5.0, scenes=("now",))
#: All scenes in turn, as quickly as the settings allow.
WALL_TURNS = WallConfig(dwell_s=5, dwell_now_s=5)
WALLS = {"main": WALL_4K, "hd": WALL_HD, "desk": WALL_NEAR, "long": WALL_LONG, "turns": WALL_TURNS}


def screens_config(walls: dict[str, WallConfig] | None = None) -> Config:
    """Settings for screens over a fake engine."""
    return Config(file=ROOT / "config.toml", state=StateConfig(reference=KERALA), walls=walls or WALLS)


def all_pages() -> list[ModuleType]:
    """Every module of pages/."""
    names = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__")
    return [importlib.import_module(f"pages.{name}") for name in names]


@dataclass
class Dashboard:
    """A served dashboard.

    Attributes:
        engine: the fake that it follows; may be replaced by None when it is a real one.
        port: where it listens; the same after `start` again.
    """

    engine: FakeEngine
    config: Config = field(default_factory=screens_config)
    port: int = 0
    _app: FastAPI | None = None
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the dashboard."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and wait until it answers."""
        self.port = self.port or _free_port()
        self.forget()
        self._app = create_app(self.config, self.engine, self.engine.reference, self.engine.clock, pages=all_pages())
        self._server = make_server(self._app, "127.0.0.1", self.port)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive(), "the dashboard did not start"
            assert time.monotonic() < until, "the dashboard took more than 30 s to start"
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop serving; open streams are cut."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=15)
            assert not self._thread.is_alive(), "the dashboard did not stop"

    def forget(self) -> None:
        """Drop the values of the app served last: Dash keeps every app of a process for ever, 250 MB each."""
        if self._app is not None:
            self._app.state.services.values._values = None
            self._app = None


@contextlib.contextmanager
def serving(engine: FakeEngine | None = None, config: Config | None = None) -> Iterator[Dashboard]:
    """A dashboard over a fake engine, stopped at the end."""
    dashboard = Dashboard(engine or FakeEngine(), config or screens_config())
    dashboard.start()
    try:
        yield dashboard
    finally:
        dashboard.engine.come_back()
        dashboard.stop()
        dashboard.forget()
        dashboard.engine.forget()


def launch(playwright: Playwright) -> Browser:
    """Chromium of the machine."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)


@dataclass
class Witness:
    """What a page met.

    Attributes:
        messages: console messages and uncaught errors.
        outside: addresses asked for that are not this machine's.
        failed: requests that the server refused or that did not come through.
    """

    messages: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))
        page.on("request", lambda request: self._check(request.url))
        page.on("response", lambda answer: self.failed.append(answer.url) if answer.status >= 400 else None)

    def _check(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != "127.0.0.1":
            self.outside.append(url)

    def clear(self) -> None:
        """Forget what was met (after something that had to fail)."""
        self.messages.clear()
        self.failed.clear()

    def assert_clean(self) -> None:
        """Nothing in the console, nothing from outside, nothing refused."""
        assert not self.messages, self.messages
        assert not self.outside, self.outside
        assert not self.failed, self.failed


@contextlib.contextmanager
def opened(browser: Browser, width: int, height: int, **context: object) -> Iterator[tuple[Page, Witness]]:
    """A fresh page of a size, with its witness."""
    made = browser.new_context(viewport={"width": width, "height": height}, **context)  # type: ignore[arg-type]
    page, witness = made.new_page(), Witness()
    witness.watch(page)
    try:
        yield page, witness
    finally:
        made.close()


def until(page: Page, script: str, timeout_s: float = 60) -> float:
    """Wait until a script is true. (wait_for_function needs eval, which our pages forbid.)

    Args:
        page: where it is asked.
        script: an expression.
        timeout_s: when to give up; only tests marked `timed` may say how soon.

    Returns:
        Seconds that it took.
    """
    start = time.monotonic()
    while not page.evaluate(f"() => Boolean({script})"):
        assert time.monotonic() - start < timeout_s, script
        page.wait_for_timeout(50)
    return time.monotonic() - start


def barriers(page: Page, *, with_contrast: bool = True) -> list[str]:
    """What axe-core calls serious or critical on a page, with the element.

    Args:
        page: to be judged as it stands.
        with_contrast: False where the same page was judged in another language: colours do not change with it, and
            they take most of the time.
    """
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": with_contrast}}}
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in Axe().run(page, options=options).response["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def answering(client: httpx.Client, path: str) -> None:
    """Wait until a dashboard that has just started has the engine's values, which come beside."""
    until = time.monotonic() + 30
    while client.get(path).status_code == 503:
        assert time.monotonic() < until, "the values did not come within 30 s"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
