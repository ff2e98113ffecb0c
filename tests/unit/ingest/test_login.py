"""Who is refused tries rarely; who has another secret tries at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ingest.sources.login import Login
from ingest.sources.secret import Secret
from tests.helpers.rows import NOW
from warehouse.clock import SettableClock
from warehouse.errors import LoginRefusedError, SourceGoneError


class Guarded:
    """A system that lets in with one secret, and counts who comes."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "secret"
        self.clock = SettableClock(NOW)
        self.asked_after: list[timedelta] = []
        self.good = "good"
        self.away = False
        self.login = Login(self.clock, Secret("password", file=self.file), None)

    def enter(self) -> None:
        with self.login.attempt():
            self.asked_after.append(self.clock.now() - NOW)
            if self.away:
                raise SourceGoneError("nobody answers")
            if self.file.read_text() != self.good:
                raise LoginRefusedError("wrong password")

    def enter_every_second(self, hours: float) -> None:
        """As an impatient caller would."""
        for _ in range(round(hours * 3600)):
            with pytest.raises(LoginRefusedError, match="wrong password"):
                self.enter()
            self.clock.advance(timedelta(seconds=1))


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    made = Guarded(tmp_path)
    made.file.write_text("bad")
    return made


def test_what_is_refused_is_tried_three_times_in_half_an_hour_and_then_once_an_hour(guarded: Guarded) -> None:
    guarded.enter_every_second(4)
    minutes = [after.total_seconds() / 60 for after in guarded.asked_after]
    assert minutes == [0, 5, 15, 35, 75, 135, 195]


def test_another_secret_is_tried_at_once_and_its_refusals_are_counted_anew(guarded: Guarded) -> None:
    guarded.enter_every_second(0.5)
    guarded.file.write_text("also bad")
    guarded.enter_every_second(0.5)
    assert [round(after.total_seconds() / 60) for after in guarded.asked_after] == [0, 5, 15, 30, 35, 45]
    guarded.file.write_text("good")
    guarded.enter()
    guarded.enter()
    assert len(guarded.asked_after) == 8


def test_who_was_let_in_is_forgiven(guarded: Guarded) -> None:
    guarded.enter_every_second(0.5)
    guarded.file.write_text("good")
    guarded.enter()
    guarded.good = "changed there"
    before = len(guarded.asked_after)
    guarded.enter_every_second(0.25)
    minutes = [after.total_seconds() / 60 for after in guarded.asked_after[before:]]
    assert minutes == [30, 35], "again from the first wait"


def test_a_system_that_is_away_is_no_refusal(guarded: Guarded) -> None:
    guarded.away = True
    for _ in range(3):
        with pytest.raises(SourceGoneError, match="nobody answers"):
            guarded.enter()
    assert len(guarded.asked_after) == 3


def test_a_secret_that_is_missing_is_said_and_not_shown(guarded: Guarded) -> None:
    guarded.file.unlink()
    with pytest.raises(SourceGoneError, match="cannot be read"):
        guarded.enter()
    assert not guarded.asked_after
