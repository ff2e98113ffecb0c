"""The scene "State now" without a browser: what it says, in both languages, whatever happens around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from dashboard import language
from dashboard.address import Address
from dashboard.components.number import figure_text
from dashboard.copy import Cell, ValueCopy
from dashboard.services import Services
from dashboard.views import wall_attention
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from dashboard.views.attention import Concern, Ranked
from dashboard.views.figure import Figure
from dashboard.views.history import NO_HISTORY
from dashboard.views.holding import Holder, holding
from dashboard.views.scope import Scope
from dashboard.views.wall import Wall
from dashboard.views.wall_attention import measured, name_of, what_of
from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_parts import Scene
from tests.helpers.browser import screens_config
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.errors import EngineGoneError
from warehouse.principal import Principal
from warehouse.value import Band, State

AT = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(AT)


@pytest.fixture(scope="module")
def made() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AT))


@pytest.fixture
def engine(made: FakeEngine, clock: SettableClock) -> Iterator[FakeEngine]:
    made.clock = clock
    kept = {name: array.copy() for name, array in made._at.items()}, {n: a.copy() for n, a in made._levels.items()}
    yield made
    made._at, made._levels = kept
    made._evaluate()
    made.restart()
    for name in made.sources:
        made.wake(name)


@pytest.fixture
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def later(services: Services, clock: SettableClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))
    services.values.refresh()


def test_frame_is_plain_json_and_small(services: Services) -> None:
    encoded = orjson.dumps(Wall(services, "main", "en", "now").build())
    assert len(encoded) < 20_000
    assert b"NaN" not in encoded
    assert b"None" not in encoded


def test_five_numbers_are_the_state_s(services: Services) -> None:
    frame = Wall(services, "main", "en", "now").build()
    assert [one.code for one in frame.numbers] == [
        "gov_received", "gov_in_time_share", "gov_overdue", "gov_due_48h", "gov_satisfied_share",
    ]  # fmt: skip
    overdue = services.values.cell("gov_overdue", "KL").value
    assert frame.numbers[2].value[0].replace(",", "") == f"{overdue:.0f}"
    assert all(one.spark is not None and len(one.spark.points) == 26 for one in frame.numbers)
    assert frame.numbers[1].spark is not None
    assert frame.numbers[1].spark.target is not None
    assert "95" in frame.numbers[1].note[0]


def test_tiles_follow_the_reference_and_the_value_copy(services: Services) -> None:
    frame = Wall(services, "main", "en", "now").build()
    assert len(frame.districts.tiles) == 14
    assert frame.districts.columns == 2
    tile = next(one for one in frame.districts.tiles if one.code == "KL-palakkad")
    assert (tile.mark, tile.name.text, tile.name.echo) == ("red", "Palakkad", "പാലക്കാട്")
    assert tile.value == f"{services.values.cell('gov_overdue_share', 'KL-palakkad').value:.1f}"
    assert [entry.mark for entry in frame.districts.key] == ["red", "amber", ""]


def test_small_wall_lists_the_worst_districts(services: Services) -> None:
    frame = Wall(services, "hd", "en", "now").build()
    assert [one.code for one in frame.numbers] == ["gov_in_time_share", "gov_overdue", "gov_due_48h"]
    assert frame.districts.columns == 0
    assert len(frame.districts.tiles) == 7
    assert [one.mark for one in frame.districts.tiles][:4] == ["red", "red", "amber", "amber"]
    assert frame.departments is None
    assert len(frame.attention.rows) == 4


def test_department_counts_add_up_to_all_indicators(services: Services) -> None:
    departments = Wall(services, "main", "en", "now").build().departments
    assert departments is not None
    counted = departments.red + departments.amber + departments.stale + departments.normal
    assert counted == len(services.values.indicators)
    assert departments.normal_text[1] == "the rest", "not all of them have limits, so they are not called normal"
    assert sum(int(row.red.replace(",", "")) for row in departments.rows) == departments.red
    assert sum(int(row.amber.replace(",", "")) for row in departments.rows) == departments.amber
    assert departments.rows[-1].is_rest


def test_malayalam_first_has_english_as_echo(services: Services) -> None:
    frame = Wall(services, "main", "ml", "now").build()
    assert frame.title[0].startswith("കേരളം")
    assert frame.title_echo[0] == "Kerala service delivery, now"
    assert frame.districts.tiles[0].name.echo == "Kasaragod"
    assert frame.numbers[0].label.echo == "Received today"


def test_row_order_stands_still_for_a_minute(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    scene = Wall(services, "main", "en", "now")
    before = [row.id for row in scene.build().attention.rows]
    engine.set_level("hospital_oxygen_hours", "KL-ernakulam-kanayannur", 2.0)
    for seconds in (1, 20, 38):
        later(services, clock, seconds)
        assert [row.id for row in scene.build().attention.rows] == before
    later(services, clock, 2)
    rows = scene.build().attention.rows
    assert [row.id for row in rows] != before
    assert {row.id for row in rows if row.is_new} == {row.id for row in rows} - set(before)
    later(services, clock, 59)
    assert any(row.is_new for row in scene.build().attention.rows)
    later(services, clock, 2)
    assert not any(
        row.is_new for row in scene.build().attention.rows if row.id == "hospital_oxygen_hours|KL-ernakulam-kanayannur"
    )


def test_nothing_is_new_on_a_wall_that_was_just_switched_on(services: Services) -> None:
    assert not any(row.is_new for row in Wall(services, "main", "en", "now").build().attention.rows)


def test_figures_in_frozen_rows_are_those_of_the_moment(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    engine.set_level("hospital_oxygen_hours", "KL-ernakulam-kanayannur", 2.0)
    services.values.refresh()
    scene = Wall(services, "main", "en", "now")
    scene.build()
    engine.set_level("hospital_oxygen_hours", "KL-ernakulam-kanayannur", 90.0)
    later(services, clock, 5)
    row = next(row for row in scene.build().attention.rows if row.id.startswith("hospital_oxygen_hours"))
    assert row.value == "90.0"
    assert row.mark == "cleared"


def test_late_source_flags_its_numbers_and_withdraws_the_arrow(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    engine.silence("ksmart", 5)
    later(services, clock, 1)
    frame = Wall(services, "main", "en", "now").build()
    assert {one.freshness for one in frame.numbers} == {"live"}, "its definition puts up with ten minutes"
    engine.silence("ksmart", 26)
    later(services, clock, 1)
    frame = Wall(services, "main", "en", "now").build()
    for number in frame.numbers:
        assert (number.freshness, number.mark, number.arrow) == ("late", "stale", "")
        assert number.note == ("as of 16:16",)
        assert number.value[0] != "–"
    assert {tile.mark for tile in frame.districts.tiles} == {"stale"}


def test_late_reading_keeps_its_row_with_as_of(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 1.0)
    engine.silence("kwa", 26)
    later(services, clock, 1)
    row = next(row for row in Wall(services, "long", "en", "now").build().attention.rows if row.id.startswith("kwa_"))
    assert (row.mark, row.freshness, row.as_of, row.arrow) == ("red", "late", "as of 16:16", "")
    assert row.value == "1.0"


def test_silent_source_shows_no_number_and_leaves_normal(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    before = Wall(services, "main", "en", "now").build().departments
    engine.silence("ksmart", 90)
    later(services, clock, 1)
    frame = Wall(services, "main", "en", "now").build()
    assert frame.numbers[0].value == ("–",)
    assert frame.numbers[0].note == ("no data since 15:12",)
    assert frame.departments is not None
    assert before is not None
    assert frame.departments.stale > before.stale
    assert frame.departments.normal < before.normal


def test_yesterday_s_instant_is_shown_as_a_date(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    engine.silence("ksmart", 60 * 30)
    later(services, clock, 1)
    assert Wall(services, "main", "en", "now").build().numbers[0].note == ("no data since 19-11",)


def test_engine_gone_keeps_the_picture(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    scene = Wall(services, "main", "en", "now")
    before = scene.build()
    engine.go_away()
    clock.advance(timedelta(seconds=200))
    assert scene.build().attention.rows == before.attention.rows
    engine.come_back()


def test_engine_that_goes_away_while_it_is_asked_keeps_the_picture(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    scene = Wall(services, "main", "en", "now")
    before = scene.build()
    later(services, clock, 61)
    engine.go_away()
    assert [row.id for row in scene.build().attention.rows] == [row.id for row in before.attention.rows]
    engine.come_back()


def test_wall_without_any_answer_of_the_engine_has_no_frame(engine: FakeEngine) -> None:
    empty = Services(
        ValueCopy(engine, engine.clock),
        engine,
        engine,
        engine.reference,
        engine.clock,
        screens_config(),
        Principal.state_reader(),
    )
    with pytest.raises(EngineGoneError):
        Wall(empty, "main", "en", "now").build()


def test_turn_to_red_is_told_and_stays_longer(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 12.0)
    services.values.refresh()
    scene = Wall(services, "main", "en", "now")
    scene.build()
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 1.0)
    later(services, clock, 61)
    event = scene.build().events[0]
    assert event.red
    assert event.text[0] == "Water supply hours: now red, Kuttanad, Alappuzha"
    assert event.clock == "16:43"
    later(services, clock, 601)
    assert not any(one.red for one in scene.build().events)


def test_what_is_cleared_since_the_watch_began_is_counted(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 1.0)
    services.values.refresh()
    scene = Wall(services, "main", "en", "now")
    assert scene.build().attention.cleared == ""
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 12.0)
    later(services, clock, 61)
    attention = scene.build().attention
    assert attention.cleared == "1 cleared since 16:42"
    assert attention.cleared_last[0] == "last: Water supply hours, Kuttanad"
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 1.0)
    later(services, clock, 61)
    assert scene.build().attention.cleared == ""


def test_restarted_engine_begins_a_new_watch(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    scene = Wall(services, "main", "en", "now")
    scene.build()
    engine.restart()
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 1.0)
    later(services, clock, 61)
    frame = scene.build()
    assert not any(event.red for event in frame.events)
    assert not any(row.is_new for row in frame.attention.rows)


def test_attention_names_holder_age_and_place(services: Services) -> None:
    rows = [row for row in Wall(services, "main", "en", "now").build().attention.rows if "_overdue_share|" in row.id]
    assert rows
    for row in rows:
        assert row.who[0]
        assert row.detail[0].startswith("oldest ")
        assert row.what[0].endswith(" overdue")
        assert row.value.replace(",", "").isdigit()


def test_place_named_like_its_district_says_its_level(services: Services) -> None:
    from dashboard.views.wall_attention import where_of

    asked = Wall(services, "main", "en", "now")._asked
    assert where_of(asked, "KL-palakkad-palakkad") == ("Palakkad taluk",)
    assert where_of(asked, "KL-palakkad-mannarkkad", 2) == (
        "Mannarkkad, Palakkad and 2 more",
        "Mannarkkad, Palakkad +2",
        "Mannarkkad and 2 more",
        "Mannarkkad +2",
        "Mannarkkad, Palakkad",
        "Mannarkkad",
    )


def test_every_text_of_a_frame_has_its_placeholders_filled(services: Services) -> None:
    for lang in ("en", "ml"):
        frame = orjson.loads(orjson.dumps(Wall(services, "main", lang, "now").build()))
        words = frame.pop("words")
        assert "{" not in str(frame["attention"]["rows"][0]["what"])
        assert "{age}" in words["live"]
        assert len(words["weekdays"].split(" ")) == 7


def test_amber_overdue_share_colours_the_overdue_count(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    row = engine._services.index("birth_registration")
    for body in engine.reference.by_level("body"):
        engine._at["overdue"][row, engine.reference.area_index[body.code]] += 120
        engine._at["open"][row, engine.reference.area_index[body.code]] += 120
    engine.change("overdue", "birth_registration", engine.reference.by_level("body")[0].code, 0)
    services.values.refresh()
    band = services.values.cell("gov_overdue_share", "KL").band
    assert band is Band.RED
    assert Wall(services, "main", "en", "now").build().numbers[2].mark == "red"


def test_districts_without_a_tile_map_are_a_list_worst_first(engine: FakeEngine) -> None:
    kept = engine.reference
    engine.reference = replace(kept, areas=tuple(replace(area, tile=None) for area in kept.areas))
    try:
        districts = Wall(services_over(engine), "main", "en", "now").build().districts
    finally:
        engine.reference = kept
    assert (districts.columns, districts.lines) == (0, 1)
    assert len(districts.tiles) == districts.rows == 12
    assert districts.tiles[0].mark == "red"
    assert districts.key[-1].text == "+ 2"


def test_flow_figures_are_compared_with_the_week_before(services: Services) -> None:
    from dashboard.views.wall_attention import read_week_ago

    concern = Concern(("all",), "gov_in_time_share", "KL-palakkad", Band.AMBER, 1, False, True, 0.0)
    found = read_week_ago(services, [concern])[concern.id]
    shown, now, before = (
        services.values.cell("gov_in_time_share", "KL-palakkad", one).value for one in ("mtd", "7d", "p7d")
    )
    assert found == pytest.approx(shown - (now - before))


@pytest.mark.parametrize("at", [1, 4])
def test_a_month_s_share_is_compared_with_the_month_before_as_on_the_desk(services: Services, at: int) -> None:
    number = Wall(services, "main", "en", "now").build().numbers[at]
    state = area_view(Asked.of(services, Address.parse("/")), services.reference.areas[0])
    desk = next(one for one in state.numbers if one.figure.code == number.code)
    assert desk.change is not None
    assert (number.arrow, number.change) == (desk.change.direction, desk.change.text)
    assert all("on last month" in note for note in number.note[:-1])
    assert number.note[-1] == "pts"


def test_a_change_never_stands_without_since_when_it_is(services: Services) -> None:
    due = Wall(services, "main", "en", "now").build().numbers[3]
    assert all(note.startswith("in 7 days") for note in due.note if note)


def test_beside_a_post_stands_the_oldest_of_what_it_holds(services: Services) -> None:
    wall = Wall(services, "main", "en", "now")
    wall.build()
    held = holding(
        Holder(f"KL-palakkad/{post}", post, "KL-palakkad", cases, AT - timedelta(days=days), 0.0)
        for post, cases, days in (("tahsildar", 5, 269), ("village_officer", 1, 368))
    )
    standing = wall._standing
    cases = tuple(replace(one, held=held) for one in standing.ranked.concerns if not one.is_utility)
    standing.ranked = replace(standing.ranked, concerns=cases)
    row = wall.build().attention.rows[0]
    assert (row.who[0], row.detail) == ("Tahsildar", ("oldest 269 days",))


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_every_text_of_a_row_says_what_is_measured(services: Services, lang: str) -> None:
    asked = Asked(services, Address("/wall/main"), Scope(None, None, "mtd"), lang)
    for indicator in services.values.indicators.values():
        if ": " not in indicator.name_en:
            continue
        measure = asked.chosen(indicator.name_en, indicator.name_local).rpartition(": ")[2]
        measures = {measure, language.texts(lang).get(f"wall.measured.{indicator.family}", measure)}
        texts = name_of(asked, indicator)
        assert all(any(one.lower() in text.lower() for one in measures) for text in texts)
        assert any(texts[-1].lower().startswith(one.lower()) for one in measures)
        service = services.reference.services.get(indicator.subjects[0])
        if service is not None and indicator.numerator == "overdue":
            names = {service.name_en, service.name_local, service.name_en.split(" (")[0]}
            assert not names & set(what_of(asked, indicator))


def test_only_the_subject_of_a_measured_name_is_shortened() -> None:
    assert measured("Change of land (Form 5), unnotified: decided in time") == (
        "Change of land (Form 5), unnotified: decided in time",
        "Change of land: decided in time",
        "Decided in time: Change of land",
    )
    assert measured("Drugs (all): decided in time", "in time")[2:] == (
        "Drugs (all): in time",
        "Drugs: in time",
        "In time: Drugs",
    )
    assert measured("KSRTC trips run") == ("KSRTC trips run",)


def test_a_share_over_a_hundred_is_written_on_the_wall_as_on_the_desk(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(140.7, 1099.0, 781.0, Band.RED, State.OK)
    shown = Figure("gov_in_time_share", "KL", "mtd", cell=cell, decimals=1, unit_en="%", unit_local="%")
    monkeypatch.setattr(wall_attention, "figure", lambda *_: shown)
    asked = Asked(services, Address("/wall/main"), Scope(None, None, "mtd"), "en")
    scene = Scene(asked, wall_layout("main", services.config.walls["main"]), NO_HISTORY)
    concern = Concern(("all",), "gov_in_time_share", "KL", Band.RED, 1, False, True, 0.0)
    (row,) = wall_attention.attention(scene, Ranked((concern,)), {}, frozenset(), wall_attention.Cleared()).rows
    assert (row.value, row.unit) == ("141", "%")
    assert row.value == figure_text(shown)


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_a_change_of_a_share_never_stands_without_its_unit(services: Services, lang: str) -> None:
    shown = Wall(services, "main", lang, "now").build().numbers
    shares = [one for one in shown if one.unit == "%" and one.change]
    assert shares
    assert all(text.startswith(language.text("wall.number.points", lang)) for one in shares for text in one.note)
