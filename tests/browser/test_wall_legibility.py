"""W1: every configured wall in every language reads from where its readers stand, and nothing is out of its place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers.browser import (
    WALL_4K,
    WALL_HD,
    WALL_LONG,
    WALL_NEAR,
    Dashboard,
    Witness,
    opened,
    screens_config,
    serving,
)
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.legibility import Survey, survey
from warehouse.clock import ShiftedClock
from warehouse.config import WallConfig

pytestmark = pytest.mark.browser

TIER_B, TIER_C = 16, 12
#: What one needs to act: must reach tier B. Everything else (echoes, ages, captions, legends) tier C.
NEEDED = (
    "cm-watt__what", "cm-watt__who", "cm-watt__num", "cm-wnum__value", "cm-wnum__note", "cm-wnum__label",
    "cm-wdep", "cm-wtile", "cm-wtile__num", "cm-wline", "cm-wline__num", "cm-wline__place", "cm-whours",
    "cm-wask__number", "cm-wfoot__line", "cm-wfoot__scene", "cm-whead__clock",
)  # fmt: skip
#: Units are read with their number.
NEEDED_TAGS_EXCEPT = ("h", "hours", "%", "min", "IST", "Mm³")
SCENES = ("districts", "breach", "departments", "resources", "citizens", "review")
#: Wall, language, scene: "State now" on every wall, the other scenes at the two sizes that there are most of.
SHOWN = (
    *((name, lang, "now") for name in ("main", "hd", "desk", "long") for lang in ("en", "ml", "hi")),
    *((name, lang, scene) for name in ("main", "hd") for lang in ("en", "ml", "hi") for scene in SCENES),
    *(("long", "en", scene) for scene in SCENES),
    *(("seam", lang, "now") for lang in ("en", "ml", "hi")),
    *(("seam", "en", scene) for scene in SCENES),
    ("night", "ml", "now"),
)
#: Two by two panels with a seam in the middle, and the same by night, when its light is down by two fifths.
WALL_SEAM = replace(WALL_4K, seams_x=1)
WALL_NIGHT = replace(WALL_4K, night="00:00-23:59")
WALLS = {"main": WALL_4K, "hd": WALL_HD, "desk": WALL_NEAR, "long": WALL_LONG, "seam": WALL_SEAM, "night": WALL_NIGHT}
#: Seams by wall, as part of the width.
SEAMS = {"long": (1 / 4, 2 / 4, 3 / 4), "seam": (1 / 2,)}


#: Where elements end on the right, from left to right, those that are shown.
_RIGHT = """(many) => [...new Set(many.map((one) => one.getBoundingClientRect()).filter((box) => box.width)
    .map((box) => Math.round(box.right)))].sort((a, b) => a - b)"""
#: Heights of the middles of an element and of what it stands in.
_MIDDLES = """(one) => [one, one.parentElement].map((each) => each.getBoundingClientRect())
    .map((box) => (box.top + box.bottom) / 2)"""


@pytest.fixture(scope="module")
def served() -> Iterator[Dashboard]:
    engine = FakeEngine(clock=ShiftedClock(AFTERNOON), has_choice=True)
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 3.1)
    engine.silence("kwa", 26)
    engine.silence("kseb", 200)
    with serving(engine, screens_config(WALLS)) as dashboard:
        yield dashboard


@pytest.fixture(scope="module")
def reviewed() -> Iterator[Dashboard]:
    """Where some work is held up and a department's decisions come back, so that there is something to ask."""
    engine = FakeEngine(clock=ShiftedClock(AFTERNOON), scale=0.2)
    for body in ("KL-palakkad-mannarkkad-mannarkkad", "KL-idukki-peerumade-kumily", "KL-kannur-iritty-iritty"):
        engine.change("open", "birth_registration", body, 900)
        engine.change("overdue", "birth_registration", body, 900)
    code = next(one.code for one in engine.reference.services.values() if one.department == "REV")
    for measure, cases in (("in_time", 900_000), ("decided", 900_000), ("reopened", 90_000)):
        engine.change(measure, code, "KL-kollam", cases)
    with serving(engine, screens_config(WALLS)) as dashboard:
        yield dashboard


@dataclass
class Seen:
    """A wall as it stood when it was measured."""

    name: str
    lang: str
    wall: WallConfig
    survey: Survey


@pytest.fixture(scope="module")
def screen(browser: Browser) -> Iterator[tuple[Page, Witness]]:
    with opened(browser, 1920, 1080) as (page, witness):
        yield page, witness


@pytest.fixture(scope="module", params=SHOWN, ids="-".join)
def seen(request: pytest.FixtureRequest, screen: tuple[Page, Witness]) -> Seen:
    name, lang, scene = request.param
    served: Dashboard = request.getfixturevalue("reviewed" if scene == "review" else "served")
    wall = WALLS[name]
    page, witness = screen
    page.set_viewport_size({"width": wall.width_px, "height": wall.height_px})
    page.goto(f"{served.url}/wall/{name}?lang={lang}&scene={scene}")
    measured = settle(page)
    witness.assert_clean()
    return Seen(name, lang, wall, measured)


def settle(page: Page) -> Survey:
    """Wait until a whole frame stands in its fonts, and measure it."""
    # an engine that has just come back from another test is not heard at once, and pales what it says meanwhile
    page.wait_for_selector(".cm-wall__canvas[data-connection=live]:not([hidden])")
    page.evaluate("document.fonts.ready")
    before, measured = None, survey(page)
    end = time.monotonic() + 60
    # the lists of a scene may come a moment after its frame
    while before is None or len(measured.runs) <= 30 or [run.where for run in measured.runs] != before:
        assert time.monotonic() < end, f"{len(measured.runs)} texts"
        before = [run.where for run in measured.runs]
        page.wait_for_timeout(500)
        measured = survey(page)
    return measured


def test_wal08_lost_connection_leaves_clock_and_figures_legible(browser: Browser, served: Dashboard) -> None:
    with ExitStack() as stack:
        pages = []
        for name, lang in (("main", "en"), ("main", "ml"), ("hd", "ml"), ("hd", "hi")):
            wall = WALLS[name]
            page, _ = stack.enter_context(opened(browser, wall.width_px, wall.height_px))
            page.goto(f"{served.url}/wall/{name}?lang={lang}")
            settle(page)
            pages.append(page)
        served.engine.go_away()
        stack.callback(served.engine.come_back)
        for page in pages:
            page.wait_for_selector(".cm-wall__canvas[data-connection=lost]")
        for page in pages:
            page.wait_for_timeout(1200)
            _is_legible(survey(page))


@pytest.mark.parametrize("name", ["main", "hd"])
def test_wal09_columns_of_departments_stand_under_their_marks(browser: Browser, served: Dashboard, name: str) -> None:
    wall = WALLS[name]
    with opened(browser, wall.width_px, wall.height_px) as (page, _):
        page.goto(f"{served.url}/wall/{name}?scene=departments")
        settle(page)
        marks, numbers = (
            page.locator(which).evaluate_all(_RIGHT) for which in (".cm-wdeps__top .cm-mark", ".cm-wdep > :is(b, i)")
        )
        assert len(marks) == len(numbers) == 4
        assert all(abs(mark - number) <= 2 for mark, number in zip(marks, numbers, strict=True)), (marks, numbers)
        text, row = page.locator(".cm-wdep__name:visible").first.evaluate(_MIDDLES)
        assert text < row, "tails of letters stand above the line"


def _is_legible(measured: Survey) -> None:
    assert not [(run.text, run.out) for run in measured.runs if max(run.out) > 2]
    assert not [run.text for run in measured.runs if run.is_cut]
    # dimmed on purpose: the design guide lets second-language echoes go down to 4.15
    assert not [(run.text, round(run.contrast, 2)) for run in measured.runs if run.contrast < 4.1]
    assert any(run.where == "cm-whead__contact" for run in measured.runs)
    assert any(run.where == "cm-whead__clock" for run in measured.runs)


def test_wal01_nothing_is_smaller_than_tier_c(seen: Seen) -> None:
    small = [
        (run.text, round(run.arc_minutes(seen.wall.width_px, seen.wall.width_mm, seen.wall.view_m), 1))
        for run in seen.survey.runs
        if run.arc_minutes(seen.wall.width_px, seen.wall.width_mm, seen.wall.view_m) < TIER_C
    ]
    assert not small


def test_wal02_what_one_needs_to_act_reaches_tier_b(seen: Seen) -> None:
    small = [
        (run.text, run.where, round(run.arc_minutes(seen.wall.width_px, seen.wall.width_mm, seen.wall.view_m), 2))
        for run in seen.survey.runs
        if not run.is_echo
        and run.text not in NEEDED_TAGS_EXCEPT
        and any(place in run.where.split() for place in NEEDED)
        and run.arc_minutes(seen.wall.width_px, seen.wall.width_mm, seen.wall.view_m) < TIER_B - 0.05
    ]
    assert not small


def test_wal03_everything_stands_inside_its_panel(seen: Seen) -> None:
    assert not seen.survey.scrolls
    outside = [(run.text, run.where, run.out) for run in seen.survey.runs if max(run.out) > 2]
    assert not outside


def test_wal04_nothing_is_cut_by_its_own_element(seen: Seen) -> None:
    assert not [(run.text, run.where) for run in seen.survey.runs if run.is_cut]


def test_wal05_contrast_is_at_least_four_and_a_half(seen: Seen) -> None:
    assert not [(run.text, run.where, round(run.contrast, 2)) for run in seen.survey.runs if run.contrast < 4.5]


def test_wal06_texts_do_not_stand_on_each_other(seen: Seen) -> None:
    runs = seen.survey.runs
    clashes = []
    for place, one in enumerate(runs):
        for other in runs[place + 1 :]:
            across = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
            down = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
            if across > 4 and down > 0.12 * min(one.px, other.px):
                clashes.append((one.text, other.text, round(across), round(down)))
    assert not clashes


def test_wal07_no_text_crosses_a_seam(seen: Seen) -> None:
    seams = [seen.wall.width_px * part for part in SEAMS.get(seen.name, ())]
    crossing = [
        run.text for run in seen.survey.runs for seam in seams if run.box[0] < seam + 20 and run.box[2] > seam - 20
    ]
    assert not crossing
