"""The other scenes of the wall without a browser: what they say, when they come, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from dashboard.address import Address
from dashboard.services import Services
from dashboard.shown_scenes import ShownScenes
from dashboard.views.asked import Asked
from dashboard.views.department import departments_view
from dashboard.views.figure import figure
from dashboard.views.place import Link
from dashboard.views.review import Kind, Question, review_questions
from dashboard.views.wall import Wall
from dashboard.views.wall_frame import CardLine, Cards, Departments, Districts, Frame, Hours, Questions, Ranking
from dashboard.views.wall_review import some_of_each
from dashboard.wall_choice import read_choice
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import Band

AT = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)
SCENES = ("now", "districts", "breach", "departments", "resources", "citizens")


@pytest.fixture(scope="module")
def made() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AT), has_choice=True)


@pytest.fixture(scope="module")
def kept(made: FakeEngine) -> Services:
    return services_over(made)


@pytest.fixture
def calm(kept: Services) -> Services:
    """For tests that change nothing: the same copy of the values, heard just now."""
    kept.values.refresh()
    return kept


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(AT)


@pytest.fixture
def engine(made: FakeEngine, clock: SettableClock) -> Iterator[FakeEngine]:
    before, made.clock = made.clock, clock
    levels = {number: array.copy() for number, array in made._levels.items()}
    yield made
    made._levels, made.clock = levels, before
    made._evaluate()
    made.restart()
    for name in made.sources:
        made.wake(name)
    made.come_back()


@pytest.fixture
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def shown(services: Services, scene: str, wall: str = "main", lang: str = "en") -> Frame:
    return Wall(services, wall, lang, scene).build()


def panel(frame: Frame, kind: str) -> Districts | Ranking | Departments | Cards | Hours | Questions:
    return next(one.content for one in frame.panels if one.kind == kind)


@pytest.mark.parametrize("wall", ["main", "hd", "desk", "long"])
def test_every_scene_is_plain_json_and_small(calm: Services, wall: str) -> None:
    for scene in SCENES:
        for lang in ("en", "ml"):
            encoded = orjson.dumps(shown(calm, scene, wall, lang))
            assert len(encoded) < 24_000
            assert b"NaN" not in encoded
            assert b"None" not in encoded


def test_districts_have_line_and_change_and_the_worst_taluks_stand_beside_them(calm: Services) -> None:
    frame = shown(calm, "districts")
    tiles = panel(frame, "tiles")
    assert isinstance(tiles, Districts)
    assert len(tiles.tiles) == 14
    assert all(tile.spark is not None and tile.change for tile in tiles.tiles)
    ranking = panel(frame, "ranking")
    assert isinstance(ranking, Ranking)
    assert len(ranking.rows) == 12
    values = calm.values
    shares = {area.code: values.cell("gov_overdue_share", area.code) for area in calm.reference.by_level("taluk")}
    ranked = sorted((one.value for one in shares.values() if one.band is not Band.UNBANDED), reverse=True)
    assert [row.value for row in ranking.rows] == [f"{value:.1f}" for value in ranked[:12]]
    assert all(row.who[0] and row.detail[0].startswith("oldest ") for row in ranking.rows)
    assert ranking.heading.text == "Worst taluks"


def test_taluks_keep_their_order_for_a_minute_with_the_figures_of_the_moment(
    services: Services, engine: FakeEngine, clock: SettableClock
) -> None:
    wall = Wall(services, "main", "en", "districts")
    before = [row.id for row in panel(wall.build(), "ranking").rows]  # type: ignore[union-attr]
    last = engine.reference.by_level("taluk")[0].code
    body = next(area.code for area in engine.reference.by_level("body") if area.code.startswith(last + "-"))
    for measure in ("overdue", "open"):
        engine.change(measure, "birth_registration", body, 4000)
    clock.advance(timedelta(seconds=30))
    services.values.refresh()
    assert [row.id for row in panel(wall.build(), "ranking").rows] == before  # type: ignore[union-attr]
    clock.advance(timedelta(seconds=31))
    services.values.refresh()
    assert panel(wall.build(), "ranking").rows[0].id == last  # type: ignore[union-attr]
    for measure in ("overdue", "open"):
        engine.change(measure, "birth_registration", body, -4000)


def test_breach_adds_up_to_what_is_due(calm: Services) -> None:
    frame = shown(calm, "breach")
    due = calm.values.cell("gov_due_48h", "KL").value
    assert due is not None
    assert [one.code for one in frame.numbers] == ["due_6h", "due_12h", "due_24h", "due_48h"]
    assert int(frame.numbers[-1].value[0].replace(",", "")) == due
    assert frame.numbers[0].note[0] == "until 22:42"
    curve = panel(frame, "hours")
    assert isinstance(curve, Hours)
    assert len(curve.heights) == 49
    assert list(curve.heights) == sorted(curve.heights)
    assert curve.heights[-1] == 100
    offices = panel(frame, "ranking")
    assert isinstance(offices, Ranking)
    counts = [int(row.value.replace(",", "")) for row in offices.rows]
    assert len(counts) == 8
    assert counts == sorted(counts, reverse=True)


def test_all_departments_are_named_and_the_worst_have_their_worst_indicator(calm: Services) -> None:
    frame = shown(calm, "departments")
    counts = panel(frame, "counts")
    assert isinstance(counts, Departments)
    assert len(counts.rows) == len({one.department for one in calm.values.indicators.values()})
    assert not any(row.is_rest for row in counts.rows)
    assert sum(int(row.red) for row in counts.rows) == counts.red
    worst = panel(frame, "ranking")
    assert isinstance(worst, Ranking)
    assert worst.rows
    assert {row.mark for row in worst.rows} <= {"red", "amber"}
    first = next(row for row in counts.rows)
    assert worst.rows[0].what[0] == first.name[0]


def test_worst_indicator_of_a_department_is_the_same_on_wall_and_desk(calm: Services) -> None:
    worst = panel(shown(calm, "departments"), "ranking")
    assert isinstance(worst, Ranking)
    on_desk = {
        row.name.href.rpartition("/")[2].upper(): row.figure.code
        for row in departments_view(Asked.of(calm, Address.parse("/departments"))).rows
        if row.figure is not None
    }
    assert dict(row.id.split("|") for row in worst.rows).items() <= on_desk.items()


def test_small_wall_names_the_worst_departments_and_counts_the_others(calm: Services) -> None:
    engine_departments = len({one.department for one in calm.values.indicators.values()})
    config = replace(calm.config, walls={"hd": replace(calm.config.walls["hd"], height_px=1060)})
    frame = Wall(replace(calm, config=config), "hd", "en", "departments").build()
    counts = panel(frame, "counts")
    assert isinstance(counts, Departments)
    assert len(counts.rows) == min(engine_departments, counts.columns * counts.lines)


def test_cards_name_the_place_that_is_worst(services: Services, engine: FakeEngine) -> None:
    engine.set_level("hfw_medicines_out_share", "KL-idukki-peerumade", 70.0)
    services.values.refresh()
    cards = panel(shown(services, "resources"), "cards")
    assert isinstance(cards, Cards)
    assert (len(cards.cards), cards.columns) == (8, 4)
    line = next(line for card in cards.cards for line in card.lines if line.code == "hfw_medicines_out_share")
    assert line.place_mark == "red"
    assert line.place[0].startswith("Peerumade")
    assert line.place[0].endswith("· 70.0")


def test_silent_source_takes_the_numbers_off_its_cards(services: Services, engine: FakeEngine) -> None:
    engine.silence("ambulance108", 26)
    services.values.refresh()
    late = panel(shown(services, "resources"), "cards").cards[0].lines[0]  # type: ignore[union-attr]
    assert (late.mark, late.place_mark, late.place) == ("stale", "stale", ("as of 16:16",))
    assert late.value != ("–",)
    engine.silence("ambulance108", 90)
    services.values.refresh()
    silent = panel(shown(services, "resources"), "cards").cards[0].lines[0]  # type: ignore[union-attr]
    assert (silent.value, silent.place) == (("–",), ("no data since 15:12",))


def test_citizens_show_the_chosen_numbers(calm: Services) -> None:
    frame = shown(calm, "citizens")
    assert frame.numbers[0].code == "gov_satisfied_share"
    assert len(frame.numbers) == 5
    tiles = panel(frame, "tiles")
    assert isinstance(tiles, Districts)
    assert tiles.key[0].text == "under 60 %"


def test_small_wall_shows_one_idea(calm: Services) -> None:
    for scene in SCENES[1:]:
        frame = shown(calm, scene, "hd")
        assert len(frame.panels) == 1
        assert len(frame.numbers) in (0, 3)


def test_long_wall_keeps_state_now_and_turns_its_fourth_zone(calm: Services) -> None:
    for scene in SCENES[1:]:
        frame = shown(calm, scene, "long")
        assert frame.attention is not None
        assert frame.departments is None
        assert [one.slot for one in frame.panels] == ["zone"]
    assert shown(calm, "now", "long").departments is not None


def test_scenes_come_in_turn_by_the_engine_s_clock_alone(services: Services, clock: SettableClock) -> None:
    one, other = Wall(services, "turns", "en"), Wall(services, "turns", "ml")
    seen = []
    for _ in range(12):
        seen.append(one.build().scene)
        assert other.build().scene == seen[-1]
        clock.advance(timedelta(seconds=5))
        services.values.refresh()
    place = SCENES.index(seen[0])
    assert seen == [SCENES[(place + step) % 6] for step in range(12)]


def test_foot_knows_the_scene_its_place_and_when_the_next_one_comes(calm: Services) -> None:
    frame = Wall(calm, "turns", "en").build()
    assert len(frame.scenes) == 6
    assert frame.scenes[1][0] == "Districts and taluks"
    assert frame.until_ms is not None
    assert 0 < frame.until_ms / 1000 - AT.timestamp() <= 5
    pinned = shown(calm, "breach", "turns")
    assert (len(pinned.scenes), pinned.is_pinned, pinned.until_ms) == (1, True, None)


def test_turning_stops_while_the_engine_is_away(
    services: Services, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall(services, "turns", "en")
    before = wall.build().scene
    engine.go_away()
    monkeypatch.setattr(services.values, "_heard_elapsed_s", services.values._heard_elapsed_s - 17)
    assert wall.build().scene == before
    assert wall.holds_s() > 0, "what is in the past would be waited for without rest"


def test_turn_to_red_is_told_in_every_scene(services: Services, engine: FakeEngine, clock: SettableClock) -> None:
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 12.0)
    services.values.refresh()
    walls = [Wall(services, "main", "en", scene) for scene in SCENES]
    for wall in walls:
        wall.build()
    engine.set_level("kwa_supply_hours", "KL-alappuzha-kuttanad", 1.0)
    clock.advance(timedelta(seconds=61))
    services.values.refresh()
    for wall in walls:
        event = wall.build().events[0]
        assert event.red
        assert event.text[0] == "Water supply hours: now red, Kuttanad, Alappuzha"


def test_state_without_a_choice_has_no_scenes_that_need_one(calm: Services, tmp_path: Path) -> None:
    config = replace(calm.config, state=replace(calm.config.state, reference=tmp_path))
    bare = replace(calm, config=config)
    assert [names[0] for names in Wall(bare, "turns", "en").build().scenes] == [
        "State now", "About to breach", "Departments",
    ]  # fmt: skip
    assert Wall(bare, "main", "en", "resources").build().attention is not None


def test_catalogue_without_the_indicators_leaves_their_panels_out() -> None:
    plain = services_over(FakeEngine(clock=SettableClock(AT), scale=0.2))
    frame = Wall(plain, "turns", "en").build()
    assert ("Resources and utilities", "Resources") not in frame.scenes
    citizens = shown(plain, "citizens")
    tiles, made = citizens.panels
    assert (tiles.kind, [card.heading.text for card in made.content.cards]) == ("tiles", ["Petitions to the CM"])
    codes = [one.code for one in citizens.numbers]
    assert codes == ["gov_satisfied_share", "gov_reopened_share", "gad_cmo_grievance_in_time_share"]


def test_resources_begin_with_what_lasts_shortest_where_it_does(services: Services, engine: FakeEngine) -> None:
    engine.set_level("fcs_grain_stock_days", "KL-idukki-peerumade", 0.5)
    engine.set_level("fcs_grain_stock_days", "KL-idukki-peerumade-kumily", 0.1)
    services.values.refresh()
    frame = shown(services, "resources")
    assert len(frame.numbers) == 3
    assert frame.numbers[0].code == "fcs_grain_stock_days"
    assert frame.numbers[0].note[1] == "Kumily, Peerumade"
    cards = panel(frame, "cards")
    assert isinstance(cards, Cards)
    shared = {line.code for card in cards.cards for line in card.lines} & {one.code for one in frame.numbers}
    assert not shared
    assert shown(services, "resources", "hd").numbers == ()


@pytest.mark.parametrize("lang", ["en", "ml", "hi"])
def test_a_pack_is_a_scene_of_cards_under_its_own_name(calm: Services, lang: str) -> None:
    pack = read_choice(calm.config.state.reference).packs[0]
    frame = shown(calm, "monsoon", lang=lang)
    cards = panel(frame, "cards")
    assert isinstance(cards, Cards)
    assert [card.heading.text for card in cards.cards] == [
        card.name_local if lang == "ml" else card.name_en for card in pack.cards
    ]
    assert sorted(number.code for number in frame.numbers) == sorted(line.indicator for line in pack.lasting)
    name = pack.name_local if lang == "ml" else pack.name_en
    assert name in frame.title[0]
    assert frame.title[-1] == name
    assert frame.scenes == ((name,),)


def test_the_operator_chooses_what_is_shown_and_addresses_come_first(made: FakeEngine, tmp_path: Path) -> None:
    plain = services_over(made)
    services = replace(plain, config=replace(plain.config, data=replace(plain.config.data, dir=tmp_path)))
    wall, pinned = Wall(services, "turns", "en"), Wall(services, "turns", "en", "breach")
    assert len(wall.build().scenes) == len(SCENES)
    chosen = ShownScenes(tmp_path)
    chosen.choose("turns", ["monsoon"])
    frame = wall.build()
    assert (frame.scene, frame.is_pinned, frame.until_ms) == ("monsoon", True, None)
    assert pinned.build().scene == "breach"
    chosen.choose("turns", ["monsoon", "epidemic", "gone-since"])
    frame = wall.build()
    assert len(frame.scenes) == 2
    assert not frame.is_pinned
    chosen.choose("turns", [])
    assert len(wall.build().scenes) == len(SCENES)


def test_review_is_only_pinned_and_asks_some_of_every_kind(services: Services, engine: FakeEngine) -> None:
    frame = shown(services, "review")
    questions = panel(frame, "questions")
    assert isinstance(questions, Questions)
    assert questions.calm == ("" if questions.rows else "No rule finds a question now.")
    assert all(row.id.startswith("bottleneck ") for row in questions.rows)
    for body in ("KL-palakkad-mannarkkad-mannarkkad", "KL-idukki-peerumade-kumily"):
        engine.change("open", "birth_registration", body, 9000)
        engine.change("overdue", "birth_registration", body, 9000)
    try:
        services.values.refresh()
        questions = panel(shown(services, "review"), "questions")
        assert isinstance(questions, Questions)
        asked = review_questions(Asked.of(services, Address.parse("/review")), services.reference.areas[0])
        assert asked
        assert [row.what[0] for row in questions.rows] == [one.fact for one in asked[: questions.capacity]]
        assert all(row.who[0] for row in questions.rows)
        assert questions.caption[0].startswith("from the data")
        engine.silence("ksmart", 15)
        services.values.refresh()
        late = panel(shown(services, "review"), "questions")
        assert isinstance(late, Questions)
        assert late.caption[0].startswith("as of ")
    finally:
        for body in ("KL-palakkad-mannarkkad-mannarkkad", "KL-idukki-peerumade-kumily"):
            engine.change("open", "birth_registration", body, -9000)
            engine.change("overdue", "birth_registration", body, -9000)


def test_the_first_of_every_kind_comes_before_the_second_of_any(services: Services) -> None:
    def question(kind: Kind, number: int) -> Question:
        return Question(kind, f"{kind} {number}", "", "", Link("", ""), number, (), Band.UNBANDED)

    found = [question("concentration", 1), question("concentration", 2), question("grew", 3), question("bright", 4)]
    assert [one.fact for one in some_of_each(found, 3)] == ["concentration 1", "grew 3", "bright 4"]
    assert some_of_each(found, 9) == tuple(found)


def test_a_small_base_is_said_on_cards_and_numbers_and_has_no_change() -> None:
    few = services_over(FakeEngine(clock=SettableClock(AT), scale=0.0002))
    satisfied = figure(few, "gov_satisfied_share", "KL", "mtd")
    assert satisfied.is_small
    frame = shown(few, "citizens")
    number = next(one for one in frame.numbers if one.code == satisfied.code)
    assert (number.mark, number.change) == ("", "")
    assert all(note.startswith("small base") for note in number.note if note)
    some = services_over(FakeEngine(clock=SettableClock(AT), scale=0.002))
    made = [line for card in panel(shown(some, "citizens"), "cards").cards for line in card.lines]  # type: ignore[union-attr]
    assert ("small base",) in [line.place for line in made]


def test_a_small_wall_shows_the_place_where_something_runs_out(
    services: Services, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(code: str) -> CardLine:
        made = panel(shown(services, "resources", "hd"), "cards").cards  # type: ignore[union-attr]
        return next(one for card in made for one in card.lines if one.code == code)

    calm = line("hfw_oxygen_hours_left")
    assert (calm.name, calm.mark) == (("Oxygen left",), "")
    index = engine.code_index("hfw_oxygen_hours_left")
    terms = list(engine._terms)
    terms[index] = (*terms[index][:3], (1.0, 0.5), "higher")
    monkeypatch.setattr(engine, "_terms", terms)
    engine.set_level("hfw_oxygen_hours_left", "KL-palakkad-mannarkkad-mannarkkad", 0.9)
    services.values.refresh()
    danger = line("hfw_oxygen_hours_left")
    assert (danger.name, danger.mark) == (("Oxygen left, Mannarkkad", "Mannarkkad"), "amber")
    assert (danger.value, danger.unit) == (("0.9",), ("hours", ""))
