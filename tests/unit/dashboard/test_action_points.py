"""Action points: missed, due, kept; what they are shown by; what a review asks about those that were not kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.address import Address, area_at
from dashboard.components.area_page import area_page
from dashboard.components.review_page import review_page
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.action_points import read_points
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from dashboard.views.place import Link, Name
from dashboard.views.review import review_questions, review_view
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.fake_reviews import THEN
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock

TODAY = AFTERNOON.date()
REVIEW = "2026-10-11"


@pytest.fixture
def engine() -> FakeEngine:
    made = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2)
    made.reviews.hold(REVIEW, "KL", AFTERNOON - timedelta(days=40))
    agree = made.reviews.agree
    agree(REVIEW, "KL-palakkad", "Far off", TODAY + timedelta(days=30))
    agree(REVIEW, "KL-palakkad", "Soon", TODAY + timedelta(days=7))
    agree(REVIEW, "KL-kollam", "Missed", TODAY - timedelta(days=3), "District Collector", "gov_overdue")
    agree(REVIEW, "KL-palakkad-mannarkkad", "Today", TODAY)
    made.reviews.say(agree(REVIEW, "KL-palakkad", "Done late", TODAY - timedelta(days=9)), "kept", "on the 20th")
    made.reviews.say(agree(REVIEW, "KL", "Given up", TODAY - timedelta(days=9)), "dropped")
    return made


def _asked(services: Services, href: str) -> Asked:
    return Asked.of(services, Address.parse(href))


def _page(services: Services, href: str) -> str:
    view = review_view(_asked(services, href))
    return markup(review_page(view, Name("Review"), Link("Kerala", "/"), services.zone))


def test_points_stand_by_what_became_of_them(engine: FakeEngine) -> None:
    points = read_points(_asked(services_over(engine), "/review"), "KL")
    assert [(one.task, one.standing, one.late_days) for one in points] == [
        ("Missed", "missed", 3),
        ("Today", "due_soon", 0),
        ("Soon", "due_soon", 0),
        ("Far off", "open", 0),
        ("Done late", "kept", 0),
        ("Given up", "dropped", 0),
    ]
    missed = points[0]
    assert missed.number is not None
    assert missed.shown is not None
    assert missed.number.href.startswith("/indicator/gov_overdue?area=KL-kollam")
    assert missed.then == pytest.approx((missed.shown.value or 0) * THEN)
    assert points[1].number is None


def test_a_place_sees_its_own_that_are_still_to_be_done(engine: FakeEngine) -> None:
    services = services_over(engine)
    area = area_at(services.reference, "/district/palakkad")
    assert area is not None
    view = area_view(_asked(services, "/district/palakkad"), area)
    assert [one.task for one in view.points] == ["Today", "Soon", "Far off"]
    address = Address.parse("/district/palakkad")
    page = markup(area_page(view, address, services.zone, AFTERNOON))
    assert "2 due this week · 1 open" in page
    assert "/review?at=KL-palakkad" in page
    engine.reviews.points.clear()
    assert "Action points" not in markup(
        area_page(area_view(_asked(services, "/district/palakkad"), area), address, services.zone, AFTERNOON)
    )


def test_a_review_shows_what_was_agreed_and_asks_about_what_was_not_kept(engine: FakeEngine) -> None:
    services = services_over(engine)
    page = _page(services, "/review")
    for told in ("1 not kept", "3 days", "on the 20th", "District Collector", "Until"):
        assert told in page, told
    found = review_questions(_asked(services, "/review"), services.reference.areas[0])
    assert found is not None
    assert (found[0].kind, found[0].to) == ("promise", "District Collector")
    assert found[0].fact.startswith('"Missed" (Kollam) was agreed until')
    assert [one.kind for one in found].count("promise") == 1
    assert f"vs=review%3A{REVIEW}" in page


def test_before_the_first_review_the_page_says_how_to_keep_one(engine: FakeEngine) -> None:
    engine.reviews.reviews.clear()
    engine.reviews.points.clear()
    page = _page(services_over(engine), "/review")
    assert "No review has been kept yet" in page
    assert "Action points" not in page
