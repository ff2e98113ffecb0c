"""W2–W6: the wall stays true when numbers change, sources fall silent, the engine or the server goes, for weeks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson
import pytest
from playwright.sync_api import Browser, Page

import dashboard.views.danger
from dashboard import app as app_module
from dashboard import live
from dashboard.choice_file import Line
from dashboard.views.danger import Acknowledged, dangers
from dashboard.views.wall import Wall
from dashboard.wall_choice import OWN_SCENES, WallChoice
from tests.helpers.bad_gateway import BadGateway
from tests.helpers.browser import Dashboard, Witness, opened, screens_config, serving, until
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import ShiftedClock
from warehouse.config import DataConfig

pytestmark = pytest.mark.browser
OVERDUE = '.cm-wnum[data-num="gov_overdue"]'
SERVICE = "birth_registration"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    config = replace(screens_config(), data=DataConfig(dir=tmp_path_factory.mktemp("data")))
    with serving(FakeEngine(clock=ShiftedClock(AFTERNOON), scale=0.3), config) as dashboard:
        yield dashboard


@pytest.fixture(autouse=True)
def all_is_well_again(served: Dashboard) -> Iterator[None]:
    yield
    served.engine.come_back()
    for source in ("ksmart", "kwa"):
        served.engine.wake(source)
    served.engine.phase = "live"


@pytest.fixture
def wall(browser: Browser, served: Dashboard) -> Iterator[tuple[Page, Witness]]:
    with opened(browser, 1920, 1080) as (page, witness):
        page.goto(f"{served.url}/wall/main")
        page.wait_for_selector(f"{OVERDUE} b")
        page.evaluate("() => { window.sameVisit = true }")
        yield page, witness


def number(page: Page, selector: str = f"{OVERDUE} .cm-wnum__value b") -> int:
    return int(page.inner_text(selector).replace(",", ""))


def body(served: Dashboard) -> str:
    return served.engine.reference.by_level("body")[0].code


def is_connected(page: Page, state: str) -> str:
    return f'document.querySelector(".cm-wall__canvas").dataset.connection === "{state}"'


def test_wal11_change_appears_in_place(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, witness = wall
    before = number(page)
    page.evaluate(f"() => {{ window.node = document.querySelector('{OVERDUE} .cm-wnum__value b').firstChild }}")
    served.engine.change("overdue", SERVICE, body(served), 7)
    until(page, f"document.querySelector('{OVERDUE} b').textContent.replace(/,/g, '') === '{before + 7}'")
    assert page.evaluate("() => window.sameVisit === true")
    witness.assert_clean()


def test_wal12_nothing_moves_and_nothing_comes_from_elsewhere(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, witness = wall
    for step in range(4):
        served.engine.change("overdue", SERVICE, body(served), step + 1)
        page.wait_for_timeout(500)
        assert page.evaluate("() => document.getAnimations().length") == 0
    assert page.evaluate("() => document.querySelectorAll('blink, marquee').length") == 0
    witness.assert_clean()


def test_wal13_ages_tick_without_any_message(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, _ = wall
    served.engine.silence("kwa", 4)
    page.wait_for_timeout(2500)
    served.engine.go_away()
    page.evaluate("() => { window.texts = [] }")
    seen = set()
    for _ in range(5):
        seen.add(page.inner_text('.cm-wchip[data-source="ksmart"] span'))
        page.wait_for_timeout(1000)
    assert len(seen) >= 4, seen


def lost_and_back(page: Page, go: Callable[[], None], come: Callable[[], None]) -> tuple[float, float]:
    """Every outage: figures stay and are dated, the clock runs on; then all is as before, without a reload.

    Returns:
        Seconds until it was shown as lost, and until it was live again.
    """
    before = number(page)
    go()
    lost_s = until(page, is_connected(page, "lost"))
    assert number(page) == before
    contact = page.inner_text(".cm-whead__contact")
    assert "CONNECTION LOST" in contact
    assert "figures are as of 16:" in contact
    frame = page.evaluate("() => getComputedStyle(document.querySelector('.cm-wall__frame')).borderTopColor")
    assert frame == "rgb(195, 166, 247)"
    assert page.evaluate("() => getComputedStyle(document.querySelector('.cm-wnums')).filter") == "saturate(0.25)"
    clock = "() => document.querySelector('.cm-whead__clock b').textContent"
    shown = page.evaluate(clock)
    as_of = page.inner_text(".cm-whead__contact span")
    page.wait_for_timeout(1200)
    assert page.inner_text(".cm-whead__contact span") == as_of, "the instant of the figures stands still"
    assert page.evaluate(clock) >= shown
    come()
    back_s = until(page, is_connected(page, "live"))
    assert "CONNECTION LOST" not in page.inner_text(".cm-whead__contact")
    assert page.evaluate("() => window.sameVisit === true"), "the page was reloaded"
    return lost_s, back_s


@pytest.mark.timed
def test_wal14_engine_gone_and_back(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, witness = wall
    lost_s, back_s = lost_and_back(page, served.engine.go_away, served.engine.come_back)
    assert (lost_s <= 10, back_s <= 15) == (True, True), (lost_s, back_s)
    witness.assert_clean()


def test_wal15_engine_restarted_with_other_numbers(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, _ = wall
    before = number(page)

    def come() -> None:
        served.engine.restart()
        served.engine.change("overdue", SERVICE, body(served), 11)

    lost_and_back(page, served.engine.go_away, come)
    until(page, f"document.querySelector('{OVERDUE} b').textContent.replace(/,/g, '') === '{before + 11}'")


def test_wal16_server_stopped_and_started_again(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, witness = wall
    lost_and_back(page, served.stop, served.start)
    assert all("ERR_CONNECTION_REFUSED" in message or "ERR_INCOMPLETE" in message for message in witness.messages)


@pytest.mark.timed
def test_wal29_a_proxy_that_answers_502_is_no_server_and_its_end_is_noticed(
    wall: tuple[Page, Witness], served: Dashboard
) -> None:
    page, witness = wall
    gateways: list[BadGateway] = []

    def go() -> None:
        served.stop()
        gateways.append(BadGateway(served.port))

    def come() -> None:
        page.wait_for_timeout(4000)  # it asks again and again, and is told 502 every time
        assert gateways[0].asked > 1
        gateways[0].close()
        served.start()

    try:
        lost_s, back_s = lost_and_back(page, go, come)
    finally:
        gateways[0].close()
    assert (lost_s <= 10, back_s <= 15) == (True, True), (lost_s, back_s)
    assert all(any(word in one for word in ("502", "ERR_")) for one in witness.messages), witness.messages


def test_wal30_a_danger_to_life_stands_until_it_is_acknowledged(
    wall: tuple[Page, Witness], served: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, witness = wall
    lines = (Line("hospital_oxygen_hours", "Oxygen", "ഓക്സിജൻ"),)
    monkeypatch.setattr(dashboard.views.danger, "read_choice", lambda _: WallChoice(alarms=lines))
    line = ".cm-wfoot__line[data-alarm=yes]"
    assert page.locator(line).count() == 0
    place = "KL-palakkad-mannarkkad"
    served.engine.set_level("hospital_oxygen_hours", place, 2.0)
    until(page, f"document.querySelector('{line}') !== null")
    told = page.inner_text(line)
    assert "Oxygen 2.0 h: Mannarkkad" in told
    box = page.locator(".cm-wfoot__event").bounding_box()
    assert box is not None
    assert box["height"] < 80, "one line, where the events stand otherwise"
    page.wait_for_timeout(2500)
    assert page.inner_text(line) == told, "it does not move and does not blink"
    (danger,) = dangers(services_over(served.engine))
    Acknowledged(served.config.data.dir).add(danger)
    served.engine.change("overdue", SERVICE, body(served), 1)
    until(page, f"document.querySelector('{line}') === null")
    served.engine.set_level("hospital_oxygen_hours", place, 90.0)
    witness.assert_clean()


@pytest.mark.timed
def test_wal17_short_break_of_the_line_is_not_an_alarm(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, _ = wall
    page.evaluate(
        """() => { window.lost = 0; new MutationObserver(() => {
            if (document.querySelector(".cm-wall__canvas").dataset.connection === "lost") window.lost += 1;
        }).observe(document.querySelector(".cm-wall__canvas"), { attributes: true }) }"""
    )
    served.stop()
    served.start()
    page.wait_for_timeout(3000)
    served.engine.change("overdue", SERVICE, body(served), 5)
    page.wait_for_timeout(2500)
    assert page.evaluate("() => window.lost") == 0


def test_wal18_silent_source_flags_its_chip_and_all_its_numbers(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, witness = wall
    normal = number(page, ".cm-wall-all p b")
    served.engine.silence("ksmart", 26)
    until(page, "document.querySelector('.cm-wchip[data-source=ksmart]').dataset.freshness === 'late'")
    assert "26 min late" in page.inner_text('.cm-wchip[data-source="ksmart"]')
    until(page, "[...document.querySelectorAll('.cm-wnum')].every((one) => one.dataset.freshness === 'late')")
    assert "as of 16:1" in page.inner_text(f"{OVERDUE} .cm-wnum__note")
    assert page.evaluate(f"() => document.querySelector('{OVERDUE} .cm-wnum__note .cm-mark').style.display") == "none"
    assert page.eval_on_selector_all(".cm-wtile", "tiles => new Set(tiles.map((one) => one.dataset.mark)).size") == 1
    assert number(page, ".cm-wall-all p b") < normal
    served.engine.silence("ksmart", 90)
    until(page, f"document.querySelector('{OVERDUE} b').textContent === '–'")
    assert "no data since 15:1" in page.inner_text(f"{OVERDUE} .cm-wnum__note")
    served.engine.wake("ksmart")
    until(page, f"document.querySelector('{OVERDUE}').dataset.freshness === 'live'")
    witness.assert_clean()


@pytest.mark.timeout(300)
def test_wal19_many_updates_leave_nothing_behind(
    browser: Browser, served: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_FRAME_GAP_S", 0.02)
    monkeypatch.setattr(live, "_BEAT_S", 0.05)
    with opened(browser, 1920, 1080) as (page, witness):
        page.goto(f"{served.url}/wall/main?lang=ml")
        page.wait_for_selector(f"{OVERDUE} b")
        page.evaluate(
            """() => { window.updates = 0; new MutationObserver(() => { window.updates += 1 }).observe(
                document.querySelector('.cm-wnum[data-num="gov_overdue"] .cm-wnum__value b'),
                { childList: true, characterData: true, subtree: true }) }"""
        )
        client = page.context.new_cdp_session(page)

        def heap_mb() -> float:
            client.send("HeapProfiler.collectGarbage")
            return client.send("Runtime.getHeapUsage")["usedSize"] / 1e6

        def update(until: int) -> None:
            for step in range(2000):
                served.engine.change("overdue", SERVICE, body(served), 1 if step % 2 else 2)
                page.wait_for_timeout(15)
                if page.evaluate("() => window.updates") >= until:
                    return
            raise AssertionError("the wall did not follow")

        update(20)
        nodes, heap = page.evaluate("() => document.querySelectorAll('*').length"), heap_mb()
        update(80)
        # a mark more or less, as the arrow turns
        assert abs(page.evaluate("() => document.querySelectorAll('*').length") - nodes) <= 4
        assert heap_mb() - heap < 0.5
        witness.assert_clean()


@pytest.mark.timed
def test_wal24_scenes_come_in_turn_in_step_on_two_screens(browser: Browser, served: Dashboard) -> None:
    with opened(browser, 1920, 1080) as (one, first), opened(browser, 1920, 1080) as (other, second):
        for page in (one, other):
            page.goto(f"{served.url}/wall/turns")
            page.wait_for_selector(".cm-wall__canvas:not([hidden])")
        seen: list[str] = []
        apart_s = longest_s = 0.0
        end = time.monotonic() + 60
        while len(seen) < 4:
            assert time.monotonic() < end, seen
            began = time.monotonic()
            here, there = (
                page.evaluate("() => document.querySelector('.cm-wall__canvas').dataset.scene") for page in (one, other)
            )
            if not seen or here != seen[-1]:
                seen.append(here)
            one.wait_for_timeout(100)
            apart_s = 0.0 if here == there else apart_s + time.monotonic() - began
            longest_s = max(longest_s, apart_s)
        order = ["now", "districts", "breach", "departments", "citizens"]
        place = order.index(seen[0])
        assert seen == [order[(place + step) % len(order)] for step in range(4)]
        assert longest_s < 1.5
        assert "next: " in one.inner_text(".cm-wfoot__next")
        dots = one.eval_on_selector_all(".cm-wfoot__scene i", "dots => dots.filter((dot) => !dot.hidden).length")
        assert dots == len(order)
        first.assert_clean()
        second.assert_clean()


def test_wal28_four_players_are_one_wall_in_step(browser: Browser, served: Dashboard) -> None:
    with contextlib.ExitStack() as stack:
        screens = [stack.enter_context(opened(browser, 1920, 1080)) for _ in range(4)]
        for tile, (page, _) in enumerate(screens, start=1):
            page.goto(f"{served.url}/wall/turns?tile={tile}")
            page.wait_for_selector(".cm-wall__canvas:not([hidden])")
        seen: list[set[str]] = [set() for _ in screens]
        end = time.monotonic() + 60
        while [len(one) for one in seen] != [1, 1, 2, 1]:  # this catalogue has nothing for "resources"
            assert time.monotonic() < end, seen
            for (page, _), scenes in zip(screens, seen, strict=True):
                scenes.add(page.evaluate("() => document.querySelector('.cm-wall__canvas').dataset.scene"))
            screens[0][0].wait_for_timeout(100)
        assert seen == [{"now"}, {"districts"}, {"breach", "departments"}, {"citizens"}]
        for page, witness in screens:
            assert page.locator(".cm-wall--small").count() == 1
            witness.assert_clean()
        page, witness = screens[0]
        page.goto(f"{served.url}/wall/hd?tile=1")
        assert "units of legible text" in page.inner_text(".cm-wall-missing")
        page.goto(f"{served.url}/wall/turns?tile=5")
        assert "main" in page.inner_text(".cm-wall-missing")


def test_wal25_pinned_scene_stays_and_says_so(browser: Browser, served: Dashboard) -> None:
    with opened(browser, 1920, 1080) as (page, witness):
        for address in ("/wall/turns?scene=districts", "/wall/turns/districts"):
            page.goto(f"{served.url}{address}")
            page.wait_for_selector(".cm-wall__canvas[data-scene=districts]")
            assert page.inner_text(".cm-wfoot__scene b") == "Districts and taluks"
            assert page.inner_text(".cm-wfoot__next") == "pinned"
        page.goto(f"{served.url}/wall/turns?scene=nowhere")
        page.wait_for_selector(".cm-wall-missing")
        assert "districts" in page.inner_text(".cm-wall-missing")
        witness.assert_clean()


def test_wal26_a_thousand_frames_of_all_scenes_leave_nothing_behind(browser: Browser, served: Dashboard) -> None:
    services = services_over(served.engine)
    frames = [orjson.dumps(Wall(services, "main", "ml", scene).build()).decode() for scene in OWN_SCENES]
    with opened(browser, 1920, 1080) as (page, witness):
        page.goto(f"{served.url}/wall/main")
        page.wait_for_selector(f"{OVERDUE} b")
        page.evaluate(
            """(frames) => {
                const stage = document.createElement("div");
                stage.className = "cm-wall cm-wall--wide";
                for (const [name, units] of [["--cm-canvas-w", "3840"], ["--cm-canvas-h", "2160"]])
                    stage.style.setProperty(name, units);
                stage.append(document.createElement("p"));
                document.body.append(stage);
                const drawn = cmPicture.picture(stage);
                let step = 0;
                window.show = (count) => {
                    for (; count > 0; count -= 1, step += 1) {
                        const frame = JSON.parse(frames[Math.floor(step / 20) % frames.length]);
                        for (const number of frame.numbers) number.value = [String(1000 + (step % 9000))];
                        drawn.frame(frame);
                    }
                };
            }""",
            frames,
        )
        client = page.context.new_cdp_session(page)

        def heap_mb() -> float:
            client.send("HeapProfiler.collectGarbage")
            return client.send("Runtime.getHeapUsage")["usedSize"] / 1e6

        page.evaluate("() => show(20 * 12)")
        nodes, heap = page.evaluate("() => document.querySelectorAll('*').length"), heap_mb()
        for _ in range(4):
            page.evaluate("() => show(20 * 12)")
        assert abs(page.evaluate("() => document.querySelectorAll('*').length") - nodes) <= 8
        assert heap_mb() - heap < 0.5
        witness.assert_clean()


def test_wal20_new_build_makes_the_wall_load_itself_again(
    wall: tuple[Page, Witness], served: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ = wall
    monkeypatch.setattr(app_module, "build_id", lambda: "another")
    served.stop()
    served.start()
    with page.expect_navigation(timeout=15_000):
        pass
    page.wait_for_selector(".cm-wnum b")
    assert page.evaluate("() => window.sameVisit === undefined")


def test_wal21_second_language_by_address_and_unknown_wall(browser: Browser, served: Dashboard) -> None:
    with opened(browser, 1920, 1080) as (page, witness):
        page.goto(f"{served.url}/wall/main/now?lang=ml")
        page.wait_for_selector(".cm-wnum b")
        assert page.evaluate("() => document.documentElement.lang") == "ml"
        assert page.inner_text(".cm-whead__title").startswith("കേരളം")
        assert page.inner_text(".cm-whead__echo").startswith("Kerala")
        page.goto(f"{served.url}/wall/nowhere")
        page.wait_for_selector(".cm-wall-missing")
        assert "main" in page.inner_text(".cm-wall-missing")
        witness.assert_clean()


def test_wal22_wall_waits_visibly_for_an_engine_that_never_answered(browser: Browser) -> None:
    engine = FakeEngine(clock=ShiftedClock(AFTERNOON), scale=0.2)
    engine.go_away()
    with serving(engine) as dashboard, opened(browser, 1920, 1080) as (page, _):
        page.goto(f"{dashboard.url}/wall/main")
        page.wait_for_selector(".cm-wall__waiting:visible")
        page.wait_for_timeout(1500)
        assert page.inner_text(".cm-wall__waiting") == "Connecting"
        engine.come_back()
        page.wait_for_selector(f"{OVERDUE} b")
        assert not page.is_visible(".cm-wall__waiting")


def test_wal23_loading_engine_is_not_called_live(wall: tuple[Page, Witness], served: Dashboard) -> None:
    page, _ = wall
    served.engine.phase = "loading"
    until(page, "document.querySelector('.cm-whead__contact').textContent.includes('Loading history · 40 %')")
    served.engine.phase = "live"
    until(page, "document.querySelector('.cm-whead__contact').textContent.includes('Live')")
