"""A wall's screen is let in by the key in its address, sees that wall, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from dashboard.components.wall import SCRIPTS, STYLES
from dashboard.wall_door import Screen, WallTokens, checked_network
from tests.helpers.browser import ROOT, Dashboard, screens_config, serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from warehouse.clock import SettableClock
from warehouse.config import DataConfig, WebConfig
from warehouse.errors import ConfigError
from warehouse.token_file import Token

FORGED = "cmd_forged"


@dataclass
class House:
    """A dashboard whose walls need tokens."""

    dashboard: Dashboard
    tokens: WallTokens
    client: httpx.Client

    def key(self, wall: str, network: str = "") -> tuple[Token, str]:
        """A new token of a wall."""
        return self.tokens.file.make("", AFTERNOON, wall=wall, name="at the desk", network=network)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("data")
    config = replace(screens_config(), data=DataConfig(dir=folder), web=WebConfig(walls_need_token=True))
    with (
        serving(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1), config) as dashboard,
        httpx.Client(base_url=dashboard.url, trust_env=False, timeout=60) as client,
    ):
        yield House(dashboard, WallTokens(folder), client)


def test_without_its_key_no_wall_is_shown_and_the_page_says_so_in_words(house: House) -> None:
    _, key = house.key("main")
    for path in ("/wall", "/wall/main", "/wall/main/now", "/live/wall/main", "/live/wall/main/now", "/wall/nowhere"):
        for query in ("", f"?key={FORGED}", "?key="):
            answer = house.client.get(path + query)
            assert answer.status_code == 403, path + query
            assert "no valid key for this wall" in answer.text
            assert answer.headers["content-security-policy"]
    assert house.client.get(f"/wall/hd?key={key}").status_code == 403, "of another wall"
    assert house.client.get(f"/live/wall/hd?key={key}").status_code == 403
    assert house.client.get("/").status_code == 200, "the desk has its own rules"


def test_with_its_key_the_wall_and_all_that_it_fetches_are_given_and_nobody_is_told_it(house: House) -> None:
    _, key = house.key("main")
    page = house.client.get(f"/wall/main?lang=ml&key={key}")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers, "a browser that lost everything has none"
    fetched = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(fetched) == len(STYLES) + len(SCRIPTS)
    assert all(path.startswith("/assets/") for path in fetched), "nothing of the desk's, which stands behind a login"
    assert {house.client.get(path).status_code for path in fetched} == {200}
    stream = re.search(r'data-stream="([^"]+)"', page.text)
    assert stream
    address = stream[1].replace("&amp;", "&")
    assert address == f"/live/wall/main?lang=ml&key={key}"
    with house.client.stream("GET", address) as answer:
        assert answer.status_code == 200
        assert next(answer.iter_text()).startswith("event: beat")


def test_a_key_opens_nothing_but_its_wall(house: House) -> None:
    _, key = house.key("main")
    for path in ("/", "/district/palakkad", "/api/places.csv", "/api/view?path=/", "/api/indicators/names", "/live"):
        answer = house.client.get(path + ("&" if "?" in path else "?") + f"key={key}")
        assert answer.status_code == 403, path
        assert "opens nothing else" in answer.text
    assert house.client.post(f"/_dash-update-component?key={key}", json={}).status_code == 403


def test_what_is_revoked_is_refused_and_its_stream_ends(house: House) -> None:
    stored, key = house.key("main")
    with house.client.stream("GET", f"/live/wall/main?key={key}") as answer:
        messages = answer.iter_text()
        next(messages)
        house.tokens.revoke(stored.id)
        began = time.monotonic()
        assert "event: refused" in list(messages)[-1]
        assert time.monotonic() - began < 60
    assert house.client.get(f"/wall/main?key={key}").status_code == 403


def test_a_key_is_good_from_its_network_only(house: House) -> None:
    _, near = house.key("main", "127.0.0.0/8")
    _, far = house.key("main", "10.20.0.0/16")
    assert house.client.get(f"/wall/main?key={near}").status_code == 200
    assert house.client.get(f"/wall/main?key={far}").status_code == 403
    told = {"X-Forwarded-For": "10.20.3.4"}
    assert house.client.get(f"/wall/main?key={far}", headers=told).status_code == 200, "as the proxy says"
    assert house.tokens.find(Screen("main", far, "")) is None
    assert checked_network("10.20.3.4/16") == "10.20.0.0/16"
    with pytest.raises(ConfigError, match="not a range of addresses"):
        checked_network("10.20")


def test_when_a_screen_was_last_there_is_known(house: House) -> None:
    stored, key = house.key("main")
    assert house.tokens.last_seen(stored) is None
    house.client.get(f"/wall/main?key={key}")
    assert house.tokens.last_seen(stored) == AFTERNOON


def test_where_no_token_is_needed_the_wall_is_shown_and_a_key_still_opens_nothing_else(tmp_path: Path) -> None:
    config = replace(screens_config(), data=DataConfig(dir=tmp_path))
    with (
        serving(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1), config) as dashboard,
        httpx.Client(base_url=dashboard.url, trust_env=False, timeout=60) as client,
    ):
        assert client.get("/wall/main").status_code == 200
        assert client.get(f"/?key={FORGED}").status_code == 403


def test_the_command_makes_lists_and_revokes(tmp_path: Path) -> None:
    def run(*words: str) -> object:
        line = [sys.executable, "run.py", "wall-token", *words, "--data", str(tmp_path), "--json"]
        return json.loads(subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    made = run("make", "main", "--name", "screen at the desk", "--network", "10.20.0.0/16")
    assert isinstance(made, dict)
    assert made["address"].startswith("/wall/main?key=cmd_")
    rows = run("list")
    assert isinstance(rows, list)
    (listed,) = rows
    assert (listed["name"], listed["wall"], listed["last_seen_at"]) == ("screen at the desk", "main", None)
    assert made["address"].rpartition("=")[2] not in json.dumps(listed)
    assert run("revoke", made["id"]) == {"id": made["id"], "wall": "main", "name": "screen at the desk"}
    assert run("list") == []
