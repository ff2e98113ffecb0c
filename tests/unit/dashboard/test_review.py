"""Questions of a review: each rule asks when it should, of whom it should, and otherwise holds its tongue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from dashboard.address import Address
from dashboard.components.review_page import review_page
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.history import COLUMNS
from dashboard.views.place import Link, Name
from dashboard.views.review import MOST, Question, _answers_for, review_questions, review_view
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.principal import Principal

TALUK, SERVICE = "KL-palakkad-mannarkkad", "birth_registration"
BODY = f"{TALUK}-mannarkkad"


class Told:
    """An engine of which some queries are answered by the test."""

    def __init__(self, engine: FakeEngine, **answers: Callable[[dict[str, object]], pa.Table]) -> None:
        self.engine, self.answers = engine, answers

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        if name in self.answers:
            return self.answers[name](params)
        return self.engine.query(name, principal, **params)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)


def _questions(services: Services, query: str = "") -> tuple[Question, ...]:
    asked = Asked.of(services, Address.parse(f"/review?{query}"))
    code = asked.address.get("at", "KL")
    found = review_questions(asked, services.reference.area(code))
    assert found is not None
    return found


def _of(found: tuple[Question, ...], kind: str) -> list[Question]:
    return [one for one in found if one.kind == kind]


def _week(before: dict[str, float], now: dict[str, float]) -> Callable[[dict[str, object]], pa.Table]:
    """A series of two weeks of overdue cases; nothing of other places."""

    def answer(params: dict[str, object]) -> pa.Table:
        to_day = params["to_day"]
        rows = [
            {"area": area, "day": day, **dict.fromkeys(COLUMNS, 0), "overdue": told[area]}
            for day, told in ((to_day - timedelta(days=7), before), (to_day, now))  # type: ignore[operator]
            for area in told
            if area in params["areas"]  # type: ignore[operator]
        ]
        return pa.Table.from_pylist(rows)

    return answer


def test_a_seat_that_holds_most_of_a_place_is_asked_once(engine: FakeEngine) -> None:
    before = _of(_questions(services_over(engine)), "concentration")
    engine.change("open", SERVICE, BODY, 900)
    engine.change("overdue", SERVICE, BODY, 900)
    services = services_over(engine)
    found = _of(_questions(services), "concentration")
    assert found != before
    assert "Palakkad" in found[0].fact
    assert "9" in found[0].fact
    office = "KL-palakkad-mannarkkad-mannarkkad"
    assert office in found[0].link.href
    assert "view=overdue" in found[0].link.href
    assert len({one.to for one in found}) == len(found) <= MOST["concentration"]
    narrowed = _of(_questions(services, f"at={TALUK}"), "concentration")
    assert narrowed
    assert narrowed[0].to == found[0].to


def test_a_seat_is_told_its_own_count_and_its_own_oldest(engine: FakeEngine) -> None:
    def held(params: dict[str, object]) -> pa.Table:
        row = {"area": "KL-ernakulam", "is_own": False, "cases": 82, "offices": 5, "seats": 9, "most": 33}
        row |= {"office": "KL-palakkad/collectorate", "post": "district_collector", "late_s_sum": 0}
        row |= {"oldest_of_most": AFTERNOON - timedelta(days=103), "oldest_due_at": AFTERNOON - timedelta(days=211)}
        return pa.Table.from_pylist([row])

    (found,) = _of(_questions(replace(services_over(engine), queries=Told(engine, held=held))), "concentration")
    seat = "District Collector, Collectorate, Palakkad"
    told = f"{seat} holds 40.2 % of what is overdue in Ernakulam: 33 of 82, the oldest 103 days past its limit."
    assert (found.to, found.fact) == (seat, told)
    assert found.shorter == (f"{seat}: 33 of 82 overdue in Ernakulam", "District Collector: 33 overdue")


def test_a_place_is_asked_when_it_moved_and_not_for_chance(engine: FakeEngine) -> None:
    before = {"KL-palakkad": 200.0, "KL-idukki": 200.0, "KL-kollam": 200.0, "KL-wayanad": 20.0, "KL-kannur": 200.0}
    now = {"KL-palakkad": 221.0, "KL-idukki": 220.0, "KL-kollam": 159.0, "KL-wayanad": 29.0, "KL-kannur": 160.0}
    services = replace(services_over(engine), queries=Told(engine, series=_week(before, now)))
    found = _questions(services)
    assert [one.to for one in _of(found, "grew")] == ["District Collector, Collectorate, Palakkad"]
    assert [one.to for one in _of(found, "bright")] == ["District Collector, Collectorate, Kollam"]
    assert "from 200 to 221" in _of(found, "grew")[0].fact


def test_an_office_that_decides_nothing_is_asked(engine: FakeEngine) -> None:
    seen: list[object] = []

    def work(params: dict[str, object]) -> pa.Table:
        seen.append((params["to_day"] - params["from_day"]).days)  # type: ignore[operator]
        columns = {"open": 0, "due_48h": 0, "paused": 0, "oldest_due_at": AFTERNOON, "late_s_sum": 864_000}
        rows = [
            {"office": "KL-palakkad/collectorate", "overdue": 30, "dated": 0, "in_time": 0},
            {"office": "KL-idukki/collectorate", "overdue": 29, "dated": 0, "in_time": 0},
            {"office": "KL-kollam/collectorate", "overdue": 500, "dated": 1, "in_time": 0},
            {"office": "", "overdue": 500, "dated": 0, "in_time": 0},
        ]
        return pa.Table.from_pylist([columns | row for row in rows])

    services = replace(services_over(engine), queries=Told(engine, work=work))
    (one,) = _of(_questions(services, "period=fy"), "stalled")
    assert one.to == "Collectorate, Palakkad"
    assert "has 30 overdue" in one.fact
    assert seen == [6]


def test_in_time_is_no_praise_where_cases_come_back(engine: FakeEngine) -> None:
    services = services_over(engine)
    assert not _of(_questions(services), "quality")
    code = services.values.indicators["dept_rev_reopened_share"].subjects[0]
    for measure, cases in (("in_time", 900_000), ("decided", 900_000), ("reopened", 90_000)):
        engine.change(measure, code, BODY, cases)
    (one,) = _of(_questions(services_over(engine)), "quality")
    assert "Revenue" in one.fact
    assert "were opened again" in one.fact
    assert "dept_rev_reopened_share" in one.link.href


def test_questions_stand_in_order_with_answerer_and_evidence(engine: FakeEngine) -> None:
    engine.change("open", SERVICE, BODY, 900)
    engine.change("overdue", SERVICE, BODY, 900)
    services = services_over(engine)
    asked = Asked.of(services, Address.parse("/review"))
    view = review_view(asked)
    assert view.questions
    kinds = list(MOST)
    assert [kinds.index(one.kind) for one in view.questions] == sorted(kinds.index(one.kind) for one in view.questions)
    page = markup(review_page(view, Name("Questions"), Link("Kerala", "/"), services.zone))
    for one in view.questions:
        assert one.to in page
        assert one.link.href.replace("&", "&amp;") in page


def test_without_the_engine_nothing_is_asked(engine: FakeEngine) -> None:
    services = services_over(engine)
    engine.go_away()
    view = review_view(Asked.of(services, Address.parse("/review")))
    assert view.questions is None
    assert "cm-question" not in markup(review_page(view, Name("Questions"), Link("Kerala", "/"), services.zone))


@pytest.mark.parametrize(
    ("area", "query", "answers"),
    [
        ("KL-palakkad", "", "District Collector, Collectorate, Palakkad"),
        (TALUK, "", "Tahsildar, Taluk Office, Mannarkkad"),
        (BODY, "", "Municipal Secretary, Municipal Office, Mannarkkad"),
        ("KL-palakkad", "?dept=hom", "District Police Chief, District Police Office, Palakkad"),
        ("KL-palakkad", "?dept=agr", "Palakkad"),
    ],
)
def test_for_a_place_answers_the_head_of_its_office(engine: FakeEngine, area: str, query: str, answers: str) -> None:
    asked = Asked.of(services_over(engine), Address.parse(f"/review{query}"))
    assert _answers_for(asked, area) == answers


def test_a_step_that_takes_most_of_the_time_is_asked_about_and_no_other(engine: FakeEngine) -> None:
    def steps(share: float, cases: int) -> Callable[[dict[str, object]], pa.Table]:
        def answer(_: dict[str, object]) -> pa.Table:
            both = {"is_waiting": False, "post": "clerk", "p90_s": None, "median_s": 864_000.0, "of": cases}
            wait = both | {"is_waiting": True, "step": None, "post": None, "total_s": 0.0, "cases": 1}
            lines = [both | {"step": "site_visit", "cases": cases, "total_s": share}]
            lines.append(both | {"step": "decision", "cases": cases, "total_s": 1 - share})
            return pa.Table.from_pylist([*lines, wait])

        return answer

    def found(share: float, cases: int) -> list[Question]:
        services = replace(services_over(engine), queries=Told(engine, step_times=steps(share, cases)))
        return _of(_questions(services), "bottleneck")

    first, *rest = found(0.6, 40)
    assert len(rest) == MOST["bottleneck"] - 1
    assert '60.0 % of the time to a decision goes by at the step "site visit"' in first.fact
    assert "half of 40 decided cases stay there 10.0 days" in first.fact
    assert first.to.startswith("Clerk, ")
    assert first.link.href.startswith("/indicator/")
    assert not found(0.5, 40)
    assert not found(0.6, 29), "few cases ask no questions"
