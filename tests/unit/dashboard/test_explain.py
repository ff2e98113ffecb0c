"""How a number is made: the parts make the value, and every part leads to its cases."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from dashboard.address import Address
from dashboard.components.happening import happening_rows
from dashboard.copy import Cell
from dashboard.freshness import Freshness
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.breaches import read_wanted
from dashboard.views.explain import Explanation, explanation, precision
from dashboard.views.figure import Figure
from dashboard.views.happening import COUNTED, Happening, kinds_counted, last_events
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.principal import Principal
from warehouse.value import Band, State

TODAY = date(2026, 11, 20)
AREAS = ("KL", "KL-palakkad", "KL-palakkad-mannarkkad", "KL-palakkad-attappadi-agali")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _explained(services: Services, code: str, at: str, lang: str = "en") -> Explanation:
    found = explanation(Asked.of(services, Address.parse(f"/?explain={code}&at={at}&lang={lang}")), TODAY)
    assert found is not None
    return found


def test_without_a_place_it_explains_the_pages_own(services: Services) -> None:
    for path, code in (("/", "KL"), ("/district/palakkad", "KL-palakkad"), ("/breaches", "KL")):
        found = explanation(Asked.of(services, Address.parse(f"{path}?explain=gov_overdue_share")), TODAY)
        assert found is not None
        assert found.figure == _explained(services, "gov_overdue_share", code).figure


@pytest.mark.parametrize("at", AREAS)
@pytest.mark.parametrize(
    "code", ["gov_overdue_share", "dept_rev_in_time_share", "rev_income_certificate_overdue_share"]
)
def test_numerator_over_denominator_is_what_is_shown(services: Services, code: str, at: str) -> None:
    shown = _explained(services, code, at)
    assert shown.denominator is not None
    if shown.figure.value is None:
        assert not shown.denominator.value
        return
    assert shown.numerator.value is not None
    assert shown.denominator.value
    assert shown.factor * shown.numerator.value / shown.denominator.value == pytest.approx(shown.figure.value)


def test_a_quantile_says_between_what_the_exact_value_lies(services: Services) -> None:
    indicator = replace(services.values.indicators["gov_in_time_share"], time="quantile", factor=1 / 24, decimals=1)
    asked = Asked.of(services, Address.parse("/"))
    shown = Figure("median", "KL", "mtd", Cell(10.3, None, 90.0, Band.UNBANDED, State.OK))
    text = precision(asked, replace(indicator, unit_en="days"), shown)
    low, high = (24 * float(word) for word in re.findall(r"[\d.]+", text))
    assert low <= 10.3 * 24 <= high
    assert high / low == pytest.approx(2**0.5, rel=0.01)
    assert text.endswith("days")
    late = replace(shown, cell=Cell(16_384 / 24, None, 90.0, Band.UNBANDED, State.OK))
    assert "at least" in precision(asked, indicator, late)
    assert not precision(asked, services.values.indicators["gov_in_time_share"], shown)


def test_a_count_has_no_denominator(services: Services) -> None:
    shown = _explained(services, "gov_overdue", "KL")
    assert shown.denominator is None
    assert shown.numerator.value == shown.figure.value


@pytest.mark.parametrize(
    ("code", "view", "dept", "svc"),
    [
        ("gov_overdue_share", "overdue", "", ""),
        ("dept_rev_overdue_share", "overdue", "REV", ""),
        ("rev_income_certificate_overdue_share", "overdue", "", "income_certificate"),
        ("gov_due_48h", "due48", "", ""),
        ("gov_open", "open", "", ""),
    ],
)
def test_the_numerator_leads_to_the_list_of_exactly_its_cases(
    services: Services, code: str, view: str, dept: str, svc: str
) -> None:
    shown = _explained(services, code, "KL-palakkad")
    asked = Asked.of(services, Address.parse(shown.numerator.href))
    wanted = read_wanted(asked)
    assert (wanted.view, wanted.area.code, wanted.service) == (view, "KL-palakkad", svc)
    assert (asked.scope.department.code if asked.scope.department else "") == dept


def test_the_page_department_does_not_narrow_the_cases_of_another_number(services: Services) -> None:
    asked = Asked.of(services, Address.parse("/?dept=rev&explain=gov_overdue_share&at=KL"))
    shown = explanation(asked, TODAY)
    assert shown is not None
    assert "dept=" not in shown.numerator.href
    assert "dept=rev" in shown.close_href


def test_a_flow_leads_to_its_cases_of_the_period(services: Services) -> None:
    asked = Asked.of(services, Address.parse("/?explain=gov_in_time_share&at=KL-palakkad&period=7d"))
    shown = explanation(asked, TODAY)
    assert shown is not None
    assert shown.denominator is not None
    wanted = [Asked.of(services, Address.parse(href)) for href in (shown.numerator.href, shown.denominator.href)]
    assert [read_wanted(one).view for one in wanted] == ["in_time", "decided"]
    params = read_wanted(wanted[0]).params(wanted[0])
    assert params["decided_from"] == date(2026, 11, 14)
    assert params["decided_to"] == TODAY


def test_answers_are_no_cases_and_have_no_list(services: Services) -> None:
    assert _explained(services, "gov_satisfied_share", "KL").numerator.href == ""


def test_half_a_year_ends_in_the_present_value(services: Services) -> None:
    shown = _explained(services, "gov_overdue_share", "KL-palakkad")
    assert len(shown.line.values) == 26
    assert shown.line.days[-1] == TODAY
    assert shown.line.values[-1] == shown.figure.value


def test_rules_say_clock_colour_and_definition(services: Services) -> None:
    texts = dict(_explained(services, "rev_income_certificate_overdue_share", "KL-palakkad").rules)
    assert "paused while" in texts["Clock"]
    assert texts["Colour"].startswith("red over 15 %, amber over 12 %")
    assert "rev_income_certificate_overdue_share, version 1" in texts["Definition"]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("gov_satisfied_share", {"feedback.given"}),
        ("gov_in_time_share", {"case.decided"}),
        ("gov_reopened_share", {"case.reopened", "case.decided"}),
        ("gov_overdue_share", set(COUNTED)),
    ],
)
def test_only_events_that_the_number_counts_stand_below_it(services: Services, code: str, kinds: set[str]) -> None:
    indicator = services.values.indicators[code]
    assert set(kinds_counted(indicator)) == kinds
    assert set(kinds_counted(replace(indicator, time="quantile"))) == {"case.decided"}
    if code == "gov_satisfied_share":
        assert {one.what for one in _explained(services, code, "KL").events} == {"Applicant was asked and answered"}


def test_an_event_of_another_day_says_which() -> None:
    now = Happening(AFTERNOON, "Received", "Land tax", "Kochi", is_today=True)
    rows = happening_rows((now, replace(now, is_today=False)), ZoneInfo("Asia/Kolkata"), with_place=False)
    assert [markup(row).split("</td>")[0].rpartition(">")[2] for row in rows] == ["16:42:00", "20-11-2026 16:42"]


def test_an_event_of_today_is_told_from_one_of_the_day_before(engine: FakeEngine, services: Services) -> None:
    shown = _explained(services, "gov_overdue_share", "KL").events
    assert shown
    assert all(one.is_today for one in shown)
    table = engine.query("recent_events", services.principal, area="KL", limit=1)
    row = table.to_pylist()[0] | {"occurred_at": AFTERNOON - timedelta(days=1)}
    before = pa.Table.from_pylist([row], schema=table.schema)
    asked = Asked.of(replace(services, queries=_Events(before)), Address.parse("/"))
    assert [one.is_today for one in last_events(asked, "KL", None, 1)] == [False]


class _Events:
    """One answer to every question. Attributes: table: the answer."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        return self.table


def test_sources_say_how_fresh_they_are(engine: FakeEngine) -> None:
    engine.silence("ksmart", 26)
    try:
        shown = _explained(services_over(engine), "gov_overdue_share", "KL")
        assert [one.freshness for one in shown.sources] == [Freshness.LATE]
    finally:
        engine.wake("ksmart")


@pytest.mark.parametrize("query", ["explain=none&at=KL", "explain=gov_overdue_share&at=KL-nowhere", "at=KL"])
def test_what_names_nothing_opens_nothing(services: Services, query: str) -> None:
    assert explanation(Asked.of(services, Address.parse(f"/?{query}")), TODAY) is None


def test_without_an_engine_the_parts_are_still_there(engine: FakeEngine) -> None:
    services = services_over(engine)
    engine.go_away()
    try:
        shown = _explained(services, "gov_overdue_share", "KL")
        assert shown.numerator.value
        assert not shown.line.is_drawn
        assert shown.events == ()
    finally:
        engine.come_back()
