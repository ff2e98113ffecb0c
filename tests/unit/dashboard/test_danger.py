"""Dangers to life: told until somebody knows of them, told again elsewhere, never of late data, never in a storm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import dashboard.views.danger
from dashboard.choice_file import Line
from dashboard.services import Services
from dashboard.views.danger import LEAST_GAP, Acknowledged, Alarm, dangers
from dashboard.views.wall import Wall
from dashboard.wall_choice import WallChoice, read_choice
from indicators.load import load_catalogue
from tests.helpers.browser import screens_config
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.house import CATALOGUE
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.config import DataConfig
from warehouse.reference import load_reference

OXYGEN, SUPPLY = "hospital_oxygen_hours", "kwa_supply_hours"
TALUKS = ("KL-palakkad-mannarkkad", "KL-ernakulam-kothamangalam", "KL-kollam-punalur")


class Hospital:
    """A state whose oxygen and water the test sets."""

    def __init__(self, folder: Path) -> None:
        self.engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)
        self.config = replace(screens_config(), data=DataConfig(dir=folder))
        for code in (OXYGEN, SUPPLY):
            self.set(code, 1000.0, *(area.code for area in self.engine.reference.by_level("taluk")))

    def set(self, code: str, value: float, *areas: str) -> None:
        for area in areas:
            self.engine.set_level(code, area, value)

    def services(self) -> Services:
        return replace(services_over(self.engine), config=self.config)


@pytest.fixture
def hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hospital:
    lines = tuple(Line(code, name, name) for code, name in ((OXYGEN, "Oxygen lasts"), (SUPPLY, "Water comes")))
    monkeypatch.setattr(dashboard.views.danger, "read_choice", lambda _: WallChoice(alarms=lines))
    return Hospital(tmp_path)


def _told(alarm: Alarm, minutes: float) -> str:
    told = alarm.look(AFTERNOON + timedelta(minutes=minutes))
    return "" if told is None else told[0].line.indicator


def test_only_what_is_red_and_current_is_a_danger(hospital: Hospital) -> None:
    assert dangers(hospital.services()) == ()
    hospital.set(OXYGEN, 1.0, *TALUKS[:2])
    hospital.set(OXYGEN, 0.5, TALUKS[2])
    (found,) = dangers(hospital.services())
    assert (found.area, found.value, found.areas) == (TALUKS[2], 0.5, frozenset(TALUKS))
    indicator = hospital.services().values.indicators[OXYGEN]
    for source in indicator.sources:
        hospital.engine.silence(source, 600)
    (late,) = dangers(hospital.services())
    assert not late.is_current
    assert _told(Alarm(hospital.services()), 0) == "", "a number of a silent source says nothing of this moment"


def test_a_source_that_falls_silent_ends_no_danger_and_forgets_no_answer(hospital: Hospital) -> None:
    hospital.set(OXYGEN, 1.0, TALUKS[0])
    services = hospital.services()
    alarm, known = Alarm(services), Acknowledged(hospital.config.data.dir)
    assert _told(alarm, 0) == OXYGEN
    hospital.engine.silence("ambulance108", 600)
    services.values.refresh()
    assert _told(alarm, 5) == OXYGEN, "that nothing is heard does not mean that all is well"
    wall = Wall(services, "main", "en", "now")
    wall._standing._alarm = alarm
    told = wall.build().alarm
    assert told is not None
    assert all("as of 06:42" in one for one in told.text)
    known.add(dangers(services)[0])
    assert _told(alarm, 6) == ""
    hospital.engine.wake("ambulance108")
    services.values.refresh()
    assert _told(alarm, 7) == "", "what is known stays known when it speaks again"


def test_a_danger_stands_until_it_is_acknowledged_or_over(hospital: Hospital) -> None:
    hospital.set(OXYGEN, 1.0, TALUKS[0])
    services = hospital.services()
    alarm, known = Alarm(services), Acknowledged(hospital.config.data.dir)
    assert [_told(alarm, minute) for minute in (0, 5, 60)] == [OXYGEN] * 3
    known.add(dangers(services)[0])
    assert _told(alarm, 61) == ""
    assert _told(Alarm(services), 62) == "", "another process knows it too"

    hospital.set(OXYGEN, 1.0, TALUKS[1])
    assert _told(Alarm(hospital.services()), 63) == OXYGEN, "another place is another danger"
    hospital.set(OXYGEN, 1000.0, *TALUKS[:2])
    over = Alarm(hospital.services())
    assert _told(over, 64) == ""
    hospital.set(OXYGEN, 1.0, TALUKS[0])
    assert _told(Alarm(hospital.services()), 65) == OXYGEN, "what was over begins anew"


def test_one_danger_follows_another_after_ten_minutes_at_most(hospital: Hospital) -> None:
    hospital.set(OXYGEN, 1.0, TALUKS[0])
    hospital.set(SUPPLY, 0.1, TALUKS[1])
    services = hospital.services()
    both = {one.line.indicator: one for one in dangers(services)}
    assert list(both) == [OXYGEN, SUPPLY]
    alarm, known = Alarm(services), Acknowledged(hospital.config.data.dir)
    assert _told(alarm, 0) == OXYGEN
    known.add(both[OXYGEN])
    assert _told(alarm, 1) == ""
    assert _told(alarm, LEAST_GAP.total_seconds() / 60) == SUPPLY


def test_a_broken_file_makes_nobody_deaf(hospital: Hospital) -> None:
    hospital.set(OXYGEN, 1.0, TALUKS[0])
    services = hospital.services()
    Acknowledged(hospital.config.data.dir).add(dangers(services)[0])
    (hospital.config.data.dir / dashboard.views.danger.FILE).write_text("{broken")
    assert _told(Alarm(services), 0) == OXYGEN


def test_the_wall_tells_it_in_the_place_of_its_events(hospital: Hospital) -> None:
    assert Wall(hospital.services(), "main", "en", "now").build().alarm is None
    hospital.set(OXYGEN, 4.0, *TALUKS[:2])
    hospital.set(OXYGEN, 3.0, TALUKS[2])
    told = Wall(hospital.services(), "main", "en", "now").build().alarm
    assert told is not None
    assert told.red
    assert told.clock == "16:42"
    assert told.text[0].startswith("Oxygen lasts 3")
    assert "Punalur" in told.text[0]
    assert "2 more" in told.text[0]
    assert len(told.text[-1]) < len(told.text[0])


def test_every_danger_of_the_state_can_turn_red() -> None:
    folder = screens_config().state.reference
    banded = {item.code for item in load_catalogue(CATALOGUE, load_reference(folder)).definitions if item.bands}
    alarms = read_choice(folder).alarms
    assert alarms
    assert {line.indicator for line in alarms} <= banded, "an alarm that names nothing would never ring"
