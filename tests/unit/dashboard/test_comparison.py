"""What numbers are compared with: the last review unless the address says otherwise, and nothing where none stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from dashboard import format as form
from dashboard.address import Address, area_at
from dashboard.components.area_page import area_page
from dashboard.markup import markup
from dashboard.services import NamedQueries, Services
from dashboard.views.area import AreaView, area_view
from dashboard.views.asked import Asked
from dashboard.views.comparison import (
    OF_INDICATOR,
    Comparison,
    comparison_choice,
    comparison_or_before,
    read_comparison,
    read_yardstick,
)
from dashboard.views.indicator import IndicatorAt, indicator_view
from dashboard.views.indicator_list import Wanted, read_background, value_columns
from dashboard.views.today import today
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.fake_reviews import THEN
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.principal import Principal
from warehouse.review_rules import is_kept
from warehouse.value import State

DISTRICT, BODY = "/district/palakkad", "/district/palakkad/taluk/mannarkkad/body/mannarkkad"


@pytest.fixture
def engine() -> FakeEngine:
    made = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2)
    made.reviews.hold("2026-10-11", "KL", AFTERNOON - timedelta(days=40))
    made.reviews.hold("2026-11-11", "KL", AFTERNOON - timedelta(days=9))
    made.reviews.hold("2026-11-17", "KL-palakkad", AFTERNOON - timedelta(days=3), "Palakkad's own")
    return made


def _asked(services: Services, href: str) -> Asked:
    return Asked.of(services, Address.parse(href))


def _view(services: Services, href: str) -> AreaView:
    area = area_at(services.reference, Address.parse(href).path)
    assert area is not None
    return area_view(_asked(services, href), area)


def _indicator(services: Services, href: str) -> tuple[Asked, IndicatorAt]:
    asked = _asked(services, href)
    at = IndicatorAt.of(asked, asked.address.path.rpartition("/")[2])
    assert at is not None
    return asked, at


def _chosen(services: Services, href: str) -> Comparison:
    area = area_at(services.reference, Address.parse(href).path)
    assert area is not None
    return read_comparison(_asked(services, href), area)


@pytest.mark.parametrize(
    ("href", "kind", "review"),
    [
        ("/", "review", "2026-11-11"),
        ("/district/kollam", "review", "2026-11-11"),
        (DISTRICT, "review", "2026-11-17"),
        (f"{DISTRICT}/taluk/mannarkkad", "review", "2026-11-17"),
        (f"{BODY}", "review", "2026-11-17"),
        (f"{DISTRICT}?vs=review:2026-10-11", "review", "2026-10-11"),
        ("/?vs=review:2026-11-17", "review", "2026-11-11"),
        ("/?vs=review:never", "review", "2026-11-11"),
        ("/?vs=nonsense", "review", "2026-11-11"),
        ("/?vs=prev", "before", None),
        ("/?vs=py", "year", None),
        ("/?vs=target", "target", None),
        (f"{DISTRICT}?vs=peers", "similar", None),
    ],
)
def test_the_last_review_that_kept_a_places_values_unless_another_is_asked_for(
    engine: FakeEngine, href: str, kind: str, review: str | None
) -> None:
    found = _chosen(services_over(engine), href)
    assert found.kind == kind
    assert (found.review and found.review.id) == review


def test_a_state_review_keeps_no_bodies_and_no_other_state(engine: FakeEngine) -> None:
    reference = services_over(engine).reference
    of_state, of_district = "KL", "KL-palakkad"
    body, taluk = "KL-palakkad-mannarkkad-mannarkkad", "KL-palakkad-mannarkkad"
    assert is_kept(reference, of_state, "KL")
    assert is_kept(reference, of_state, taluk)
    assert not is_kept(reference, of_state, body)
    assert is_kept(reference, of_district, body)
    assert not is_kept(reference, of_district, "KL-kollam")
    assert not is_kept(reference, of_district, "KL")


def test_without_a_review_everything_is_as_it_was_before(engine: FakeEngine) -> None:
    engine.reviews.reviews.clear()
    services = services_over(engine)
    plain, asked_for = _view(services, "/"), _view(services, "/?vs=prev")
    assert plain.numbers[1].compared == "in a week"
    assert [one.change for one in plain.numbers] == [one.change for one in asked_for.numbers]
    assert plain.ranking is not None
    assert plain.ranking.since == "In a week"
    options = comparison_choice(_asked(services, "/"), _chosen(services, "/")).options
    assert [(one.text, one.href) for one in options] == [
        ("the time before", "/"),
        ("a year ago", "/?vs=py"),
        ("the target", "/?vs=target"),
        ("similar places", "/?vs=peers"),
    ]


def test_places_stand_against_the_target_by_their_share(engine: FakeEngine) -> None:
    view = _view(services_over(engine), "/?vs=target")
    by_measure = {one.measure: one for one in view.numbers}
    in_time, overdue = by_measure["in_time_share"], by_measure["overdue"]
    assert in_time.compared == overdue.compared == "against the target"
    assert in_time.change == form.change((in_time.figure.value or 0) - 95, 1)
    assert overdue.beside is not None
    assert overdue.change == form.change((overdue.beside.value or 0) - 5, 1)
    assert overdue.is_of_share
    assert by_measure["open"].change is None
    ranked = view.ranking
    assert ranked is not None
    assert (ranked.since, ranked.is_of_shares) == ("Against the target", True)
    for row in ranked.rows:
        assert row.change is not None
        assert row.more == pytest.approx((row.share.value or 0) - 5)
    most = max(ranked.rows, key=lambda row: row.more)
    assert most.change is not None
    assert f"{most.name.text} is {most.change.text} points above the target" in view.sentences[2].lead


def test_places_stand_against_places_like_them(engine: FakeEngine) -> None:
    view = _view(services_over(engine), "/?vs=peers")
    assert all(one.change is None for one in view.numbers), "no state is like another"
    assert view.ranking is not None
    compared = [row for row in view.ranking.rows if row.change is not None]
    assert compared
    for row in compared:
        assert row.peer_pct is not None
        assert row.more == pytest.approx((row.share.value or 0) - row.peer_pct)
    district = {one.measure: one for one in _view(services_over(engine), f"{DISTRICT}?vs=peers").numbers}
    like = next(row for row in compared if row.code == "KL-palakkad")
    assert district["overdue"].change == like.change
    assert district["overdue"].compared == "against similar places"


def test_a_small_base_is_compared_with_nothing(engine: FakeEngine) -> None:
    ranked = _view(services_over(engine), "/district/palakkad/taluk/attappadi?vs=target").ranking
    assert ranked is not None
    small = [row for row in ranked.rows if row.share.cell.state is State.SMALL_BASE]
    assert small
    assert all(row.change is None for row in small)


def test_an_indicator_stands_against_its_target_without_the_engine(engine: FakeEngine) -> None:
    services = services_over(engine)
    asked, at = _indicator(services, "/indicator/gov_in_time_share?vs=target")
    view = indicator_view(asked, at)
    assert view.compared == "against the target"
    assert view.change == form.change((view.shown.figure.value or 0) - 95, 1)
    engine.gone = True
    assert comparison_or_before(asked, at.area, OF_INDICATOR).kind == "target"


def test_numbers_and_places_stand_against_what_was_on_the_screens(engine: FakeEngine) -> None:
    view = _view(services_over(engine), "/")
    by_measure = {one.measure: one for one in view.numbers}
    overdue, in_time = by_measure["overdue"], by_measure["in_time_share"]
    assert overdue.compared == in_time.compared == "since the review of 11-11"
    grown = (overdue.figure.value or 0) * (1 - THEN)
    assert overdue.change is not None
    assert overdue.change.direction == "up"
    assert overdue.change.text.replace(",", "") == str(round(grown))
    assert in_time.change is not None
    assert float(in_time.change.text) == pytest.approx((in_time.figure.value or 0) * (1 - THEN), abs=0.05)
    assert view.ranking is not None
    assert view.ranking.since == "Since 11-11"
    for row in view.ranking.rows:
        assert row.more == pytest.approx((row.overdue.value or 0) * (1 - THEN))
    most = max(view.ranking.rows, key=lambda row: row.more)
    assert f"since the review of 11-11 in {most.name.text}" in view.sentences[2].lead


def test_a_count_of_what_flows_is_not_compared_with_a_review(engine: FakeEngine) -> None:
    services = services_over(engine)
    asked, area = _asked(services, "/"), services.reference.areas[0]
    codes = ["gov_received", "gov_overdue", "gov_in_time_share"]
    earlier = read_yardstick(asked, read_comparison(asked, area), ["KL"], codes, today(services))
    assert earlier is not None
    found = [earlier.value(services.values.indicators[code], "KL") is not None for code in codes]
    assert found == [False, True, True]


def test_a_year_ago_is_the_same_days_and_nothing_where_nothing_was_counted(engine: FakeEngine) -> None:
    services = services_over(engine)
    view = _view(services, "/?vs=py")
    by_measure = {one.measure: one for one in view.numbers}
    assert by_measure["overdue"].compared == "in a year"
    assert by_measure["overdue"].change is not None
    assert by_measure["median_days"].change is None, "no histogram of a year ago is kept"
    assert view.ranking is not None
    assert view.ranking.since == "In a year"

    asked_for = _months(engine)
    young = _view(replace(services, queries=asked_for), "/?vs=py")
    assert all(one.change is None for one in young.numbers)
    assert young.sentences[2].lead == "All sources of these numbers are live.", "not that nothing grew"


def _months(engine: FakeEngine) -> NamedQueries:
    """An engine that has counted for three months only."""

    class Young:
        def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
            table = engine.query(name, principal, **params)
            if name != "first_days":
                return table
            recent = (AFTERNOON - timedelta(days=90)).date()
            return table.set_column(1, "first_day", [[recent] * table.num_rows])

    return Young()


def test_what_is_chosen_stays_on_the_way_down(engine: FakeEngine) -> None:
    address = Address.parse("/?vs=review:2026-10-11")
    view = _view(services_over(engine), address.href)
    page = markup(area_page(view, address, services_over(engine).zone, AFTERNOON))
    assert "/district/palakkad?vs=review%3A2026-10-11" in page
    assert "Since 11-10" in page


@pytest.mark.parametrize("period", ["mtd", "fy", "own"])
def test_the_list_of_all_indicators_stands_against_a_review(engine: FakeEngine, period: str) -> None:
    services = services_over(engine)
    indicators = list(services.values.indicators.values())
    wanted = Wanted(services.reference.areas[0], period, "2026-11-11")
    columns = value_columns(services, wanted, read_background(services, "KL", "2026-11-11"))
    told = 0
    for one, value, change in zip(indicators, columns["value"], columns["change"], strict=True):
        if one.time == "flow" and one.is_count:
            assert change != change, one.code
        elif value == value and change == change:
            assert change == pytest.approx(value * (1 - THEN), abs=1e-5), one.code
            told += 1
    assert told > len(indicators) / 3


def test_an_indicators_page_names_the_review(engine: FakeEngine) -> None:
    view = indicator_view(*_indicator(services_over(engine), "/indicator/gov_overdue?area=KL-kollam"))
    assert view.compared == "since the review of 11-11"
    assert view.change is not None
    assert [choice.name for choice in view.choices] == ["place", "period", "comparison"]
    assert "a year ago" not in [one.text for one in view.choices[2].options]


def test_pages_stand_without_the_engine(engine: FakeEngine) -> None:
    services = services_over(engine)
    engine.go_away()
    view = _view(services, "/?vs=review:2026-11-11")
    assert view.numbers
    assert view.points == ()
    assert indicator_view(*_indicator(services, "/indicator/gov_overdue")).change is None
