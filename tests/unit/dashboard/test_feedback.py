"""The page of feedback: answers beside decisions, the least satisfied first, few or late answers never compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard import format as form
from dashboard.address import Address
from dashboard.components.feedback_page import feedback_page
from dashboard.exports.feedback import feedback_table
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.feedback import FeedbackView, feedback_view
from dashboard.views.place import Link, Name
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock

DISTRICT, TALUK = "KL-palakkad", "KL-palakkad-mannarkkad"


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _asked(services: Services, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/feedback?{query}"))


def _view(services: Services, query: str = "") -> FeedbackView:
    return feedback_view(_asked(services, query))


def test_places_stand_from_the_least_satisfied_on_with_their_positions(services: Services) -> None:
    view = _view(services)
    assert len(view.places) == 14
    compared = [one for one in view.places if one.positions is not None]
    shares = [one.satisfied.value or 0 for one in compared]
    assert compared
    assert shares == sorted(shares)
    assert all((one.satisfied.cell.denominator or 0) >= 30 for one in compared)
    assert all(one.positions is not None and one.positions.worst >= one.positions.best for one in compared)
    assert view.places[: len(compared)] == tuple(compared)


def test_the_least_satisfied_place_is_named_only_where_it_is_no_chance(services: Services) -> None:
    assert not [one for one in _view(services).sentences if one.lead.startswith("Least satisfied")]
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    code = services.values.indicators["dept_lsg_satisfied_share"].subjects[0]
    engine.change("feedback", code, f"{TALUK}-mannarkkad", 5000)
    sentence = next(one for one in _view(services_over(engine)).sentences if one.lead.startswith("Least satisfied"))
    assert "Palakkad" in sentence.lead
    assert sentence.rest == "Its position among 14 is 14 to 14, allowing for chance."
    assert sentence.link.href == f"/feedback?at={DISTRICT}"


def test_few_answers_are_shown_and_not_compared() -> None:
    services = services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.002, has_choice=True))
    view = _view(services, f"at={DISTRICT}")
    few = [one for one in view.places if (one.satisfied.cell.denominator or 0) < 30]
    assert few
    assert all(one.positions is None for one in few)
    drawn = markup(feedback_page(view, Name("x"), Link("Kerala", "/"), _asked(services, f"at={DISTRICT}")), "en")
    assert "small base" in drawn
    assert "Not ranked" in drawn


def test_late_answers_are_not_compared_and_the_sentence_says_so() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    engine.silence("ksmart", 15)
    view = _view(services_over(engine))
    assert all(one.positions is None for one in view.places)
    assert next(one.tone for one in view.sentences if "answered" in one.lead) == "stale"


def test_decisions_in_time_never_stand_without_the_answers(services: Services) -> None:
    view = _view(services)
    own, sentence = {one.measure: one.figure for one in view.numbers}, view.sentences[0]
    answers = own["satisfied_share"].cell.denominator
    for words in (
        f"{own['in_time_share'].value:.1f} %",
        f"{own['satisfied_share'].value:.1f} %",
        f"{answers:,.0f}"[-3:],
    ):
        assert words in sentence.lead
    assert f"{own['reopened_share'].value:.1f} %" in sentence.rest
    asked = next(one for one in view.departments if one.code == "REV")
    decided = services.values.cell("dept_rev_decided", "KL").value
    assert asked.heard.value == pytest.approx(100 * (asked.satisfied.cell.denominator or 0) / (decided or 1))


def test_answers_that_belong_to_no_row_are_said(services: Services) -> None:
    view = _view(services)
    known = {by: sum(one.answers or 0.0 for one in getattr(view, by)) for by in ("places", "departments")}
    all_answers = max(known.values()) + 134.0
    drawn = markup(
        feedback_page(replace(view, answers=all_answers), Name("x"), Link("Kerala", "/"), _asked(services)), "en"
    )
    for counted in known.values():
        said = f"{form.integer(all_answers - counted)} of the {form.integer(all_answers)} answers belong to none"
        assert said in drawn
    assert "belong to none" not in markup(
        feedback_page(replace(view, answers=None), Name("x"), Link("Kerala", "/"), _asked(services)), "en"
    )


def test_ratings_are_all_five_and_add_up(services: Services) -> None:
    ratings = _view(services, f"at={DISTRICT}").ratings
    assert ratings is not None
    assert [rating for rating, _ in ratings.counts] == [5, 4, 3, 2, 1]
    assert ratings.answers == sum(count for _, count in ratings.counts)
    assert ratings.answers > 0


def test_a_department_and_a_place_narrow_the_page_and_travel_on(services: Services) -> None:
    view = _view(services, f"at={DISTRICT}&dept=rev&period=7d&lang=ml")
    assert view.departments == ()
    assert all(one.satisfied.code == "dept_rev_satisfied_share" for one in view.places)
    for one in view.places:
        assert "dept=rev" in one.name.href
        assert "period=7d" in one.name.href
        assert f"at={one.code}" in one.name.href
    everything = _view(services, f"at={DISTRICT}")
    revenue = next(one for one in everything.departments if one.code == "REV")
    assert revenue.name.href == f"/feedback?at={DISTRICT}&dept=rev"
    lowest = _view(services, f"at={TALUK}-mannarkkad")
    assert lowest.places == ()


def test_a_number_opens_to_its_own_parts(services: Services) -> None:
    view = _view(services, f"at={DISTRICT}")
    href = view.numbers[0].href
    opened = _view(services, href.partition("?")[2])
    assert opened.explanation is not None
    assert opened.explanation.figure == view.numbers[0].figure
    assert opened.explanation.close_href == f"/feedback?at={DISTRICT}"


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_the_page_is_drawn_in_every_language_and_without_the_engine(lang: str) -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    services = services_over(engine)
    engine.go_away()
    view, asked = _view(services, f"lang={lang}"), _asked(services, f"lang={lang}")
    assert view.ratings is None
    drawn = markup(feedback_page(view, Name("x"), Link("Kerala", "/"), asked), lang)
    rows = len(view.places) + len(view.departments) + len(view.services)
    assert drawn.count('data-testid="served-row"') == rows


def test_a_file_has_the_rows_of_its_table(services: Services) -> None:
    view = _view(services, f"at={DISTRICT}")
    for by, shown in (("place", view.places), ("department", view.departments), ("service", view.services)):
        table = feedback_table(_asked(services, f"at={DISTRICT}&by={by}"))
        assert table is not None
        rows = list(table.rows)
        assert [row[0] for row in rows] == [one.code for one in shown]
        assert [row[5] for row in rows] == [one.satisfied.cell.denominator for one in shown]
    assert feedback_table(_asked(services, "by=nonsense")) is None
