"""Desk pages in a browser: drilling down, filters in the address, explanations that add up, two readers apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.helpers.browser import Dashboard, Witness, barriers, opened, serving, until
from tests.helpers.fake_cases import overdue_case
from tests.helpers.fake_client import FakeEngine

pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/district/palakkad?explain=gov_overdue_share&at=KL-palakkad-mannarkkad",
    "/district/palakkad/taluk/attappadi/body/agali",
    "/district/palakkad/taluk/mannarkkad",
    "/application/KL-0000500003",
    "/office/KL-palakkad-mannarkkad-mannarkkad%2Flocal_body",
    "/offices?at=KL-palakkad",
    "/departments",
    "/department/rev",
    "/indicator/gov_in_time_share?area=KL-palakkad",
    "/breaches?view=due48&at=KL-palakkad",
    "/resources?at=KL-palakkad&explain=hfw_oxygen_hours_left&of=KL-palakkad",
    "/feedback?at=KL-palakkad&explain=gov_satisfied_share&of=KL-palakkad-mannarkkad",
    "/control-rooms?at=KL-palakkad",
    "/review",
    "/health",
    "/help",
)
#: Every width that a page is folded at; the last one is what stays.
SIZES = ((320, 640), (390, 844), (768, 1024), (1280, 800), (1440, 900))


#: In how many rows the menus beside a page's heading stand.
_CONTROL_ROWS = """() => new Set([...document.querySelectorAll(".cm-controls > *")].map(
    (one) => Math.round(one.getBoundingClientRect().top))).size"""
#: Words in the place of a number that stand out of it.
_SPILT = """() => [...document.querySelectorAll(".cm-kpi, .cm-drawer__value, .cm-num--none")].filter(
    (one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map((one) => one.innerText)"""
#: Words of tiles that do not fit into their tile.
_CUT = """() => [...document.querySelectorAll(".cm-tile")].filter(
    (one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight).map((one) => one.innerText)"""


@pytest.fixture(scope="module")
def dashboard() -> Iterator[Dashboard]:
    """Kerala with the resources that it chose for its wall."""
    with serving(FakeEngine(scale=0.2, has_choice=True)) as served:
        yield served


def _open(page: Page, dashboard: Dashboard, path: str) -> None:
    page.goto(f"{dashboard.url}{path}")
    expect(page.locator("h1")).to_be_visible()


def _turn(page: Page, path: str) -> None:
    """Go to another page as a link does, without loading the application anew."""
    page.evaluate(
        """path => {
            history.pushState({}, "", path);
            dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
        }""",
        path,
    )
    until(page, "document.querySelector('.cm-page')?.dataset.href === location.pathname + location.search")


def _number(text: str) -> float:
    found = re.search(r"[\d,]+(\.\d+)?", text)
    assert found, text
    return float(found[0].replace(",", ""))


def _query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_desk01_four_clicks_from_the_state_to_a_file(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/?dept=lsg&period=7d")
    page.locator(".cm-tile", has_text="Palakkad").click()
    expect(page.locator("h1")).to_contain_text("Palakkad district")
    assert page.title() == "Palakkad district · Service Delivery Dashboard"
    page.locator(".cm-table--places").get_by_role("link", name="Mannarkkad", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Mannarkkad taluk")
    page.get_by_test_id("office-row").first.locator("th a").click()
    expect(page.locator("h1")).to_contain_text("Office")
    file = page.locator(".cm-table--cases tbody th a").first
    number = file.inner_text()
    file.click()
    expect(page.locator("h1")).to_contain_text(f"Application {number}")
    expect(page.get_by_test_id("step").last).to_contain_text("now")
    crumbs = page.get_by_role("navigation", name="Where you are")
    assert crumbs.get_by_role("link").all_inner_texts()[:3] == ["Kerala", "Palakkad", "Mannarkkad"]
    assert _query(page) == {"dept": ["lsg"], "period": ["7d"]}
    crumbs.get_by_role("link").last.click()
    expect(page.locator(".cm-menu--department summary")).to_contain_text("Local Self Govt")


def test_desk13_a_body_leads_to_its_files_and_seats(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/district/palakkad/taluk/mannarkkad?lang=ml")
    page.locator(".cm-table--places tbody th a").first.click()
    expect(page.locator(".cm-table--cases tbody tr").first).to_be_visible()
    seat = page.get_by_test_id("seat-row").first
    expect(seat).to_be_visible()
    overdue = page.locator("[data-testid=seat-row] td:nth-of-type(1) a").first
    count = _number(overdue.inner_text())
    overdue.click()
    expect(page.locator(".cm-tab[aria-current] .cm-tab__count")).to_have_text(f"{count:.0f}")
    expect(page.locator(".cm-chip")).to_have_count(3)  # place, office, post
    assert _query(page)["lang"] == ["ml"]


@pytest.mark.parametrize("number", ["KL/2026/00 12", "അപേക്ഷ-7?x=1&y#z", "50%/a+b", "..%2F.."])
def test_desk14_any_number_is_found_by_its_whole_text_and_opens(
    desk: tuple[Page, Witness], dashboard: Dashboard, number: str
) -> None:
    page, _ = desk
    row, events = overdue_case(
        number, "birth_registration", "KL-idukki", "", ("clerk",), dashboard.engine.clock.now() - timedelta(days=3)
    )
    dashboard.engine.cases.put(row, *events)
    _open(page, dashboard, "/health")
    page.keyboard.press("/")
    page.keyboard.type(number)
    expect(page.locator(".cm-search__text", has_text=number).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(number)
    page.reload()
    expect(page.locator("h1")).to_contain_text(number)
    expect(page.get_by_test_id("event")).to_have_count(4)


def test_desk15_a_department_leads_to_district_and_indicator(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/departments")
    first = page.get_by_test_id("department-row").first.locator("th a")
    name = first.inner_text()
    first.click()
    expect(page.locator("h1")).to_contain_text(name)
    heading = page.locator(".cm-table--matrix thead a").nth(1)
    district = heading.inner_text()
    cell = page.get_by_test_id("matrix-row").first.locator("td").nth(1)
    expect(cell).to_have_attribute("data-label", district)
    cell.locator("a").click()
    expect(page.locator(".cm-menu--place summary")).to_contain_text(district)
    page.go_back()
    heading.click()
    expect(page.locator("h1")).to_contain_text(district)
    assert "dept" in _query(page)


def test_desk16_addresses_of_no_file_office_or_department_say_so(browser: Browser, dashboard: Dashboard) -> None:
    with opened(browser, 1440, 900) as (page, witness):
        for path in ("/application/none", "/application/a/b", "/office/none", "/department/none"):
            page.goto(f"{dashboard.url}{path}")
            expect(page.get_by_role("link", name="To the state's page")).to_be_visible()
        assert not witness.outside


def test_desk02_filters_survive_reload_back_and_the_drill(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/")
    page.locator(".cm-menu--department summary").click()
    page.locator(".cm-menu--department").get_by_role("link", name="Revenue").click()
    expect(page.locator(".cm-menu--department summary")).to_contain_text("Revenue")
    page.locator(".cm-tile", has_text="Idukki").click()
    expect(page.locator("h1")).to_contain_text("Idukki")
    expect(page.locator(".cm-menu--department summary")).to_contain_text("Revenue")
    page.locator(".cm-sort", has_text="Oldest").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Oldest")
    page.reload()
    expect(page.locator("th[aria-sort]")).to_contain_text("Oldest")
    expect(page.locator(".cm-menu--department summary")).to_contain_text("Revenue")
    page.go_back()
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Kerala")
    expect(page.locator(".cm-menu--department summary")).to_contain_text("Revenue")
    page.go_back()
    expect(page.locator(".cm-menu--department summary")).to_contain_text("All departments")


def test_desk21_any_days_are_chosen_in_the_menu_of_periods(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/district/palakkad?dept=rev")
    menu = page.locator(".cm-menu--period")
    menu.locator("summary").click()
    assert menu.locator(".cm-menu__list").evaluate("list => list.getBoundingClientRect().left") >= 0
    today = dashboard.engine.clock.now().astimezone(ZoneInfo("Asia/Kolkata")).date()
    menu.get_by_label("From").fill((today - timedelta(days=3)).isoformat())
    menu.get_by_label("Until").fill((today - timedelta(days=9)).isoformat())  # in whichever order
    menu.get_by_role("button", name="Show").click()
    first, last = (f"{today - timedelta(days=days):%d-%m-%Y}" for days in (9, 3))
    expect(menu.locator("summary")).to_contain_text(f"{first} – {last}")
    assert _query(page) == {"dept": ["rev"], "period": [f"{first}..{last}"]}
    assert menu.get_attribute("open") is None
    page.locator(".cm-table--places").get_by_role("link", name="Mannarkkad", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Mannarkkad taluk")
    assert _query(page)["period"] == [f"{first}..{last}"], "it travels along"
    menu.locator("summary").click()
    menu.get_by_label("Until").fill("")
    menu.get_by_role("button", name="Show").click()
    assert _query(page)["period"] == [f"{first}..{last}"], "a day is missing"
    menu.get_by_role("link", name="last month", exact=True).click()
    expect(menu.locator("summary")).to_contain_text("last month")
    menu.locator("summary").click()
    month = today.replace(day=1) - timedelta(days=1)
    expect(menu.get_by_label("Until")).to_have_value(month.isoformat())
    menu.get_by_label("From").fill((today - timedelta(days=400)).isoformat())
    menu.get_by_role("button", name="Show").click()
    begin = (today - timedelta(days=400)).replace(day=1)
    expect(menu.locator("summary")).to_contain_text(f"{begin:%d-%m-%Y} –")


def test_desk03_an_explanation_adds_up_and_leads_to_its_cases(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/district/palakkad")
    row = page.locator(".cm-table--places tbody tr").first
    share = row.locator(".cm-c-bar a")
    shown = share.inner_text()
    share.click()
    drawer = page.locator("#explain")
    expect(drawer).to_be_visible()
    expect(page.locator("#explain-title")).to_be_focused()
    above = _number(drawer.locator("[data-part=numerator]").inner_text())
    below = _number(drawer.locator("[data-part=denominator]").inner_text())
    assert f"{100 * above / below:.1f}" == drawer.locator("[data-value]").get_attribute("data-value") == shown
    drawer.locator("[data-part=numerator] a").click()
    expect(page.locator(".cm-tab[aria-current] .cm-tab__count")).to_be_visible()
    assert _number(page.locator(".cm-tab[aria-current] .cm-tab__count").inner_text()) == above


def test_desk04_every_number_of_a_page_opens_to_its_own_parts(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/district/idukki")
    links = page.locator(".cm-kpi[data-num]")
    for place in range(links.count()):
        link = links.nth(place)
        code = link.get_attribute("data-num")
        digits = link.locator(".cm-kpi__value b").inner_text()
        if digits == "–":
            continue
        link.click()
        drawer = page.locator(f"#explain[data-explains={code}]")
        expect(drawer).to_be_visible()
        assert drawer.locator("[data-value]").get_attribute("data-value") == digits
        page.keyboard.press("Escape")
        expect(page.locator("#explain")).to_have_count(0)


def test_desk05_rows_add_up_to_the_total(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    for path in ("/", "/district/palakkad", "/district/palakkad/taluk/mannarkkad"):
        _open(page, dashboard, path)
        for column in (1, 5):
            cells = page.locator(f".cm-table--places tbody tr td:nth-of-type({column})").all_inner_texts()
            total = page.locator(f".cm-table--places tfoot td:nth-of-type({column})").inner_text()
            assert sum(_number(cell) for cell in cells) == _number(total), (path, column)


def test_desk06_two_readers_do_not_see_each_others_choices(browser: Browser, dashboard: Dashboard) -> None:
    with opened(browser, 1440, 900) as (first, one), opened(browser, 1440, 900) as (second, two):
        _open(first, dashboard, "/?lang=ml&dept=rev&sort=name")
        _open(second, dashboard, "/")
        first.locator(".cm-tile").first.click()
        expect(first.locator("h1")).to_contain_text("ജില്ല")
        expect(second.locator("h1")).to_contain_text("Kerala")
        expect(second.locator(".cm-menu--department summary")).to_contain_text("All departments")
        assert second.evaluate("document.documentElement.lang") == "en"
        second.reload()
        expect(second.locator(".cm-menu--department summary")).to_contain_text("All departments")
        assert first.context.cookies() == []
        one.assert_clean()
        two.assert_clean()


def test_desk07_language_changes_everything_and_stays(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/district/palakkad")
    page.get_by_role("link", name="മലയാളം").click()
    expect(page.locator(".cm-page")).to_have_attribute("lang", "ml")
    expect(page.locator("h1 .cm-echo")).to_have_text("Palakkad district")
    assert page.evaluate("document.documentElement.lang") == "ml"
    assert page.title().startswith("പാലക്കാട് ജില്ല")
    page.locator(".cm-nav").get_by_role("link", name="ഡാറ്റ നില").click()
    expect(page.locator("h1")).to_contain_text("ഡാറ്റയുടെ നില")
    assert page.locator("main").inner_text().count("undefined") == 0


def test_desk08_a_list_is_narrowed_paged_and_taken_away(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _open(page, dashboard, "/breaches")
    page.locator(".cm-tab", has_text="Due in 48 h").click()
    expect(page.locator(".cm-tab[aria-current]")).to_contain_text("Due in 48 h")
    page.get_by_test_id("due48-office").first.get_by_role("link").first.click()
    expect(page.locator(".cm-chip")).to_have_count(1)
    page.locator(".cm-chip").click()
    expect(page.locator(".cm-chip")).to_have_count(0)
    page.get_by_role("link", name="Next 50").click()
    expect(page.locator(".cm-pages__where")).to_contain_text("51 to 100")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.startswith("due48_KL_")


def test_desk09_an_address_that_names_nothing_says_so(browser: Browser, dashboard: Dashboard) -> None:
    with opened(browser, 1440, 900) as (page, witness):
        for path in ("/nowhere", "/district/nowhere", "/district/palakkad/taluk/x"):
            page.goto(f"{dashboard.url}{path}")
            expect(page.locator("h1")).to_contain_text("There is no such page")
            expect(page.get_by_role("link", name="To the state's page")).to_be_visible()
        assert not witness.outside
        assert not [message for message in witness.messages if "404" not in message]


@pytest.mark.parametrize("path", PAGES)
def test_desk10_no_page_has_a_serious_barrier_or_is_wider_than_a_screen(
    desk: tuple[Page, Witness], dashboard: Dashboard, path: str
) -> None:
    page, _ = desk
    _open(page, dashboard, path)
    for lang in ("en", "ml", "hi"):
        _turn(page, f"{path}{'&' if '?' in path else '?'}lang={lang}")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (lang, width)
            if width == 390:
                assert page.evaluate(_CONTROL_ROWS) <= 2, lang
        assert barriers(page, with_contrast=lang == "en") == [], lang


def _tab_to(page: Page, what: Locator) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    target = what.element_handle()
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement === one", target):
            return
    raise AssertionError(f"Tab does not come to {what}")


def test_desk12_by_keyboard_alone_from_the_state_to_a_taluk_and_an_indicator(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, _ = desk
    _open(page, dashboard, "/")
    page.keyboard.press("Tab")
    expect(page.locator(".cm-skip")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, page.locator(".cm-tile", has_text="Palakkad"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Palakkad district")
    expect(page.locator("h1")).to_be_focused()
    _tab_to(page, page.locator(".cm-table--places").get_by_role("link", name="Mannarkkad", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Mannarkkad taluk")
    _tab_to(page, page.locator("a.cm-kpi").nth(1))
    page.keyboard.press("Enter")
    expect(page.locator("#explain-title")).to_be_focused()
    _tab_to(page, page.locator(".cm-drawer a[href^='/indicator/']").first)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    assert urlsplit(page.url).path == "/indicator/gov_overdue"
    assert _query(page)["area"] == ["KL-palakkad-mannarkkad"]


def test_desk17_a_tile_says_as_of_when_it_holds_in_every_language(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, _ = desk
    dashboard.engine.silence("ksmart", 26)
    try:
        for lang in ("en", "ml", "hi"):
            _open(page, dashboard, f"/?lang={lang}")
            expect(page.locator(".cm-tile .cm-num__as-of")).to_have_count(14)
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                assert page.evaluate(_CUT) == [], (lang, width)
    finally:
        dashboard.engine.wake("ksmart")


def test_desk20_that_there_is_no_number_has_room_where_a_number_stands(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, _ = desk
    sources = list(dashboard.engine.sources)
    for source in sources:
        dashboard.engine.silence(source, 30 * 24 * 60)
    try:
        office = "/office/KL-palakkad-mannarkkad-mannarkkad%2Flocal_body"
        for path in (office, "/indicator/gov_in_time_share", "/district/palakkad"):
            _open(page, dashboard, f"{path}?lang=ml")
            expect(page.locator(".cm-num--none").first).to_be_visible()
            for width, height in ((390, 844), (1440, 900)):
                page.set_viewport_size({"width": width, "height": height})
                assert page.evaluate(_SPILT) == [], (path, width)
    finally:
        for source in sources:
            dashboard.engine.wake(source)


def test_desk22_no_holder_of_a_place_loses_its_number(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.set_viewport_size({"width": 1440, "height": 900})
    for lang in ("en", "ml"):
        _open(page, dashboard, f"/?lang={lang}")
        cut = "(many) => many.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)"
        holders = page.locator(".cm-table--places tbody .cm-c-most > *")
        expect(holders.first).to_be_visible()
        assert holders.evaluate_all(cut) == []


def test_desk23_on_a_phone_no_resource_stands_without_a_number(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, _ = desk
    _open(page, dashboard, "/resources")
    page.set_viewport_size({"width": 390, "height": 844})
    bare = """(rows) => rows.filter((row) => row.offsetHeight
        && ![...row.querySelectorAll("td")].some((cell) => cell.offsetHeight)).map((row) => row.innerText)"""
    rows = page.locator(".cm-table--matrix [data-testid=matrix-row]")
    expect(rows.filter(visible=True).first).to_be_visible()
    assert rows.evaluate_all(bare) == []
