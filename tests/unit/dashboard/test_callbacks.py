"""Callbacks of Dash: none blocks the event loop, none runs without a person, and what goes wrong in one is logged."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import dash
import httpx
import pytest

from dashboard.address import Address
from dashboard.screen import Content, add_screen
from dashboard.services import Services
from tests.helpers import browser
from tests.helpers.browser import serving
from tests.helpers.fake_client import FakeEngine

#: What a person changes: the address, by a link or the way back. The others are Dash's own answer to it.
BY_PERSONS = {"_pages_location"}
BY_DASH = {"_pages_store"}


@pytest.fixture(scope="module")
def app() -> Iterator[dash.Dash]:
    with serving(FakeEngine(scale=0.05)) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False) as client:
        client.get("/_dash-dependencies")  # Dash makes its callbacks with the first request
        assert dashboard._app is not None
        yield dashboard._app.state.dash


def test_every_callback_of_the_server_is_async(app: dash.Dash) -> None:
    """A plain one would run on the event loop: every stream of the process would stand still meanwhile."""
    callbacks = {name: one["callback"] for name, one in app.callback_map.items() if "callback" in one}
    assert callbacks
    plain = [name for name, one in callbacks.items() if not inspect.iscoroutinefunction(inspect.unwrap(one))]
    assert not plain


def test_nothing_changes_an_input_but_a_person(app: dash.Dash) -> None:
    """Dash keeps every change of an Input for ever (its undo history): a clock or a stream would fill the memory."""
    inputs = {one["id"] for entry in app._callback_list for one in entry["inputs"]}
    assert inputs <= BY_PERSONS | BY_DASH
    layouts = [page["layout"] for page in dash.page_registry.values()]
    assert layouts
    served = str(app.layout() if callable(app.layout) else app.layout)
    assert "Interval(" not in served


@dataclass(frozen=True)
class Broken:
    """A page that cannot be drawn."""

    def register(self, app: dash.Dash, services: Services) -> None:
        """Add it to an app."""
        add_screen(app, "pages.broken", "/broken", self._draw)

    def _draw(self, services: Services, address: Address) -> Content:
        message = "cannot be drawn"
        raise ZeroDivisionError(message)


def test_what_goes_wrong_in_a_callback_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = browser.all_pages()
    monkeypatch.setattr(browser, "all_pages", lambda: [*pages, Broken()])
    with serving(FakeEngine(scale=0.05)) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False) as client:
        (routing,) = [one for one in client.get("/_dash-dependencies").json() if "_pages_content" in one["output"]]
        values = {"href": f"{dashboard.url}/broken", "pathname": "/broken", "search": "", "hash": ""}
        inputs = [one | {"value": values.get(one["property"], "")} for one in routing["inputs"]]
        state = [one | {"value": values[one["property"]]} for one in routing["state"]]
        names = routing["output"].strip(".").split("...")
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
        asked = {"output": routing["output"], "outputs": outputs, "inputs": inputs, "state": state}
        asked["changedPropIds"] = ["_pages_location.pathname"]
        with caplog.at_level(logging.ERROR):
            client.post("/_dash-update-component", json=asked)
    told = [record for record in caplog.records if record.name == "dashboard.app"]
    assert [record.message for record in told] == ["a callback failed"]
    assert told[0].exc_info is not None
    assert isinstance(told[0].exc_info[1], ZeroDivisionError)
