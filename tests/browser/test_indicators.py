"""The list of all indicators, the page of one and the quick search, as readers use them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import Dashboard, Witness, barriers, opened

pytestmark = pytest.mark.browser
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
CODE = "gov_overdue_share"


def _list(page: Page, dashboard: Dashboard, query: str = "") -> int:
    """Open the list and tell how many rows it shows."""
    page.goto(f"{dashboard.url}/indicators{query}")
    return _shown(page)


def _shown(page: Page) -> int:
    place = page.locator("#indicators[data-shown]")
    expect(place).to_be_visible()
    return int(place.get_attribute("data-shown") or -1)


def _query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def _fits(page: Page) -> None:
    """Nothing of the page lies outside the window."""
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{width} px outside"


def test_list01_words_department_and_colour_narrow_all_rows(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    everything = _list(page, dashboard)
    assert everything == len(dashboard.engine._rows)
    assert page.locator(".ag-row").count() < 80, "only rows on the screen are drawn"
    page.locator("input[name=q]").fill("overdue")
    expect(page.locator("#indicators")).not_to_have_attribute("data-shown", str(everything))
    assert _shown(page) == sum(
        "overdue" in row["name_en"] or "overdue" in row["code"] for row in dashboard.engine._rows
    )  # type: ignore[operator]
    page.locator("input[name=q]").fill("")
    page.locator("select[name=department]").select_option("rev")
    expect(page.locator("#indicators")).to_have_attribute(
        "data-shown", str(sum(row["department"] == "REV" for row in dashboard.engine._rows))
    )
    red = page.locator(".cm-band-chip[data-band=red]")
    count = red.locator("b").inner_text().replace(",", "")
    red.click()
    expect(page.locator("#indicators")).to_have_attribute("data-shown", count)
    assert {key: found[0] for key, found in _query(page).items()} == {"department": "rev", "band": "red"}


def test_list02_a_deep_link_and_the_way_back_show_the_same(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    query = "?area=KL-palakkad&period=7d&department=rev&q=share&order=name&group=department"
    count = _list(page, dashboard, query)
    assert page.locator("input[name=q]").input_value() == "share"
    assert page.locator("select[name=department]").input_value() == "rev"
    assert page.locator("select[name=order]").input_value() == "name"
    expect(page.locator(".cm-g-heading").first).to_be_visible()
    expect(page.locator(".cm-menu--place summary")).to_contain_text("Palakkad")
    page.locator(".ag-row .cm-g-name a").first.click()
    expect(page.locator(".cm-one")).to_be_visible()
    assert _query(page)["area"] == ["KL-palakkad"]
    page.go_back()
    assert _shown(page) == count
    page.locator(".cm-menu--period summary").click()
    page.locator(".cm-menu--period").get_by_role("link", name="today").click()
    expect(page.locator("#indicators")).to_have_attribute("data-period", "today")
    _shown(page)
    assert _query(page)["q"] == ["share"], "a step to another period keeps what was narrowed"


def test_list03_the_file_is_what_is_on_the_screen(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    count = _list(page, dashboard, "?department=rev")
    page.locator("input[name=q]").fill("OVERDUE share")
    expect(page.locator("#indicators")).not_to_have_attribute("data-shown", str(count))
    page.locator("select[name=order]").select_option("name")
    count = _shown(page)
    first = page.locator(".ag-row[row-index='0'] .cm-g-name").inner_text()
    csv_link, excel_link = (page.get_by_role("link", name=f"Download as {kind}") for kind in ("CSV", "Excel"))
    csv_link.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"indicators_KL_mtd_[\d-]+\.csv", download.value.suggested_filename)
    lines = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    rows = lines[1:]
    assert (len(rows), rows[0][1]) == (count, first)
    assert {row[2] for row in rows} == {dashboard.engine.reference.departments["REV"].name_en}
    page.keyboard.press("Tab")
    expect(excel_link).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    sheet = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).worksheets[1]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [row[0] for row in rows]


def test_list04_by_keyboard_from_the_grid_to_an_indicator(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    _list(page, dashboard, "?q=gov_")
    page.locator(".ag-row .ag-cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".cm-one")).to_be_visible()
    assert urlsplit(page.url).path.startswith("/indicator/gov_")


def test_page01_the_number_adds_up_and_leads_on(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/district/palakkad?explain={CODE}")
    page.locator("#explain .cm-drawer__acts a").last.click()
    expect(page.locator(".cm-one")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    parts = [page.locator(f"[data-part={name}]").inner_text() for name in ("numerator", "denominator")]
    above, below = (float(part.replace(",", "")) for part in parts)
    assert page.locator("[data-value]").get_attribute("data-value") == f"{100 * above / below:.1f}"
    expect(page.locator("svg.cm-year")).to_be_visible()
    page.locator(".cm-table--below .cm-place").first.click()
    expect(page.locator(".cm-one h2")).to_contain_text("taluk")
    page.locator("[data-part=numerator] a").click()
    expect(page.locator(".cm-tab[aria-current]")).to_contain_text("Overdue")


def test_page02_the_year_is_a_table_and_a_file(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/indicator/{CODE}")
    page.locator(".cm-panel--year").get_by_role("link", name="Show as a table").click()
    expect(page.locator(".cm-panel--year tbody tr")).to_have_count(365)
    with page.expect_download() as download:
        page.locator(".cm-panel--year").get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.startswith(f"{CODE}_KL_")


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_page05_every_chart_is_a_picture(desk: tuple[Page, Witness], dashboard: Dashboard, lang: str) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/indicator/{CODE}?lang={lang}")
    for chart in ("svg.cm-year", "svg.cm-funnel", "svg.cm-classes"):
        box = page.locator(".cm-panel", has=page.locator(chart))
        with page.expect_download() as download:
            box.get_by_role("link", name="PNG").click()
        assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG"), chart
        assert download.value.suggested_filename.startswith(f"{CODE}_"), chart


def test_page04_a_tile_leads_to_the_same_number_of_its_place(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/indicator/{CODE}?period=7d")
    page.locator(".cm-tile", has_text="Palakkad").click()
    expect(page.locator(".cm-one h2")).to_contain_text("Palakkad district")
    expect(page.locator(".cm-tile", has_text="Mannarkkad")).to_be_visible()
    assert "period=7d" in page.url


def test_page03_a_place_outside_the_limits_is_a_way_to_it(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/indicator/{CODE}")
    spot = page.locator(".cm-funnel__place").first
    name = (spot.get_attribute("aria-label") or "").partition(":")[0]
    spot.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cm-menu--place summary")).to_contain_text(name)
    expect(page.locator(".cm-funnel")).to_be_visible()
    page.locator(".cm-panel", has=page.locator(".cm-funnel")).locator("summary").click()
    shown = page.locator(".cm-funnel-box + .cm-as-table tbody tr")
    assert shown.count() == page.locator(".cm-funnel :is(a, g[role=img])").count()


def test_search01_by_keyboard_to_a_place_and_an_indicator(desk: tuple[Page, Witness], dashboard: Dashboard) -> None:
    page, _ = desk
    page.goto(f"{dashboard.url}/health")
    expect(page.locator("#search-words")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#search-words")).to_be_focused()
    page.keyboard.type("manarkad")
    first = page.locator("#search-results [role=option]").first
    expect(first).to_contain_text("Mannarkkad")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Mannarkkad taluk")
    expect(page.locator("#search-results")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("ജലവിതരണം")
    page.locator("#search-results").get_by_role("option", name="Water supply hours").click()
    expect(page.locator(".cm-one")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("zzzqqq")
    expect(page.locator("#search-results")).to_contain_text("Nothing is called like this")
    page.keyboard.press("Escape")
    expect(page.locator("#search-results")).to_be_hidden()


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
@pytest.mark.parametrize("size", SIZES)
def test_indicators01_no_serious_barrier_and_nothing_outside(
    browser: Browser, dashboard: Dashboard, size: str, lang: str
) -> None:
    with opened(browser, *SIZES[size]) as (page, witness):
        _list(page, dashboard, f"?lang={lang}")
        _fits(page)
        with_contrast = lang == "en" and size == "desk"
        serious = barriers(page, with_contrast=with_contrast)
        page.goto(f"{dashboard.url}/indicator/{CODE}?area=KL-palakkad&lang={lang}")
        expect(page.locator("svg.cm-year")).to_be_visible()
        _fits(page)
        serious += barriers(page, with_contrast=with_contrast)
        assert not serious, "\n".join(serious)
        assert "undefined" not in page.locator("main").inner_text()
        witness.assert_clean()


def test_list_on_paper_keeps_its_numbers_and_says_what_is_shown(
    desk: tuple[Page, Witness], dashboard: Dashboard
) -> None:
    page, _ = desk
    _list(page, dashboard)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    values = page.locator(".ag-header-cell[col-id=value]")
    expect(page.locator(".ag-header-cell[col-id=about]")).to_have_count(0)
    right = values.evaluate(
        "(cell) => cell.getBoundingClientRect().right - cell.closest('.ag-root').getBoundingClientRect().left"
    )
    assert right < 700, "an A4 page has room for some 700 px"
    expect(page.locator(".cm-printed")).to_contain_text("Period")
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".ag-header-cell[col-id=about]")).to_have_count(1)
    expect(page.locator(".cm-printed")).to_be_hidden()
