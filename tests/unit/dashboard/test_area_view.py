"""A place's page: its numbers add up, its order is the stated one, and it stands when the engine does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from dashboard.address import Address, area_at
from dashboard.components.area_page import area_page, numbers_row
from dashboard.components.explained import value_line
from dashboard.components.number import row_mark
from dashboard.components.ranking import ranking_table
from dashboard.copy import Cell
from dashboard.freshness import Freshness
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.area import AreaView, area_view
from dashboard.views.asked import Asked
from dashboard.views.explain import explanation
from dashboard.views.figure import Figure
from dashboard.views.lead import due_sentence
from dashboard.views.place import told_apart
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from tests.unit.warehouse.test_reference import gujarat_like, two_levels
from warehouse.clock import SettableClock
from warehouse.principal import Principal
from warehouse.reference import load_reference
from warehouse.value import Band, State


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2)


@pytest.fixture(scope="module")
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _view(services: Services, href: str) -> AreaView:
    asked = Asked.of(services, Address.parse(href))
    area = area_at(services.reference, asked.address.path)
    assert area is not None
    return area_view(asked, area)


def _drawn(services: Services, href: str) -> str:
    address = Address.parse(href)
    body = area_page(_view(services, href), address, services.zone, services.values.now())
    return markup(body)


def _counts(figure: Figure) -> tuple[float, float]:
    return figure.cell.numerator or 0, figure.cell.denominator or 0


@pytest.mark.parametrize("path", ["/", "/district/palakkad", "/district/palakkad/taluk/mannarkkad"])
def test_children_and_own_work_add_up_to_the_parent(services: Services, path: str) -> None:
    ranking = _view(services, path).ranking
    assert ranking is not None
    rows = [*ranking.rows, *([ranking.own] if ranking.own else [])]
    for name in ("overdue", "share", "due_48h", "in_time"):
        parts = [_counts(getattr(row, name)) for row in rows]
        assert tuple(map(sum, zip(*parts, strict=True))) == _counts(getattr(ranking.total, name)), name


def test_every_share_is_its_numerator_over_its_denominator(services: Services) -> None:
    ranking = _view(services, "/district/palakkad").ranking
    assert ranking is not None
    for row in (*ranking.rows, ranking.total, ranking.own):
        assert row is not None
        for figure in (row.share, row.in_time):
            above, below = _counts(figure)
            assert figure.value == pytest.approx(100 * above / below)


def test_rows_stand_by_colour_then_days_late_then_worsening(services: Services) -> None:
    ranking = _view(services, "/").ranking
    assert ranking is not None
    keys = [(row.share.urgency, -row.late_days, -row.more) for row in ranking.rows]
    assert keys == sorted(keys)
    assert ranking.rows[0].share.band is Band.RED


def test_rows_stand_by_the_column_that_was_asked_for(services: Services) -> None:
    ranking = _view(services, "/?sort=due48").ranking
    assert ranking is not None
    values = [row.due_48h.value or 0 for row in ranking.rows]
    assert values == sorted(values, reverse=True)
    assert _view(services, "/?sort=nonsense").ranking.sort == "attention"  # type: ignore[union-attr]


def test_six_numbers_with_line_and_change(services: Services) -> None:
    numbers = _view(services, "/district/palakkad").numbers
    assert [one.measure for one in numbers] == [
        "open", "overdue", "due_48h", "in_time_share", "median_days", "satisfied_share",
    ]  # fmt: skip
    overdue = numbers[1]
    assert overdue.beside is not None
    assert overdue.line.values[-1] == overdue.figure.value
    assert overdue.change is not None
    assert overdue.above is not None
    assert overdue.above.area == "KL"


def test_a_stock_at_week_end_is_compared_with_the_one_before(services: Services) -> None:
    number = _view(services, "/").numbers[1]
    before = number.line.values[-2]
    assert before is not None
    assert number.change is not None
    size = abs((number.figure.value or 0) - before)
    assert number.change.text.replace(",", "") == str(round(size))


def test_three_sentences_each_with_its_list(services: Services) -> None:
    view = _view(services, "/district/palakkad")
    worst, due, third = view.sentences
    assert "past their limit" in worst.lead
    assert worst.link.href.startswith("/breaches?view=overdue&at=KL-palakkad")
    assert "svc=" in worst.link.href
    assert due.tone == "amber"
    assert due.link.href == "/breaches?view=due48&at=KL-palakkad"
    assert third.link.href.startswith("/district/palakkad/taluk/")


def test_sentences_name_the_seat_with_its_own_count_and_its_own_oldest(engine: FakeEngine) -> None:
    services = services_over(engine)

    class Seats:
        """Two seats of one office, the one with fewer cases has the oldest."""

        def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
            table = engine.query(name, principal, **params)
            if name != "holders":
                return table
            rows = [
                {"post": "village_officer", "cases": 3, "oldest_due_at": engine.clock.now() - timedelta(days=269)},
                {"post": "tahsildar", "cases": 1, "oldest_due_at": engine.clock.now() - timedelta(days=368)},
            ]
            here = {"office": "KL-palakkad/collectorate", "area": "KL-palakkad", "late_s_sum": 0.0, "of": 1}
            return pa.Table.from_pylist([here | row for row in rows], schema=table.schema)

    worst, due, _ = _view(replace(services, queries=Seats()), "/district/palakkad").sentences
    who = "Village Officer, Collectorate, Palakkad holds 3"
    assert worst.rest.endswith(f"{who}; the oldest is 269 days past its limit.")
    assert due.rest == f"{who} of them."


def test_of_what_is_silent_nobody_says_that_there_is_none(engine: FakeEngine) -> None:
    for name in engine.sources:
        engine.silence(name, 5 * 24 * 60)
    try:
        view = _view(services_over(engine), "/district/palakkad")
        assert [one.figure.value for one in view.numbers[:3]] == [None] * 3
        worst, due, _ = view.sentences
        assert (worst.tone, worst.lead) == ("stale", "What is past its limit is not known now.")
        assert (due.tone, due.lead) == ("stale", "What passes its limit within 48 hours is not known now.")
        assert worst.link.href == due.link.href == "/health"
    finally:
        for name in engine.sources:
            engine.wake(name)
    services = services_over(engine)
    due_48h = _view(services, "/district/palakkad").numbers[2].figure
    zero = replace(due_48h, cell=Cell(0.0, 0.0, None, Band.UNBANDED, State.OK))
    asked = Asked.of(services, Address.parse("/district/palakkad"))
    assert due_sentence(asked, "KL-palakkad", zero).lead == "Nothing passes its limit within 48 hours."
    late = replace(zero, fresh=replace(zero.fresh, freshness=Freshness.LATE))
    assert due_sentence(asked, "KL-palakkad", late).tone == "stale", "of late numbers neither"


def test_a_late_source_takes_the_third_sentence_and_the_colour(engine: FakeEngine) -> None:
    engine.silence("ksmart", 26)
    try:
        services = services_over(engine)
        view = _view(services, "/district/palakkad")
        assert view.sentences[2].tone == "stale"
        assert view.sentences[2].link.href == "/health"
        figure = view.numbers[1].figure
        assert figure.fresh.freshness is Freshness.LATE
        assert figure.value is not None
        assert figure.band is Band.UNBANDED
        assert view.numbers[1].change is None
        assert "as of 16:16" in _drawn(services, "/district/palakkad")
    finally:
        engine.wake("ksmart")


def test_a_silent_source_shows_since_when_there_is_no_data(engine: FakeEngine) -> None:
    engine.silence("ksmart", 26 * 60)
    try:
        services = services_over(engine)
        assert _view(services, "/").numbers[1].figure.value is None
        assert "no data since 19-11" in _drawn(services, "/")
    finally:
        engine.wake("ksmart")


def test_a_department_narrows_every_part_of_the_page(services: Services) -> None:
    view = _view(services, "/?dept=rev")
    assert {one.figure.code.split("_")[1] for one in view.numbers} == {"rev"}
    own = {code for code, one in services.reference.services.items() if one.department == "REV"}
    assert {load.service for load in view.services} <= own
    assert view.ranking is not None
    assert all("dept=rev" in row.href for row in view.ranking.rows)
    assert _view(services, "/?dept=nonsense").numbers[0].figure.code == "gov_open"


def test_a_service_narrows_every_part_and_travels_down(services: Services) -> None:
    view = _view(services, "/district/palakkad?svc=birth_registration&period=7d")
    assert [link.href for link in view.filters] == ["/district/palakkad?period=7d"]
    assert {load.service for load in view.services} <= {"birth_registration"}
    assert view.ranking is not None
    total, share = view.ranking.total.overdue, view.ranking.total.share
    assert share.code == "lsg_birth_registration_overdue_share"
    assert total.value == share.cell.numerator == view.numbers[1].figure.value
    assert view.numbers[0].figure.value == share.cell.denominator
    assert all("svc=birth_registration&period=7d" in row.href for row in view.ranking.rows)
    assert all("svc=birth_registration" in row.list_href for row in view.ranking.rows)


def test_a_service_of_another_department_counts_as_not_asked_for(services: Services) -> None:
    view = _view(services, "/?dept=rev&svc=birth_registration")
    assert view.filters == ()
    assert view.numbers[0].figure.code == "dept_rev_open"


def test_the_lowest_level_lists_its_open_cases(services: Services) -> None:
    view = _view(services, "/district/palakkad/taluk/attappadi/body/agali")
    assert view.ranking is None
    assert view.cases is not None
    assert len(view.cases.lines) <= 25
    assert view.cases.of == view.numbers[0].figure.value
    assert [crumb.text for crumb in view.place.crumbs] == ["Kerala", "Palakkad", "Attappadi"]


def test_the_state_has_a_tile_for_every_district_and_its_departments(services: Services) -> None:
    view = _view(services, "/")
    assert view.tiles is not None
    assert len(view.tiles.tiles) == 14
    assert {line.code for line in view.departments} >= {"LSG", "REV", "PWR"}
    assert view.attention is not None
    assert view.attention.lines


def test_the_page_stands_while_the_engine_is_away(engine: FakeEngine) -> None:
    services = services_over(engine)
    engine.go_away()
    try:
        view = _view(services, "/district/palakkad")
        assert view.offices is None
        assert view.events is None
        assert view.sentences == ()
        assert view.ranking is not None
        assert view.ranking.total.overdue.value
        assert "The engine does not answer" in _drawn(services, "/district/palakkad")
    finally:
        engine.come_back()


def test_the_page_stands_before_any_value_has_come(engine: FakeEngine) -> None:
    from dashboard.copy import ValueCopy

    full = services_over(engine)
    empty = replace(full, values=ValueCopy(engine, engine.clock))
    view = _view(empty, "/")
    assert not view.has_data
    assert "history is being loaded" in _drawn(empty, "/")


def test_both_languages_stand_in_headings_and_place_names(services: Services) -> None:
    english, malayalam = _view(services, "/district/palakkad"), _view(services, "/district/palakkad?lang=ml")
    assert (english.place.title.text, english.place.title.echo) == ("Palakkad district", "പാലക്കാട് ജില്ല")
    assert (malayalam.place.title.text, malayalam.place.title.echo) == ("പാലക്കാട് ജില്ല", "Palakkad district")
    assert malayalam.ranking is not None
    assert all(row.name.echo for row in malayalam.ranking.rows)
    assert all("lang=ml" in row.href for row in malayalam.ranking.rows)


@pytest.mark.parametrize("lang", ["en", "ml"])
@pytest.mark.parametrize("path", ["/", "/district/palakkad", "/district/palakkad/taluk/attappadi/body/agali"])
def test_every_page_is_drawn_in_every_language(services: Services, path: str, lang: str) -> None:
    code = "&explain=gov_overdue_share&at=KL-palakkad"
    assert "cm-drawer" in _drawn(services, f"{path}?lang={lang}{code}")


@pytest.mark.parametrize("made", [two_levels(), gujarat_like()], ids=["two", "gujarat"])
def test_states_with_other_levels_have_the_same_page(made: object, tmp_path: Path) -> None:
    reference = load_reference(made.write(tmp_path))  # type: ignore[attr-defined]
    services = services_over(FakeEngine(reference=reference, clock=SettableClock(AFTERNOON)))
    first = reference.children(reference.areas[0].code)[0]
    for href in ("/", f"/{first.level}/{first.slug}"):
        view = _view(services, href)
        assert view.numbers
        assert "cm-kpis" in _drawn(services, href)
    assert (_view(services, "/").tiles is None) == all(area.tile is None for area in reference.areas)


def test_a_small_base_is_shown_without_colour(services: Services) -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.03)
    view = _view(services_over(engine), "/district/palakkad/taluk/attappadi")
    assert view.ranking is not None
    small = [row.share for row in view.ranking.rows if row.share.cell.state is State.SMALL_BASE]
    assert small
    assert all(figure.band is Band.UNBANDED for figure in small)


@pytest.mark.parametrize("is_small", [True, False])
def test_a_small_base_is_said_and_has_neither_mark_nor_change(is_small: bool) -> None:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.03 if is_small else 1)
    services = services_over(engine)
    view = _view(services, "/district/palakkad/taluk/attappadi")
    share = next(one for one in view.numbers if one.figure.code == "gov_satisfied_share")
    assert share.figure.is_small is is_small
    assert (share.change is None) is is_small
    kpi = markup(numbers_row((share,), "en", services.zone))
    asked = Asked.of(services, Address.parse("/district/palakkad/taluk/attappadi?explain=gov_satisfied_share"))
    shown = explanation(asked, AFTERNOON.date())
    assert shown is not None
    panel = markup(value_line(shown, "en", services.zone))
    assert {"small base" in one for one in (kpi, panel)} == {is_small}
    assert view.ranking is not None
    row = next(row for row in view.ranking.rows if row.share.is_small is is_small)
    ranking = replace(view.ranking, rows=(replace(row, in_time=row.due_48h),), own=None, total=row)
    table = markup(ranking_table(ranking, view.place, Address.parse("/"), "en", services.zone))
    assert table.count('class="cm-small-base"') == 3 * is_small  # the total's decisions in time too
    plain = replace(row.share, cell=replace(row.share.cell, band=Band.UNBANDED))
    assert ("cm-mark--normal" in markup(row_mark(plain, "en"))) is not is_small


def test_a_sentence_tells_a_place_from_the_one_above_of_the_same_name(services: Services) -> None:
    asked = Asked.of(services, Address.parse("/district/palakkad"))
    names = [told_apart(asked, code) for code in ("KL-palakkad", "KL-palakkad-mannarkkad", "KL-palakkad-palakkad", "x")]
    assert names == ["Palakkad", "Mannarkkad", "Palakkad taluk", "x"]
    in_hindi = Asked.of(services, Address.parse("/district/palakkad?lang=hi"))
    assert told_apart(in_hindi, "KL-palakkad-palakkad") != told_apart(in_hindi, "KL-palakkad")


def test_counts_on_the_states_page_lead_to_their_lists(services: Services) -> None:
    view, page = _view(services, "/"), _drawn(services, "/")
    for line in view.departments:
        assert line.due_href == f"/breaches?dept={line.code.lower()}&view=due48&at=KL"
    assert view.attention is not None
    assert view.offices is not None
    assert view.ranking is not None
    held = [(one.held_href, one.held) for one in view.attention.lines if one.held]
    held += [(one.list_href, one.cases) for one in view.offices.lines]
    held += [(row.most.list_href, row.most.cases) for row in view.ranking.rows if row.most is not None]
    assert len(held) > 20
    for href, _ in held:
        assert href.startswith("/breaches?")
        assert f'href="{href}"'.replace("&", "&amp;") in page
    assert all(Address.parse(href).get("office") for href, _ in held)
