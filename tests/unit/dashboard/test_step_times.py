"""Where the time of decided cases went: what is known, of how many, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from dashboard.address import Address
from dashboard.components.indicator_page import indicator_page
from dashboard.components.office_page import office_page
from dashboard.components.step_times import step_times_panel, took
from dashboard.exports.paper.sheet import sheet
from dashboard.exports.steps import steps_table
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.figure import figure
from dashboard.views.indicator import IndicatorAt, indicator_view
from dashboard.views.office import office_view
from dashboard.views.step_times import StepTimes, indicator_step_times, office_step_times
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.principal import Principal

CODE = "dept_rev_in_time_share"


class _Told:
    """Answers with rows of its own."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows, self.params = rows, dict[str, object]()

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """The rows. Args: of the query."""
        assert (name, principal) == ("step_times", Principal.state_reader())
        self.params = params
        return pa.Table.from_pylist(list(self.rows))


@pytest.fixture(scope="module")
def services() -> Services:
    return services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))


def _asked(services: Services, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/indicator/{CODE}?{query}"))


def _row(step: str | None, cases: int | None, total_s: float = 1.0, **also: object) -> dict[str, Any]:
    told = {"is_waiting": False, "step": step, "post": "", "cases": cases, "median_s": 3600.0, "p90_s": 7200.0}
    return told | {"total_s": total_s, "of": 400} | also


def _read(services: Services, *rows: dict[str, Any]) -> StepTimes:
    asked = _asked(replace(services, queries=_Told(*rows)))
    found = indicator_step_times(asked, services.values.indicators[CODE], "KL")
    assert found is not None
    return found


def _drawn(services: Services, times: StepTimes, lang: str = "en") -> str:
    return markup(step_times_panel(times, figure(services, CODE, "KL", "mtd"), lang, services.zone), lang)


def test_what_takes_most_of_the_time_stands_first_and_shares_add_up(services: Services) -> None:
    rows = [_row(f"step_{number}", 100, 20.0 - number) for number in range(14)]
    times = _read(services, *rows)
    assert [line.step for line in times.lines] == [f"step {number}" for number in range(10)]
    assert (times.left, sum(line.share_pct for line in times.lines) + times.left_pct) == (4, pytest.approx(100))
    drawn = _drawn(services, times)
    assert "400 cases decided in the last 90 days" in drawn
    assert "4 more rows, together " in drawn


def test_few_cases_are_said_to_be_few_and_have_no_ninth_tenth(services: Services) -> None:
    times = _read(services, _row("a", 29), _row("b", 9))
    assert [(line.p90_s, line.is_small) for line in times.lines] == [(7200.0, True), (None, True)]
    assert _drawn(services, times).count("small base") == 2


def test_the_wait_for_the_applicant_is_a_row_of_its_own(services: Services) -> None:
    times = _read(services, _row("a", 40), _row(None, 12, post=None, is_waiting=True))
    drawn = _drawn(services, times)
    assert drawn.count('class="cm-waiting"') == drawn.count("Waiting for the applicant") == 1


def test_unknown_and_nothing_decided_are_told_apart(services: Services) -> None:
    unknown = _read(services, _row("", 400))
    assert unknown.lines == ()
    assert "400 cases were decided in the last 90 days; their sources told no steps" in _drawn(services, unknown)
    none = _read(services, _row(None, None, of=0))
    assert "No case was decided in the last 90 days" in _drawn(services, none)


def test_steps_are_those_of_one_department(services: Services) -> None:
    known = services.values.indicators
    for code, is_known in ((CODE, True), ("gov_in_time_share", False), ("kwa_supply_hours", False)):
        assert (indicator_step_times(_asked(services), known[code], "KL") is not None) is is_known, code


def test_an_office_asks_for_its_own_cases_and_service(services: Services) -> None:
    told = _Told(_row("a", 40))
    service = services.values.indicators[CODE].subjects[0]
    office_step_times(_asked(replace(services, queries=told), f"svc={service}"), "KL-palakkad-alathur-revenue")
    assert told.params["office"] == "KL-palakkad-alathur-revenue"
    assert told.params["services"] == [service]


def test_a_file_has_all_rows_and_says_of_what(services: Services) -> None:
    rows = [_row(f"step_{number}", 100 - number, 20.0 - number) for number in range(14)]
    rows.append(_row(None, 9, 1.0, post=None, is_waiting=True))
    told = _Told(*rows)
    over = replace(services, queries=told)
    table = steps_table(Asked.of(over, Address.parse(f"/indicator/?code={CODE}&area=KL-palakkad")))
    assert table is not None
    found = list(table.rows)
    assert [row[0] for row in found] == [*(f"step {number}" for number in range(14)), "Waiting for the applicant"]
    assert found[0][2:5] == [1.0, 2.0, 100]
    assert found[-1][3] is None
    assert sum(row[5] for row in found) == pytest.approx(100)
    assert table.name.startswith(f"{CODE}_palakkad_steps_")
    assert ("Rows", "400 cases decided in the last 90 days") in table.about
    office = "KL-palakkad-mannarkkad-mannarkkad/local_body"
    of_office = steps_table(Asked.of(over, Address.parse("/indicator/").but(office=office)))
    assert of_office is not None
    assert told.params["office"] == office
    assert "/" not in of_office.name


def test_paper_has_the_bars_of_the_screen(services: Services) -> None:
    rows = [_row("a", 40, 3.0), _row("b", 9, 2.0), _row(None, 12, 1.0, post=None, is_waiting=True)]
    asked = Asked.of(replace(services, queries=_Told(*rows)), Address.parse(f"/indicator/?code={CODE}&lang=hi"))
    table = steps_table(asked)
    assert table is not None
    bars = sheet(asked, table)["bars"]
    assert bars["bars"] == [
        {"bar": 0.5, "tick": 1.0, "hatched": False},
        {"bar": 0.5, "tick": None, "hatched": False},
        {"bar": 0.5, "tick": 1.0, "hatched": True},
    ]
    assert bars["note"] == asked.text("steps.legend")
    heads = [column["heading"] for column in sheet(asked, table)["columns"]]
    assert heads[bars["before"]] == asked.text("csv_steps.median_h")


def test_what_has_no_steps_has_no_file(services: Services) -> None:
    for query in ("", "code=none", "code=kwa_supply_hours", "office=none"):
        assert steps_table(Asked.of(services, Address.parse(f"/indicator/?{query}"))) is None


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_both_pages_show_it(services: Services, lang: str) -> None:
    asked = _asked(services, f"lang={lang}")
    at = IndicatorAt.of(asked, CODE)
    assert at is not None
    page = markup(indicator_page(indicator_view(asked, at), services.zone, AFTERNOON), lang)
    assert page.count("cm-table--times") == 1
    assert page.count("/api/steps.csv") == 1
    office = office_view(asked, next(iter(services.reference.offices)))
    assert office is not None
    assert office.step_times is not None
    page = markup(office_page(office, services.zone), lang)
    assert page.count(asked.text("steps.title")) >= 1
    assert "/api/steps.xlsx" in page


def test_without_the_engine_nothing_is_said() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
    services = services_over(engine)
    engine.go_away()
    assert indicator_step_times(_asked(services), services.values.indicators[CODE], "KL") is None


@pytest.mark.parametrize(
    ("span_s", "words"), [(59, "59 s"), (3_599, "59 min"), (172_799, "47 h"), (230_400, "2.7 d"), (1_000_000, "12 d")]
)
def test_times_are_written_as_finely_as_they_are_read(span_s: float, words: str) -> None:
    assert took(span_s, "en").replace("\u00a0", " ") == words
