"""Lists: what the address narrows, how they are paged, and the file that cannot harm a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import httpx
import pyarrow as pa
import pytest

from dashboard.address import Address
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.breaches import BreachesView, breaches_view, read_wanted
from tests.helpers.browser import serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock

OFFICE = "KL-palakkad-palakkad/taluk_office"


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _view(services: Services, query: str) -> BreachesView:
    return breaches_view(Asked.of(services, Address.parse(f"/breaches?{query}")))


def test_counts_of_the_tabs_are_those_of_the_lists(services: Services) -> None:
    view = _view(services, "at=KL-palakkad")
    assert view.cases is not None
    counts = {tab.view: tab.count for tab in view.tabs}
    assert counts["overdue"] == view.cases.of
    assert counts["due48"] == _view(services, "at=KL-palakkad&view=due48").cases.of  # type: ignore[union-attr]
    assert counts["undated"] == 0


def test_fifty_to_a_page_and_the_way_to_the_next(services: Services) -> None:
    first, second = _view(services, "at=KL-palakkad"), _view(services, "at=KL-palakkad&page=2")
    assert first.cases is not None
    assert second.cases is not None
    assert len(first.cases.lines) == 50
    assert (first.pager.first, first.pager.last, first.pager.of) == (1, 50, first.cases.of)
    assert first.pager.before_href == ""
    assert first.pager.after_href.endswith("page=2")
    assert second.pager.first == 51
    assert "page" not in second.pager.before_href
    assert not {line.case_id for line in first.cases.lines} & {line.case_id for line in second.cases.lines}


@pytest.mark.parametrize("narrowed", ["at=KL-palakkad", "at=KL-palakkad&view=undated"])
def test_a_page_after_the_last_is_the_last(services: Services, narrowed: str) -> None:
    first, beyond = _view(services, narrowed), _view(services, f"{narrowed}&page=80")
    assert first.cases is not None
    assert beyond.cases is not None
    assert beyond.cases.of == first.cases.of
    assert [tab.count for tab in beyond.tabs] == [tab.count for tab in first.tabs]
    assert beyond.pager.last == first.cases.of
    assert beyond.pager.after_href == ""


@pytest.mark.parametrize(
    "query", ["view=nonsense", "sort=drop", "page=0", "page=-1", "page=x", "at=KL-x", "svc=x", "office=x", "page=²"]
)
def test_what_the_address_names_wrongly_counts_as_not_asked_for(services: Services, query: str) -> None:
    wanted = read_wanted(Asked.of(services, Address.parse(f"/breaches?{query}")))
    assert (wanted.view, wanted.sort, wanted.page) == ("overdue", "due", 1)
    assert (wanted.area.code, wanted.service, wanted.office) == ("KL", "", "")


def test_an_office_narrows_the_list_and_can_be_taken_away(services: Services) -> None:
    view = _view(services, f"office={OFFICE}&lang=ml&view=open")
    assert view.cases is not None
    assert view.cases.lines
    assert {line.office.href for line in view.cases.lines} == {
        Address.parse(f"/breaches?office={OFFICE}&lang=ml&view=open").href
    }
    assert [one.href for one in view.filters] == ["/breaches?lang=ml&view=open"]


def test_a_withdrawn_case_is_not_past_its_limit(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = engine._query_case_list

    def withdrawn(**given: object) -> pa.Table:
        rows = listed(**given)
        place = rows.schema.get_field_index("status")
        return rows.set_column(place, "status", pa.repeat("withdrawn", rows.num_rows))

    services = services_over(engine)
    before = _view(services, "at=KL-palakkad").cases
    monkeypatch.setattr(engine, "_query_case_list", withdrawn)
    after = _view(services, "at=KL-palakkad").cases
    assert before is not None
    assert after is not None
    assert all(line.late_s for line in before.lines)
    assert {line.late_s for line in after.lines} == {None}


def test_hours_add_up_to_what_is_due(services: Services) -> None:
    view = _view(services, "at=KL-palakkad&view=due48")
    assert view.hours is not None
    assert len(view.hours) == 48
    assert sum(count for _, count in view.hours) == view.cases.of  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("period", "first"),
    [("today", date(2026, 11, 20)), ("7d", date(2026, 11, 14)), ("mtd", date(2026, 11, 1)), ("fy", date(2026, 4, 1))],
)
def test_a_past_view_is_about_the_days_of_its_period(services: Services, period: str, first: date) -> None:
    asked = Asked.of(services, Address.parse(f"/breaches?view=received&period={period}"))
    params = read_wanted(asked).params(asked)
    assert (params["opened_from"], params["opened_to"]) == (first, date(2026, 11, 20))
    view = breaches_view(asked)
    assert [tab.view for tab in view.tabs if tab.chosen] == ["received"]
    assert view.hours is None
    assert view.choices[0].name == "period"


def test_the_other_tabs_do_not_count_by_period(services: Services) -> None:
    view = _view(services, "view=in_time&at=KL-palakkad&svc=income_certificate")
    assert {tab.view: tab.count for tab in view.tabs}["undated"] == 0
    assert view.cases is not None
    assert all(line.decided_at for line in view.cases.lines)


def test_an_empty_list_says_none_and_has_no_pages(services: Services) -> None:
    view = _view(services, "view=undated")
    assert view.cases is not None
    assert view.cases.of == 0
    assert (view.pager.first, view.pager.after_href) == (0, "")


def test_the_page_stands_while_the_engine_is_away(engine: FakeEngine) -> None:
    services = services_over(engine)
    engine.go_away()
    try:
        view = _view(services, "at=KL-palakkad")
        assert view.cases is None
        assert {tab.view: tab.count for tab in view.tabs}["overdue"]
        assert {tab.view: tab.count for tab in view.tabs}["undated"] is None
    finally:
        engine.come_back()


@pytest.fixture(scope="module")
def client(engine: FakeEngine) -> Iterator[httpx.Client]:
    with serving(engine) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False, timeout=60) as made:
        yield made


def test_a_page_is_given_as_html_and_what_is_no_page_is_not_found(client: httpx.Client) -> None:
    made = client.get("/api/view", params={"path": "/district/palakkad", "search": "?lang=ml"}).text
    first = made[: made.index(">")]
    assert first.startswith('<div class="cm-page" data-area="KL-palakkad"')
    assert 'data-title="പാലക്കാട് ജില്ല' in first
    assert 'lang="ml"' in first
    assert made.endswith("</div>")
    assert client.get("/api/view", params={"path": "/nowhere"}).status_code == 404


def test_a_page_is_drawn_once_for_all_who_look_at_it(client: httpx.Client, engine: FakeEngine) -> None:
    client.get("/api/view", params={"path": "/health"})
    asked = len(engine.queries)
    for _ in range(5):
        client.get("/api/view", params={"path": "/health"})
    assert len(engine.queries) == asked
