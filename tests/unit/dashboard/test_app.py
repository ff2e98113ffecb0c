"""What the web process answers before any page is drawn."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from dashboard import probe_route
from dashboard.app import build_id
from dashboard.security import MOST_BYTES
from tests.helpers.browser import answering, screens_config, serving
from tests.helpers.fake_client import FakeEngine
from warehouse.errors import ConfigError


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(FakeEngine(scale=0.2)) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False) as made:
        yield made


def test_first_deep_link_has_scripts_and_styles(client: httpx.Client) -> None:
    page = client.get("/wall/main").text
    for file in ("/assets/00-tokens.css", "/assets/20-wall.css", "/assets/js/wall.js", "/assets/js/live.js"):
        assert file in page
    desk = client.get("/district/palakkad").text
    vendor = [desk.index(f"/assets/vendor/{name}") for name in ("fonts.css", "bootstrap.css")]
    assert max(vendor) < desk.index("/assets/00-tokens.css"), "our own styles come after those of packages"


def test_language_and_theme_are_right_before_any_script(client: httpx.Client) -> None:
    def root(path: str) -> str:
        found = re.search(r"<html [^>]*>", client.get(path).text)
        assert found
        return found[0]

    assert root("/wall/main") == '<html lang="en" data-theme="wall">'
    assert root("/wall/main?lang=ml") == '<html lang="ml" data-theme="wall">'
    assert root("/") == '<html lang="en" data-theme="desk">'
    assert root("/?lang=ml") == '<html lang="ml" data-theme="desk">'
    assert root("/?lang=%22%3E%3Cscript%3E") == '<html lang="en" data-theme="desk">'


def test_wall_leads_to_the_first_wall_and_keeps_the_language(client: httpx.Client) -> None:
    answer = client.get("/wall?lang=ml", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/wall/main?lang=ml")


def test_unknown_addresses_are_not_found(client: httpx.Client) -> None:
    for path in ("/nowhere", "/assets/none.js", "/api/none", "/docs", "/redoc", "/openapi.json", "/walls"):
        assert client.get(path).status_code == 404, path
    assert client.get("/api/none").json() == {"error": "path"}
    assert client.get("/live/wall/none/now").status_code == 404
    assert client.get("/live/wall/main/none").status_code == 404


def test_every_answer_says_what_a_browser_may_do(client: httpx.Client) -> None:
    for path in ("/", "/wall/main", "/assets/00-tokens.css", "/api/none", "/nowhere"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "unsafe" not in scripts, path
        assert "'sha256-" in scripts, path


def test_no_body_is_larger_than_a_page_needs(client: httpx.Client) -> None:
    most = b" " * (MOST_BYTES - 2) + b"{}"
    for path in ("/_dash-update-component", "/", "/operator/enter", "/api/none", "/nowhere"):
        for body in (most + b" ", iter([most, b" "])):  # with its length, and in chunks
            answer = client.post(path, content=body)
            assert answer.status_code == 413, path
            assert answer.json() == {"error": "a body has at most 1048576 bytes"}
            assert answer.headers["content-security-policy"], path
        assert client.post(path, content=most).status_code != 413, path


def test_length_that_is_told_is_enough_to_refuse(client: httpx.Client) -> None:
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port), timeout=5) as asked:
        asked.sendall(b"POST /_dash-update-component HTTP/1.1\r\nHost: x\r\nContent-Length: 400000000\r\n\r\n")
        assert asked.recv(64).startswith(b"HTTP/1.1 413 ")


def test_callback_that_is_no_json_object_is_refused_in_words(client: httpx.Client) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000):
        for sent in (body, iter([body])):
            answer = client.post("/_dash-update-component", content=sent, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()) == (400, {"error": "the body must be a JSON object"}), body


def test_texts_come_packed_and_what_is_packed_already_or_never_ends_does_not(client: httpx.Client) -> None:
    page = client.get("/").text
    files = re.findall(r'(?:src|href)="([^"]+\.(?:js|css)[^"]*)"', page)
    assert len(files) > 20
    packed = [client.get(file, headers={"Accept-Encoding": "gzip, br"}) for file in files]
    large = [one for one in packed if len(one.content) > 500]
    assert {one.headers.get("content-encoding") for one in large} == {"gzip"}
    assert client.get(files[0], headers={"Accept-Encoding": "identity"}).headers.get("content-encoding") is None
    font = client.get("/assets/vendor/noto-sans-latin-400-normal.woff2")
    assert (font.status_code, font.headers.get("content-encoding")) == (200, None)
    with client.stream("GET", "/live?path=/") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers.get("content-encoding") is None


def test_page_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", client.get("/wall/main").text)


def test_web_sockets_are_refused(client: httpx.Client) -> None:
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Origin": "http://x"}
    asked["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    assert client.get("/_dash-ws-callback", headers=asked).status_code in {403, 404, 426}


def test_probes_tell_a_process_that_lives_from_one_whose_engine_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_route, "_AWAY_S", 1.0)
    with serving(FakeEngine(scale=0.05)) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False) as client:

        def ready() -> tuple[int, str]:
            answer = client.get("/readyz")
            assert answer.headers["content-type"].startswith("text/plain")
            return answer.status_code, answer.text

        def until(status: int) -> str:
            end = time.monotonic() + 30
            while (found := ready())[0] != status:
                assert time.monotonic() < end, found
                time.sleep(0.05)
            return found[1]

        assert until(200) == "ok\n"
        dashboard.engine.go_away()
        assert re.fullmatch(r"the engine was last heard \d+ s ago\n", until(503))
        answer = client.get("/healthz")
        assert (answer.status_code, answer.text) == (200, "ok\n")
        dashboard.engine.come_back()
        until(200)


def test_build_changes_with_the_files_only() -> None:
    assert build_id() == build_id()
    assert re.fullmatch(r"[0-9a-f]{12}", build_id())


def test_every_page_says_who_answers_for_it_how_new_it_is_and_whom_to_turn_to(client: httpx.Client) -> None:
    answering(client, "/api/indicators/names")
    plain = client.get("/api/view?path=/help").text
    assert re.search(r"Owner: Government of Kerala</span><span>Last updated \d\d-\d\d-\d{4} \d\d:\d\d<", plain)
    assert "Contact:" not in plain
    assert "/complaint" not in plain
    assert client.get("/complaint").status_code == 404
    told = {"owner": "IT Mission", "contact": "0471-155300", "complaint": "https://example.org/complain"}
    config = screens_config()
    config = replace(config, state=replace(config.state, **told))
    with (
        serving(FakeEngine(scale=0.1), config) as dashboard,
        httpx.Client(base_url=dashboard.url, trust_env=False) as other,
    ):
        answering(other, "/api/indicators/names")
        page = other.get("/api/view?path=/help&search=?lang=hi").text
        assert "स्वामी: IT Mission" in page
        assert "संपर्क: 0471-155300" in page
        assert 'href="/complaint"' in page
        assert other.get("/complaint", follow_redirects=False).headers["location"] == told["complaint"]
    with (
        pytest.raises(ConfigError, match=r"state\.complaint = 'mail'"),
        serving(FakeEngine(scale=0.1), replace(config, state=replace(config.state, complaint="mail"))),
    ):
        pass
