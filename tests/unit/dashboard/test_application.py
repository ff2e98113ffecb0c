"""An application's page: where it is, since when, how its limit stands, and every event with what was corrected."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.address import Address, name_after, segment
from dashboard.components.application_page import application_page
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.application import ApplicationView, application_view
from dashboard.views.asked import Asked
from dashboard.views.case_history import steps, told_events
from dashboard.views.search import find_application
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.event import EVENT_SCHEMA

AREA = "KL-palakkad-attappadi-agali"
OFFICE = f"{AREA}/local_body"
OPENED = AFTERNOON - timedelta(days=20)
DUE = AFTERNOON - timedelta(days=4)


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.02)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _put(engine: FakeEngine, *events: dict[str, Any], number: str = "A/1", **row: object) -> None:
    known = {"case_id": number, "service": "birth_registration", "area": AREA, "office": OFFICE, "post": "clerk"}
    known |= {"opened_at": OPENED, "opened_day": OPENED.date(), "due_at": DUE}
    engine.cases.put(known | row, *events)


def _event(kind: str, at: datetime, **fields: object) -> dict[str, Any]:
    return dict.fromkeys(EVENT_SCHEMA.names) | {"kind": kind, "occurred_at": at, "source": "ksmart"} | fields


def _view(services: Services, number: str = "A/1", lang: str = "en") -> ApplicationView:
    view = application_view(Asked.of(services, Address.parse(f"/application/{segment(number)}?lang={lang}")), number)
    assert view is not None
    return view


def _posts(services: Services) -> tuple[str, ...]:
    return services.reference.posts_for("birth_registration", OFFICE)


def test_an_open_file_says_who_has_it_since_when_how_late_and_who_is_next(
    engine: FakeEngine, services: Services
) -> None:
    first, second, *_ = _posts(services)
    opened = _event("case.opened", OPENED, office=OFFICE, post=first)
    _put(engine, opened, post=first)
    view = _view(services)
    names = services.reference.posts
    assert view.sentence.tone == "red"
    assert view.sentence.lead == f"With {names[first].name_en}, Grama Panchayat Office, Agali for 20 days."
    assert view.sentence.rest == f"4 days past its limit. Next: {names[second].name_en}."
    assert [crumb.text for crumb in view.crumbs] == ["Kerala", "Palakkad", "Attappadi", "Agali"]
    assert view.sentence.link.href == f"/office/{segment(OFFICE)}?lang=en"


@pytest.mark.parametrize(
    ("row", "tone", "lead", "rest"),
    [
        ({"due_at": AFTERNOON + timedelta(hours=30, minutes=5)}, "amber", "With ", "30 h left until its limit"),
        ({"due_at": AFTERNOON + timedelta(days=9, minutes=5)}, "calm", "With ", "9 days left until its limit."),
        ({"due_at": None}, "calm", "With ", "It has no time limit."),
        ({"paused_at": DUE - timedelta(days=1)}, "calm", "With ", "the clock stands still since 15-11-2026 16:42"),
        ({"paused_at": DUE + timedelta(days=1)}, "red", "With ", "4 days past its limit."),
        (
            {"status": "decided", "decided_at": DUE + timedelta(days=2), "outcome": "approved"},
            "amber",
            "Granted on 18-11-2026 16:42",
            "2 days past its limit.",
        ),
        ({"status": "decided", "decided_at": DUE, "outcome": "rejected"}, "calm", "Refused on", "In time."),
        ({"status": "unopened", "due_at": None, "opened_at": None, "opened_day": None}, "calm", "Events of it", ""),
    ],
)
def test_the_sentence_says_how_it_stands(
    engine: FakeEngine, services: Services, row: dict[str, Any], tone: str, lead: str, rest: str
) -> None:
    _put(engine, _event("case.opened", OPENED, office=OFFICE, post="clerk"), **row)
    sentence = _view(services).sentence
    assert sentence.tone == tone
    assert sentence.lead.startswith(lead)
    assert rest in sentence.rest


def test_due_limit_and_legal_basis_stand_beside_each_other(engine: FakeEngine, services: Services) -> None:
    _put(engine, _event("case.opened", OPENED), paused_s=90_000, due_stated=True)
    facts = {fact.label: (fact.text, fact.note) for fact in _view(services).facts}
    limit = services.reference.services["birth_registration"].limit_on(OPENED.date())
    assert limit is not None
    assert facts["Due"] == ("16-11-2026 16:42", "as the source states")
    assert limit.legal_basis == "to be confirmed from the department's notification"
    assert facts["Time limit"] == (f"{limit.limit} working days (limit to be confirmed)", ""), "said once"
    assert facts["Clock"] == ("runs", "stood still for 25 h in all")


def test_a_pause_after_the_limit_is_called_so(engine: FakeEngine, services: Services) -> None:
    _put(engine, _event("case.opened", OPENED), paused_at=DUE + timedelta(days=1))
    facts = {fact.label: (fact.text, fact.note) for fact in _view(services).facts}
    assert facts["Clock"] == ("runs", "paused after its limit: clock runs")


def test_bars_fill_the_way_and_show_where_the_clock_stood(engine: FakeEngine, services: Services) -> None:
    first, second, *_ = _posts(services)
    _put(
        engine,
        _event("case.opened", OPENED, office=OFFICE, post=first),
        _event("case.paused", OPENED + timedelta(days=2)),
        _event("case.resumed", OPENED + timedelta(days=4)),
        _event("case.moved", OPENED + timedelta(days=10), office=OFFICE, post=second),
        post=second,
    )
    view = _view(services)
    one, two = view.steps
    assert (one.left, one.width) == pytest.approx((0.0, 0.5))
    assert one.paused == (pytest.approx((0.1, 0.1)),)
    assert (two.left, two.width) == pytest.approx((0.5, 0.5))
    assert two.to_at is None
    assert view.due_part == pytest.approx(0.8)
    assert one.lasted == "8 working days"


def test_a_correction_is_marked_and_holds_and_a_retraction_is_struck_out(
    engine: FakeEngine, services: Services
) -> None:
    first, second, *_ = _posts(services)
    at = OPENED + timedelta(days=1)
    _put(
        engine,
        _event("case.opened", OPENED, office=OFFICE, post=first, event_id="o"),
        _event("case.moved", at, office=OFFICE, post=first, event_id="m"),
        _event("event.corrected", at + timedelta(hours=1), ref="m", event_id="c1", post="nobody"),
        _event("event.corrected", at + timedelta(hours=2), ref="m", event_id="c2", post=second),
        _event("case.moved", at + timedelta(days=1), office=OFFICE, post="x", event_id="r"),
        _event("event.retracted", at + timedelta(days=2), ref="r", event_id="t"),
        _event("event.retracted", at + timedelta(days=2), ref="m", event_id="other", source="edistrict"),
    )
    view = _view(services)
    assert [(one.what, one.mark) for one in view.events] == [
        ("Received", ""), ("Moved on", "corrected"), ("Moved on", "retracted"),
    ]  # fmt: skip
    assert view.events[1].note.endswith(": post")
    assert services.reference.posts[second].name_en in view.events[1].seat
    assert [one.post for one in view.steps] == [services.reference.posts[post].name_en for post in (first, second)]
    drawn = markup(application_page(view, services.zone))
    assert "<s>Moved on</s>" in drawn
    assert "taken back on" in drawn


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["opened", "moved", "paused", "resumed", "decided", "reopened", "withdrawn"]),
            st.integers(0, 100),
            st.sampled_from([None, "p", "q"]),
        ),
        max_size=12,
    ),
    st.one_of(st.none(), st.integers(0, 100)),
)
def test_steps_follow_each_other_and_hold_their_pauses(
    told: list[tuple[str, int, str | None]], due: int | None
) -> None:
    def at(hours: int) -> datetime:
        return OPENED + timedelta(hours=hours)

    rows = [
        _event(f"case.{kind}", at(hour), post=post, event_id=str(number))
        for number, (kind, hour, post) in enumerate(sorted(told, key=lambda one: one[1]))
    ]
    made = steps(told_events(rows), None if due is None else at(due), at(100))
    for before, after in pairwise(made):
        assert before.to_at <= after.from_at
        assert not before.is_now
    for step in made:
        assert step.from_at <= step.to_at
        assert all(step.from_at <= begin < end <= step.to_at for begin, end in step.paused)
        assert due is None or all(begin <= at(due) or begin == step.from_at for begin, _ in step.paused)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=100))
def test_any_number_comes_back_from_its_address(number: str) -> None:
    try:
        number.encode()
    except UnicodeEncodeError:
        return
    href = Address("/").to(f"/application/{segment(number)}", lang="ml").href
    address = Address.parse(href)
    assert name_after(address.path, "/application/") == number
    assert address.href == href


def test_a_number_that_nobody_told_of_is_nothing(services: Services) -> None:
    assert application_view(Asked.of(services, Address.parse("/application/x")), "x") is None
    assert name_after("/application/a/b", "/application/") == ""


def test_the_search_finds_a_file_by_its_whole_number_only(engine: FakeEngine, services: Services) -> None:
    _put(engine, number="KL/2026/0001")
    asked = Asked.of(services, Address.parse("/?lang=en"))
    (found,) = find_application(asked, " KL/2026/0001 ")
    assert (found.text, found.note) == ("KL/2026/0001", "Birth registration")
    assert found.href == "/application/KL%2F2026%2F0001?lang=en"
    assert find_application(asked, "KL/2026") == ()
    before = len(engine.queries)
    assert find_application(asked, "palakkad") == ()
    assert len(engine.queries) == before


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_the_page_is_drawn_in_every_language(engine: FakeEngine, services: Services, lang: str) -> None:
    _put(engine, _event("case.opened", OPENED, office=OFFICE), _event("feedback.given", DUE), channel="online")
    assert "cm-way" in markup(application_page(_view(services, lang=lang), services.zone))
