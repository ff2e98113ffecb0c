"""The page of resources: what lasts shortest stands first, at the smallest place that says so; late is not compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.address import Address
from dashboard.components.resource_strip import resource_strip
from dashboard.components.resources_page import resources_page
from dashboard.exports.resources import resources_table
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from dashboard.views.figure import figure
from dashboard.views.history import Line as History
from dashboard.views.lasting import hours_of
from dashboard.views.place import Link, Name
from dashboard.views.resource_cards import resource_cards
from dashboard.views.resources import MOST_LASTING, ResourcesView, resources_view
from dashboard.views.worst import worst_place
from dashboard.wall_choice import read_choice
from tests.helpers.fake_client import AFTERNOON, KERALA, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import Band

OXYGEN, BODY, TALUK = "hfw_oxygen_hours_left", "KL-palakkad-mannarkkad-mannarkkad", "KL-palakkad-mannarkkad"


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    made = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    made.set_level(OXYGEN, BODY, 0.4)
    return made


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _view(services: Services, query: str = "") -> ResourcesView:
    return resources_view(_asked(services, query))


def _asked(services: Services, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/resources?{query}"))


def test_the_smallest_place_where_something_lasts_shortest_stands_first(services: Services) -> None:
    view = _view(services)
    first = view.lasting[0]
    assert (first.figure.code, first.figure.area, first.figure.value) == (OXYGEN, BODY, 0.4)
    assert first.where == Link("Mannarkkad Municipality", f"/resources?at={BODY}")
    assert first.above == "Mannarkkad, Palakkad"
    hours = [one.figure.value for one in view.lasting]
    assert hours == sorted(hours, key=float)
    assert len(view.lasting) == MOST_LASTING < view.lasting_of
    assert view.sentences[0].lead.endswith("hours in Mannarkkad Municipality.")
    assert [one.part for one in view.lasting][-1] == 1


def test_days_and_hours_are_compared_as_hours(services: Services, engine: FakeEngine) -> None:
    shown = figure(services, OXYGEN, "KL", "today")
    assert hours_of(shown) == shown.value
    row = engine.catalogue().to_pylist()[engine.code_index(OXYGEN)]
    assert row["unit_en"] == "hours"
    assert hours_of(replace(shown, unit_en="days")) == (shown.value or 0) * 24
    assert hours_of(replace(shown, unit_en="%")) is None


def test_every_chosen_resource_is_there_once_with_its_places(services: Services) -> None:
    view, choice = _view(services), read_choice(KERALA)
    codes = [one.figure.code for one in view.lines]
    chosen = {line.indicator for line in choice.lasting} | {
        line.indicator for card in choice.resources for line in card.lines
    }
    assert sorted(codes) == sorted(chosen)
    assert view.matrix is not None
    assert [row.whole.figure.code for row in view.matrix.rows] == codes
    assert len(view.matrix.places) == 14
    urgencies = [one.figure.urgency for one in view.lines]
    assert urgencies == sorted(urgencies)
    for row, line in zip(view.matrix.rows, view.lines, strict=True):
        if line.worst is not None:
            assert min(cell.figure.urgency for cell in row.cells) >= line.worst.urgency
    assert any(line.worst is not None and line.others for line in view.lines)


def test_a_place_and_a_department_narrow_the_page_and_a_step_down_keeps_them(services: Services) -> None:
    view = _view(services, f"at={TALUK}&dept=hfw&lang=ml")
    assert view.place.code == TALUK
    assert all(one.figure.area == TALUK for one in view.lines)
    assert all(one.figure.area.startswith(TALUK) for one in view.lasting)
    assert view.matrix is not None
    assert all("dept=hfw" in place.href and "lang=ml" in place.href for place in view.matrix.places)
    nothing = _view(services, "dept=tou")
    assert (nothing.lines, nothing.lasting, nothing.matrix) == ((), (), None)
    lowest = _view(services, f"at={BODY}")
    assert lowest.matrix is None
    assert all(one.worst is None for one in lowest.lines)


def test_a_number_opens_at_its_own_place_and_closes_to_the_page(services: Services) -> None:
    view = _view(services, f"at={TALUK}")
    opened = _view(services, view.lasting[0].href.partition("?")[2])
    assert opened.explanation is not None
    assert opened.place.code == TALUK
    assert opened.explanation.figure.area == BODY
    assert opened.explanation.figure.value == view.lasting[0].figure.value
    assert opened.explanation.close_href == f"/resources?at={TALUK}"


def test_late_numbers_stand_last_and_are_no_worst_place() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    engine.set_level(OXYGEN, BODY, 0.4)
    engine.silence("ambulance108", 15)
    view = _view(services_over(engine), f"at={TALUK}")
    assert view.lasting
    assert all(one.figure.is_late for one in view.lasting)
    assert view.sentences[0].tone == "stale"
    assert all(one.worst is None for one in view.lines)


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_the_page_is_drawn_in_every_language_and_without_the_engine(lang: str) -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    services = services_over(engine)
    engine.go_away()
    view = _view(services, f"lang={lang}")
    drawn = markup(
        resources_page(
            view, Name("Resources"), Link("Kerala", "/"), Address("/resources"), zone=services.zone, now=AFTERNOON
        ),
        lang,
    )
    assert drawn.count('data-testid="lasting-row"') == MOST_LASTING
    assert drawn.count('data-testid="resource-row"') == len(view.lines)


def test_a_file_has_every_resource_at_the_place_and_below_it(services: Services) -> None:
    table = resources_table(_asked(services, "at=KL-palakkad"))
    view = _view(services, "at=KL-palakkad")
    rows = list(table.rows)
    places = 1 + len(services.reference.children("KL-palakkad"))
    assert len(rows) == places * len(view.lines)
    assert [row[2] for row in rows[::places]] == [one.figure.code for one in view.lines]
    oxygen = next(row for row in rows if row[2] == OXYGEN)
    assert (
        oxygen[6]
        == oxygen[8]
        == pytest.approx(view.lines[[one.figure.code for one in view.lines].index(OXYGEN)].figure.value, abs=1e-6)
    )


def test_a_places_page_has_one_card_of_each_kind_the_worst_first(services: Services) -> None:
    asked = Asked.of(services, Address.parse("/district/palakkad"))
    area = services.reference.area("KL-palakkad")
    cards = resource_cards(asked, area)
    choice = read_choice(KERALA)
    assert {one.kind for one in cards} == {"Time left", *(card.name_en for card in choice.resources)}
    assert len({one.kind for one in cards}) == len(cards)
    assert [one.figure.urgency for one in cards] == sorted(one.figure.urgency for one in cards)
    assert {one.figure.area for one in cards} == {"KL-palakkad"}
    for one in cards:
        assert one.href == f"/district/palakkad?explain={one.figure.code}&at=KL-palakkad"
        assert one.newest is not None
        assert one.worst is None or (one.worst.band >= Band.AMBER and one.worst.area.startswith("KL-palakkad-"))


def test_what_is_red_here_leads_and_what_is_late_says_since_when() -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    water = next(card.lines for card in read_choice(KERALA).resources if card.name_en == "Water supply")
    for line in water:
        engine.set_level(line.indicator, "KL-palakkad", 99.0)
    services = services_over(engine)
    asked, area = Asked.of(services, Address.parse("/district/palakkad")), services.reference.area("KL-palakkad")
    first, *_ = resource_cards(asked, area)
    shares = [line for line in water if line.indicator.endswith("_share")]
    assert (first.kind, first.figure.band, first.others) == ("Water supply", Band.RED, len(shares) - 1)
    engine.silence("ambulance108", 26)
    services.values.refresh()
    late = resource_cards(asked, area)[0]
    assert late.figure.is_late
    assert late.worst is None, "what is late is not compared"
    drawn = markup(resource_strip([late], "/resources", "en", services.zone, asked.now))
    assert "as of 16:16" in drawn
    assert 'href="/district/palakkad?explain=' in drawn


def test_the_state_has_tiles_and_lists_instead_of_cards(services: Services) -> None:
    asked = Asked.of(services, Address.parse("/"))
    assert area_view(asked, services.reference.areas[0]).resources == ()
    assert area_view(asked, services.reference.area("KL-palakkad")).resources_href == "/resources?at=KL-palakkad"


def test_the_line_of_a_level_ends_in_the_number_beside_it(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = History((AFTERNOON.date(),) * 2, (1.0, 1_955.0))
    monkeypatch.setattr("dashboard.views.resources.metric_line", lambda *_: weeks)
    for line in _view(services).lines:
        is_level = services.values.indicators[line.figure.code].time == "level"
        assert line.line.values == (1.0, line.figure.value if is_level else 1_955.0)


def test_the_worst_place_of_what_is_calm_is_sought_as_deep_as_that_of_what_is_not() -> None:
    made = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1, has_choice=True)
    made.set_level(OXYGEN, TALUK, 0.1)
    services = services_over(made)
    average = replace(services.values.indicators[OXYGEN], denominator="assets(oxygen_hours_left)")
    worst = worst_place(services, average)
    assert worst is not None
    assert (worst.area, worst.value, worst.band, worst.alike) == (TALUK, 0.1, Band.UNBANDED, ())
