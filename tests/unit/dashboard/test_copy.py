"""The value copy follows the engine, outlives it and never shows half a version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from dashboard import copy as module
from dashboard.copy import NOTHING, Touched, ValueCopy
from dashboard.freshness import LOST_AFTER_S, Freshness
from tests.helpers.fake_client import FakeEngine
from warehouse.clock import SettableClock
from warehouse.errors import EngineGoneError, InternalError
from warehouse.value import Band, State

AT = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)
SERVICE = "birth_registration"


class Seconds:
    """A steady clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.value = 100.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture(scope="module")
def shared() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AT), scale=0.2)


@pytest.fixture
def engine(shared: FakeEngine) -> FakeEngine:
    shared.gone = False
    for name in shared.sources:
        shared.wake(name)
    return shared


@pytest.fixture
def elapsed() -> Seconds:
    return Seconds()


@pytest.fixture
def copy(engine: FakeEngine, elapsed: Seconds) -> ValueCopy:
    made = ValueCopy(engine, SettableClock(AT), elapsed=elapsed)
    made.refresh()
    return made


def body_of(engine: FakeEngine) -> str:
    return engine.reference.by_level("body")[0].code


def test_empty_copy_has_nothing_and_says_so(engine: FakeEngine) -> None:
    empty = ValueCopy(engine, SettableClock(AT))
    assert not empty.loaded
    assert empty.version == -1
    assert empty.cell("gov_open", "KL") == NOTHING
    assert empty.now() == AT
    with pytest.raises(InternalError), empty.reading():
        pass


def test_snapshot_gives_value_with_its_parts(copy: ValueCopy) -> None:
    cell = copy.cell("gov_overdue_share", "KL-palakkad")
    assert cell.state is State.OK
    assert cell.band is Band.RED
    assert cell.numerator is not None
    assert cell.denominator is not None
    assert cell.value == pytest.approx(100 * cell.numerator / cell.denominator)


def test_children_add_up_to_their_parent(copy: ValueCopy, engine: FakeEngine) -> None:
    districts = [copy.cell("gov_open", area.code).value or 0 for area in engine.reference.by_level("district")]
    level = {engine.reference.services[code].level for code in engine._services}
    assert "state" in level or sum(districts) == copy.cell("gov_open", "KL").value
    assert sum(districts) <= (copy.cell("gov_open", "KL").value or 0)


def test_change_arrives_with_everything_that_is_counted_from_it(copy: ValueCopy, engine: FakeEngine) -> None:
    body = body_of(engine)
    before = copy.cell("gov_open", "KL").value or 0
    here = copy.cell(f"lsg_{SERVICE}_open", body).value or 0
    engine.change("open", SERVICE, body, 3)
    copy.refresh()
    assert copy.cell("gov_open", "KL").value == before + 3
    assert copy.cell(f"lsg_{SERVICE}_open", body).value == here + 3
    assert copy.version == engine.version


def test_listener_is_told_what_was_touched(copy: ValueCopy, engine: FakeEngine) -> None:
    told: list[Touched] = []
    end = copy.subscribe(told.append)
    body = body_of(engine)
    engine.change("open", SERVICE, body, 1)
    copy.refresh()
    assert told[-1].areas is not None
    assert {"KL", body} <= told[-1].areas
    assert told[-1].indicators is not None
    assert "gov_open" in told[-1].indicators
    assert "gov_received" not in told[-1].indicators
    end()
    engine.change("open", SERVICE, body, 1)
    copy.refresh()
    assert len(told) == 1


def test_nothing_new_tells_nobody(copy: ValueCopy) -> None:
    told: list[Touched] = []
    copy.subscribe(told.append)
    copy.refresh()
    assert told == []


def test_engine_gone_keeps_the_last_values_and_their_instant(
    copy: ValueCopy, engine: FakeEngine, elapsed: Seconds
) -> None:
    before = copy.cell("gov_open", "KL")
    engine.go_away()
    elapsed.value += LOST_AFTER_S + 1
    with pytest.raises(EngineGoneError):
        copy.refresh()
    assert copy.cell("gov_open", "KL") == before
    assert copy.engine_lost_since == AT
    assert copy.contact_age_s() == LOST_AFTER_S + 1
    assert (copy.now() - AT).total_seconds() == LOST_AFTER_S + 1
    engine.come_back()
    copy.refresh()
    assert copy.engine_lost_since is None


def test_silence_shorter_than_the_limit_is_not_a_loss(copy: ValueCopy, elapsed: Seconds) -> None:
    elapsed.value += LOST_AFTER_S - 0.1
    assert copy.engine_lost_since is None


def test_restarted_engine_is_noticed_by_its_id(copy: ValueCopy, engine: FakeEngine) -> None:
    told: list[Touched] = []
    copy.subscribe(told.append)
    engine.restart()
    engine.change("open", SERVICE, body_of(engine), 5)
    copy.refresh()
    assert copy.engine_id == engine.engine_id
    assert copy.version == engine.version
    assert told[-1].areas is None
    assert copy.cell("gov_open", "KL").value == engine.arrays["value"][2, engine.code_index("gov_open"), 0]


def test_late_source_makes_its_numbers_late(copy: ValueCopy, engine: FakeEngine) -> None:
    assert copy.behind() == ""
    engine.silence("kwa", 26)
    engine.silence("kseb", 60 * 26)
    copy.refresh()
    assert copy.behind() == "kseb:silent kwa:late"
    assert copy.as_of("kwa_supply_hours").freshness is Freshness.LATE
    assert copy.as_of("gov_open").freshness is Freshness.LIVE


def test_unknown_names_are_key_errors(copy: ValueCopy) -> None:
    with pytest.raises(KeyError):
        copy.cell("no_such_indicator", "KL")
    with pytest.raises(KeyError):
        copy.cell("gov_open", "KL-atlantis")


def wait_until(true: Callable[[], bool], timeout_s: float = 10) -> None:
    until = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_background_thread_follows_and_survives_an_outage(engine: FakeEngine) -> None:
    copy = ValueCopy(engine, SettableClock(AT))
    copy.start()
    try:
        wait_until(lambda: copy.loaded)
        engine.go_away()
        time.sleep(0.7)
        engine.come_back()
        before = engine.version
        engine.change("open", SERVICE, body_of(engine), 1)
        wait_until(lambda: copy.version > before)
    finally:
        copy.close()
    wait_until(lambda: not any(thread.name == "value-copy" for thread in threading.enumerate()))


@pytest.mark.parametrize("waited_s", [0, LOST_AFTER_S + 1])
def test_an_engine_that_is_still_starting_is_no_warning(
    engine: FakeEngine, elapsed: Seconds, caplog: pytest.LogCaptureFixture, waited_s: float
) -> None:
    engine.go_away()
    copy = ValueCopy(engine, SettableClock(AT), elapsed=elapsed)
    elapsed.value += waited_s
    copy.start()
    try:
        time.sleep(0.7)
        engine.come_back()
        wait_until(lambda: copy.loaded and ("answers again" in caplog.text or not waited_s))
        assert ("no values from the engine" in caplog.text) == (waited_s > LOST_AFTER_S)
        caplog.clear()
        engine.go_away()
        wait_until(lambda: "no values from the engine" in caplog.text)
        engine.come_back()
        wait_until(lambda: "engine answers again" in caplog.text)
    finally:
        copy.close()


class OtherVersion:
    """An engine whose answers to one question another version of it would give."""

    def __init__(self, engine: FakeEngine, asked: str, other: Callable[[pa.Table], pa.Table]) -> None:
        self._engine, self._asked, self._other, self.is_other = engine, asked, other, True

    def __getattr__(self, asked: str) -> Callable[..., pa.Table]:
        def answer(*given: object) -> pa.Table:
            table = getattr(self._engine, asked)(*given)
            return self._other(table) if self.is_other and asked == self._asked else table

        return answer


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("catalogue", lambda table: table.drop_columns(["headline_period"])),
        ("snapshot", lambda table: table.replace_schema_metadata()),
        ("snapshot", lambda table: table.drop_columns(["band"])),
        ("changes", lambda table: table.replace_schema_metadata({b"cm": b'{"engine": "fake-1", "at": "today"}'})),
        ("changes", lambda table: table.drop_columns(["state"])),
    ],
)
def test_answer_that_is_not_understood_is_none(
    engine: FakeEngine,
    elapsed: Seconds,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    other: Callable[[pa.Table], pa.Table],
) -> None:
    monkeypatch.setattr(module, "_MISFIT_RETRY_S", 0.01)
    monkeypatch.setattr(module, "_WAIT_S", 0.01)
    feed = OtherVersion(engine, asked, other)
    copy = ValueCopy(feed, SettableClock(AT), elapsed=elapsed)
    elapsed.value += LOST_AFTER_S + 1
    copy.start()
    try:
        wait_until(lambda: "are engine and web of one version?" in caplog.text)
        with pytest.raises(InternalError, match="not understood"):
            copy.refresh()
        elapsed.value += LOST_AFTER_S + 1
        assert copy.contact_age_s() > LOST_AFTER_S, "what is not understood is no sign of life"
        feed.is_other = False
        wait_until(lambda: copy.loaded and copy.contact_age_s() == 0.0)
    finally:
        copy.close()
