"""The data's health: late sources first, sums that are checked, samples that show no person."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import Address
from dashboard.components.health_page import health_page
from dashboard.exports.indicators import indicators_table
from dashboard.freshness import Freshness
from dashboard.markup import markup
from dashboard.views.asked import Asked
from dashboard.views.coverage import read_reported
from dashboard.views.health import HealthView, SourceRow, health_view, mask
from dashboard.views.place import Link, Name
from dashboard.views.silent_offices import SilentLine, SilentOffices, silent_offices
from dashboard.views.today import today
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.config import DataConfig


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.05)


def _view(engine: FakeEngine, lang: str = "en") -> HealthView:
    return health_view(Asked.of(services_over(engine), Address.parse(f"/health?lang={lang}")))


def test_silent_sources_stand_before_late_ones_before_live_ones(engine: FakeEngine) -> None:
    engine.silence("kwa", 26)
    engine.silence("ilgms", 26 * 60)
    try:
        rows = _view(engine).sources
        assert [(row.name, row.freshness) for row in rows[:2]] == [
            ("ilgms", Freshness.SILENT),
            ("kwa", Freshness.LATE),
        ]
        assert {row.freshness for row in rows[2:]} == {Freshness.LIVE}
    finally:
        engine.wake("kwa")
        engine.wake("ilgms")


def test_a_source_that_cannot_be_read_stands_first_and_says_why(engine: FakeEngine) -> None:
    engine.sources["kwa"].trouble = "applications/0 at 10 is outside its log"
    engine.silence("ilgms", 26 * 60)
    try:
        view = _view(engine)
    finally:
        engine.sources["kwa"].trouble = ""
        engine.wake("ilgms")
    assert [row.name for row in view.sources[:2]] == ["kwa", "ilgms"]
    drawn = markup(health_page(view, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    assert "cannot be read" in drawn
    assert "applications/0 at 10 is outside its log" in drawn


def test_columns_that_a_source_added_stand_with_it_by_name(engine: FakeEngine) -> None:
    view = _view(engine)
    added = {row.name: row.added for row in view.sources if row.added}
    assert added == {"ksmart": ("applicant_sex", "ward_name")}
    drawn = markup(health_page(view, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    assert "new columns in its files: <code>applicant_sex</code>, <code>ward_name</code> · " in drawn
    many = tuple(f"c{number}" for number in range(30))
    source = replace(view.sources[0], added=many, added_at=AFTERNOON)
    changed = replace(view, sources=(source,))
    drawn = markup(health_page(changed, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    assert "<code>c7</code>, 22 more · " in drawn


def test_it_is_said_when_something_is_expected_of_a_source(engine: FakeEngine) -> None:
    kwa = engine.sources["kwa"]
    kwa.hours, kwa.days, interval_s = "10:00-17:00", "working", kwa.interval_s
    try:
        said = {row.name: row.expected for row in _view(engine).sources}
        kwa.interval_s = 0
        unexpected = {row.name: row.expected for row in _view(engine).sources}
    finally:
        kwa.hours, kwa.days, kwa.interval_s = "", "all", interval_s
    assert said["kwa"] == "5 min, 10:00–17:00, on working days"
    assert said["ilgms"] == "1 min"
    assert unexpected["kwa"] == "–"


def test_totals_are_the_sums_of_the_sources_and_add_up(engine: FakeEngine) -> None:
    view = _view(engine)
    for name in ("received", "accepted", "rejected", "duplicates"):
        assert getattr(view.total, name) == sum(getattr(row, name) for row in view.sources)
    assert view.total.adds_up


def test_rows_that_were_dropped_silently_are_seen() -> None:
    row = SourceRow("a", "A", "", Freshness.LIVE, None, "1 min", 1000, 980, 4, 6, 1, "")
    assert not row.adds_up


def test_cases_without_a_clock_are_counted_or_not_known(engine: FakeEngine) -> None:
    view = _view(engine)
    assert (view.undated, view.unopened) == (0, 3)
    services = services_over(engine)
    engine.go_away()
    try:
        away = health_view(Asked.of(services, Address.parse("/health")))
        assert (away.undated, away.unopened, away.rejected, away.masked) == (None, None, None, None)
        assert not away.replays
        assert away.sources
    finally:
        engine.come_back()


def test_reasons_are_said_in_words_in_both_languages(engine: FakeEngine) -> None:
    for lang, words in (("en", "not a possible time"), ("ml", "സാധ്യമായ സമയമല്ല")):
        rejected = _view(engine, lang).rejected
        assert rejected is not None
        assert rejected[0].words == words
        assert rejected[0].samples[0][2] == "open_dt: 99-99"


def test_a_source_that_stood_still_says_how_often(engine: FakeEngine) -> None:
    engine.sources["kwa"].stalls = 3
    try:
        drawn = markup(health_page(_view(engine), Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    finally:
        engine.sources["kwa"].stalls = 0
    assert drawn.count("stood still and was connected anew: 3 times") == 1


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "dropped as files · polled"), ("ml", "ഫയലുകളായി എത്തുന്നു · ഇടയ്ക്കിടെ ചോദിച്ചു വാങ്ങുന്നു")]
)
def test_a_source_says_how_it_comes(engine: FakeEngine, lang: str, words: str) -> None:
    engine.sources["kwa"].transports = ["folder", "poll"]
    try:
        drawn = markup(health_page(_view(engine, lang), Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    finally:
        engine.sources["kwa"].transports = []
    assert drawn.count(f" · {words}") == 1


def test_what_was_taken_out_is_counted_by_source_and_kind_in_both_languages(engine: FakeEngine) -> None:
    for lang, kinds in (
        ("en", ["Aadhaar number", "Mobile number", "E-mail address"]),
        ("ml", ["ആധാർ നമ്പർ", "മൊബൈൽ നമ്പർ", "ഇ-മെയിൽ വിലാസം"]),
    ):
        masked = _view(engine, lang).masked
        assert masked is not None
        assert [row.kind for row in masked] == kinds
        assert [row.rows for row in masked] == [3, 12_041, 5]
        assert [row.field for row in masked] == ["file_no", "remarks", ""]


def test_the_page_shows_the_command_that_replays_and_has_none_itself(engine: FakeEngine) -> None:
    view = _view(engine)
    (replay,) = view.replays
    assert (replay.title, replay.rows) == ("K-SMART", 4)
    words = shlex.split(replay.command)
    assert words[:6] == ["python", "run.py", "rejected", "replay", "--source", "ksmart"]
    folder, given = services_over(engine).config.data.dir, words[words.index("--data") + 1]
    root = Path(__file__).resolve().parents[3]
    assert given == (str(folder.relative_to(root)) if folder.is_relative_to(root) else "DIR")
    drawn = markup(health_page(view, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    assert replay.command in drawn
    assert "<form" not in drawn
    assert "<button" not in drawn


def test_readers_are_not_told_where_files_of_the_machine_lie(engine: FakeEngine) -> None:
    services = services_over(engine)
    elsewhere = replace(services.config, file=Path("/srv/cm/settings.toml"), data=DataConfig(dir=Path("/srv/cm/data")))
    told = "/srv/drop/kwa/a b.csv cannot be read; see https://kwa.example/v1/help, applications/0 stands"
    engine.sources["kwa"].trouble = told
    try:
        asked = Asked.of(replace(services_over(engine), config=elsewhere), Address.parse("/health"))
        view = health_view(asked)
    finally:
        engine.sources["kwa"].trouble = ""
    assert view.replays[0].command.endswith("--config FILE --data DIR")
    assert view.sources[0].trouble == told.removeprefix("/srv/drop/kwa/")
    drawn = markup(health_page(view, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    assert "/srv" not in drawn


def test_a_source_that_was_never_heard_is_not_called_normal(engine: FakeEngine) -> None:
    row = SourceRow("dams", "Dams", "", Freshness.LIVE, None, "–", 0, 0, 0, 0, 0, "")
    view = replace(_view(engine), sources=(row,))
    drawn = markup(health_page(view, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
    of_source = drawn.split("Dams")[1].split("</tr>")[0]
    assert "nothing came yet" in of_source
    assert "adds up" not in of_source


def test_silent_offices_that_stand_with_two_departments_are_explained(engine: FakeEngine) -> None:
    view = _view(engine)
    line = SilentLine(Link("Revenue", "/"), (), 22, 100, ())
    for lines, is_said in (((line, line), True), ((line,), False)):
        changed = replace(view, offices=SilentOffices(lines, 22, 100))
        drawn = markup(health_page(changed, Name("Data health"), Link("Kerala", "/"), UTC, AFTERNOON))
        assert ("an office of several departments stands with each" in drawn) is is_said


def test_every_reason_has_words() -> None:
    from dashboard import language
    from ingest.reason import Reason

    assert {f"reason.{reason.value}" for reason in Reason} <= set(language.texts("en"))


def test_a_sample_keeps_its_shape_and_no_letter_or_digit() -> None:
    raw = json.dumps({"name": "Ravi K. മേനോൻ", "aadhaar": "1234 5678 9012", "when": "31-02-2026"}, ensure_ascii=False)
    masked = mask(raw)
    assert masked == "name: xxxx x. xxxxx, aadhaar: 9999 9999 9999, when: 99-99-9999"


@given(st.text())
def test_no_text_passes_the_mask(raw: str) -> None:
    masked = mask(json.dumps({"v": raw})).removeprefix("v: ")
    assert not [letter for letter in masked if letter.isalnum() and letter not in "x9"]


def test_what_is_not_json_is_masked_too() -> None:
    assert mask("a;12;b") == "x;99;x"


def test_sources_lead_to_the_numbers_that_depend_on_them() -> None:
    services = services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))
    for row in health_view(Asked.of(services, Address.parse("/health"))).sources:
        address = Address.parse(row.indicators_href)
        shown = list(indicators_table(Asked.of(services, address)).rows)
        assert len(shown) == row.indicators > 0, row.name


def test_offices_of_which_nothing_was_heard_are_named_by_department() -> None:
    services = services_over(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1))
    asked = Asked.of(services, Address.parse("/health"))
    found = silent_offices(asked)
    reported = read_reported(services, today(services))
    whole = reported.coverage([*services.reference.services], "KL")
    assert whole is not None
    assert (found.expected, found.silent) == (whole.expected, whole.expected - whole.reporting)
    assert found.lines, "a small fake leaves some offices without work"
    assert [one.silent for one in found.lines] == sorted((one.silent for one in found.lines), reverse=True)
    for one in found.lines:
        assert 0 < one.silent <= one.expected
        assert len(one.first) == min(3, one.silent)
        assert all(link.href.startswith("/office/") for link in one.first)
    page = markup(health_page(health_view(asked), Name("Health"), Link("Kerala", "/"), services.zone, asked.now))
    assert page.count('data-testid="silent-row"') == len(found.lines)
