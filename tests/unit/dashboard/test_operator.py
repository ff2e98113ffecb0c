"""The operator's desk: nothing is done without a good key or for another site's page."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

import dashboard.views.danger
from dashboard.choice_file import Line
from dashboard.operator_door import OperatorDoor
from dashboard.shown_scenes import ShownScenes
from dashboard.wall_choice import WallChoice
from tests.helpers.browser import screens_config, serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from warehouse.clock import SettableClock
from warehouse.config import DataConfig


@dataclass
class Desk:
    """A dashboard and a browser at the operator's desk."""

    engine: FakeEngine
    folder: Path
    browser: httpx.Client
    key: str

    def post(self, action: str, fields: list[tuple[str, str]], origin: str | None = None) -> httpx.Response:
        """Send a form."""
        body = str(httpx.QueryParams(fields))
        own = str(self.browser.base_url).rstrip("/")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": own if origin is None else origin}
        return self.browser.post(f"/operator/{action}", content=body, headers=headers)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    config = replace(screens_config(), data=DataConfig(dir=tmp_path))
    _, key = OperatorDoor(tmp_path).file.make("", AFTERNOON, name="R. Nair")
    with (
        serving(engine, config) as dashboard,
        httpx.Client(base_url=dashboard.url, trust_env=False, timeout=60, follow_redirects=True) as browser,
    ):
        yield Desk(engine, tmp_path, browser, key)


def test_nothing_is_shown_or_done_without_a_good_key(desk: Desk) -> None:
    page = desk.browser.get("/operator")
    assert page.status_code == 200
    assert 'type="password"' in page.text
    assert "checkbox" not in page.text
    for key in ("", "cmd_forged"):
        assert desk.post("enter", [("key", key)]).status_code == 403
    for action in ("wall", "replay", "continue", "hold", "agree", "say", "leave", "nothing"):
        assert desk.post(action, [("wall", "main"), ("scene", "breach"), ("source", "ksmart")]).status_code == 403
    assert desk.engine.actions == []
    assert ShownScenes(desk.folder).of("main") == ()


def test_a_key_lets_in_until_it_is_revoked_or_forgotten(desk: Desk) -> None:
    entered = desk.post("enter", [("key", f" {desk.key} ")])
    assert entered.status_code == 200
    assert "R. Nair" in entered.text
    assert desk.key not in entered.text
    kept = entered.history[0].headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=strict" in kept
    assert "path=/operator" in kept
    assert "checkbox" in desk.browser.get("/operator").text
    assert desk.post("leave", []).status_code == 200
    assert "checkbox" not in desk.browser.get("/operator").text
    desk.post("enter", [("key", desk.key)])
    door = OperatorDoor(desk.folder)
    door.file.revoke(door.file.tokens()[0].id)
    assert "checkbox" not in desk.browser.get("/operator").text
    assert desk.post("wall", [("wall", "main"), ("scene", "breach")]).status_code == 403


def test_a_wall_shows_what_was_chosen_and_again_what_the_settings_say(desk: Desk) -> None:
    desk.post("enter", [("key", desk.key)])
    said = desk.post("wall", [("wall", "main"), ("scene", "breach"), ("scene", "nowhere"), ("scene", "monsoon")])
    assert said.status_code == 200
    assert "Wall main shows the chosen scenes" in said.text
    assert ShownScenes(desk.folder).of("main") == ("breach", "monsoon")
    of_main = said.text.split('name="wall" type="hidden" value="main"')[1]
    checked = re.findall(r'<input checked name="scene" type="checkbox" value="([a-z]+)"', of_main.split("</form>")[0])
    assert checked == ["breach", "monsoon"]
    assert "what the settings say" in desk.post("wall", [("wall", "main")]).text
    assert ShownScenes(desk.folder).of("main") == ()
    assert "Nothing was done" in desk.post("wall", [("wall", "elsewhere"), ("scene", "now")]).text


def test_rows_are_tried_again_under_a_name(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.post("enter", [("key", desk.key)])
    with caplog.at_level(logging.WARNING):
        said = desk.post("replay", [("source", "ksmart")])
    assert desk.engine.actions == [("replay", {"source": "ksmart"})]
    assert "Taken now: 3. Refused again: 2." in said.text
    assert "when the engine is started again" in said.text
    assert any("R. Nair" in one.getMessage() and "replay" in one.getMessage() for one in caplog.records)
    refused = desk.post("continue", [("source", "gone")])
    assert refused.status_code == 409
    assert "there is no [source.gone]" in refused.text


def test_nobody_writes_a_line_of_the_log_in_anothers_name(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.post("enter", [("key", desk.key)])
    with caplog.at_level(logging.WARNING):
        assert desk.post("x%0A2026-11-24%20WARNING%20pages.operator%20operator%20CS", []).status_code == 404
        assert not caplog.records, "nothing was done"
        desk.post("wall", [("wall", "main\n2026-11-24 WARNING pages.operator operator CS"), ("x\ny", "")])
    assert [one.getMessage().count("\n") for one in caplog.records] == [0]


def test_a_review_is_held_agreed_in_and_spoken_of(desk: Desk) -> None:
    desk.post("enter", [("key", desk.key)])
    assert "Add the action point" not in desk.browser.get("/operator").text, "there is no review to add one to"
    held = desk.post("hold", [("area", "KL-palakkad"), ("title", "October")])
    assert "The review 2026-11-20 is kept" in held.text
    assert "2026-11-20 · Palakkad · October" in held.text
    fields = {"review": "2026-11-20", "area": "KL-palakkad", "task": "Fill the posts", "holder": "Collector"}
    agreed = desk.post("agree", [*fields.items(), ("due_on", "2026-12-01"), ("indicator", "")])
    assert "The action point 2026-11-20.1 is kept." in agreed.text
    assert "Fill the posts" in agreed.text
    said = desk.post("say", [("point", "2026-11-20.1"), ("state", "kept"), ("remark", "all of them")])
    assert "What was said of 2026-11-20.1 is kept." in said.text
    assert "Fill the posts" not in said.text, "it is done"
    assert [name for name, _ in desk.engine.actions] == ["hold_review", "agree_point", "say_point"]
    assert {payload["by"] for _, payload in desk.engine.actions} == {"R. Nair"}
    refused = desk.post("agree", [*(fields | {"review": "never"}).items(), ("due_on", "2026-12-01")])
    assert refused.status_code == 409
    assert "there is no review" in refused.text


def test_a_page_that_is_loaded_again_does_nothing_twice_and_says_its_answer_once(desk: Desk) -> None:
    desk.post("enter", [("key", desk.key)])
    own = str(desk.browser.base_url).rstrip("/")
    fields = {"area": "KL", "title": "നവംബർ"}
    sent = desk.browser.post("/operator/hold?lang=ml", data=fields, headers={"Origin": own}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/operator?lang=ml")
    said = "2026-11-20"
    first, again = (desk.browser.get(sent.headers["location"]).text for _ in range(2))
    status = re.compile(r'role="status">([^<]*)<')
    assert said in status.findall(first)[0]
    assert not status.findall(again)
    assert [name for name, _ in desk.engine.actions] == ["hold_review"]


def test_refused_rows_are_counted_in_words_for_one_and_many(desk: Desk) -> None:
    page = desk.post("enter", [("key", desk.key)]).text
    assert re.search(r"Rows: \d", page)
    assert not re.search(r"\d rows", page)


def test_the_address_of_a_form_leads_to_the_desk(desk: Desk) -> None:
    answer = desk.browser.get("/operator/enter?lang=hi")
    assert (answer.status_code, answer.url.path, answer.url.query) == (200, "/operator", b"lang=hi")


def test_a_danger_is_acknowledged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (Line("hospital_oxygen_hours", "Oxygen lasts", ""),)
    monkeypatch.setattr(dashboard.views.danger, "read_choice", lambda _: WallChoice(alarms=lines))
    desk.engine.set_level("hospital_oxygen_hours", "KL-palakkad-mannarkkad", 2.0)
    until = time.monotonic() + 20
    while "Oxygen lasts 2.0 h: Mannarkkad" not in (page := desk.post("enter", [("key", desk.key)]).text):
        assert time.monotonic() < until, page  # another place is red from the beginning: the copy may be of before
        time.sleep(0.1)
    assert "I know of it" in page
    said = desk.post("acknowledge", [("indicator", "hospital_oxygen_hours")])
    assert "The walls do not tell of it any more" in said.text
    assert "I know of it" not in said.text
    assert "Nothing was done" in desk.post("acknowledge", [("indicator", "elsewhere")]).text


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_another_sites_page_changes_nothing(desk: Desk, origin: str) -> None:
    desk.post("enter", [("key", desk.key)])
    answer = desk.post("wall", [("wall", "main"), ("scene", "breach")], origin=origin)
    assert answer.status_code == 403
    assert ShownScenes(desk.folder).of("main") == ()


def test_a_form_that_is_too_long_is_none(desk: Desk) -> None:
    assert desk.post("enter", [("key", desk.key), ("more", "x" * 20_000)]).status_code == 403
