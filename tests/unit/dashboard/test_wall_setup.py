"""What the settings say of a wall: checked at start, read by every scene."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.services import Services
from dashboard.views.wall import Wall
from dashboard.views.wall_setup import check_walls, night_of, second_of
from tests.helpers.fake_client import FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.config import WallConfig
from warehouse.errors import ConfigError

AT = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock() -> SettableClock:
    return SettableClock(AT)


@pytest.fixture(scope="module")
def services(clock: SettableClock) -> Services:
    return services_over(FakeEngine(clock=clock, scale=0.1))


def having(services: Services, wall: WallConfig) -> Services:
    """The services of a deployment with one wall."""
    return replace(services, config=replace(services.config, walls={"main": wall}))


@pytest.mark.parametrize(
    ("wall", "said"),
    [
        (WallConfig(scenes=("now", "taluks")), "scenes: there is no 'taluks' here; known are now, districts"),
        (WallConfig(scenes=("review",)), "scenes: there is no 'review' here"),
        (WallConfig(lang="fr"), "lang: there is no 'fr' here; known are en, ml, hi"),
        (WallConfig(lang2="fr"), "lang2: there is no 'fr' here; known are \"\", none"),
        (WallConfig(night="22-6"), "night = '22-6': must be a span"),
        (WallConfig(seams_x=2), "seams_x = 2"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_start(services: Services, wall: WallConfig, said: str) -> None:
    with pytest.raises(ConfigError, match=f"wall.main.{said}"):
        check_walls(having(services, wall))


def test_packs_of_the_state_are_scenes_too(services: Services) -> None:
    check_walls(having(services, WallConfig(scenes=("monsoon", "now"), lang2="none", night="22:00-06:00", seams_x=1)))


def test_night_is_minutes_of_the_day() -> None:
    assert night_of("main", WallConfig(night="22:00-06:30")) == (1320, 390)
    assert night_of("main", WallConfig()) is None


@pytest.mark.parametrize(
    ("lang", "lang2", "shown", "second"),
    [
        ("en", "", "en", None),
        ("en", "none", "en", ""),
        ("en", "hi", "en", "hi"),
        ("en", "ml", "ml", "en"),
        ("ml", "ml", "ml", ""),
    ],
)
def test_second_language(lang: str, lang2: str, shown: str, second: str | None) -> None:
    assert second_of(WallConfig(lang=lang, lang2=lang2), shown) == second


def test_second_line_is_in_the_language_that_is_set_or_there_is_none(services: Services) -> None:
    def heading(lang2: str) -> tuple[str, str, str]:
        frame = Wall(having(services, WallConfig(scenes=("now",), lang2=lang2)), "main", "en").build()
        assert frame.attention is not None
        assert frame.districts is not None
        palakkad = next(tile for tile in frame.districts.tiles if tile.code == "KL-palakkad")
        return frame.attention.heading.echo, palakkad.name.echo, frame.title_echo[0]

    assert heading("")[1] == "പാലക്കാട്"
    assert heading("hi")[1] == "पालक्काड"
    assert heading("hi") != heading("")
    assert heading("none") == ("", "", "")


def test_state_now_stays_longer_than_the_others(services: Services, clock: SettableClock) -> None:
    wall = Wall(having(services, WallConfig(scenes=("now", "districts", "breach"))), "main", "en")
    seen = []
    for _ in range(14):
        frame = wall.build()
        assert frame.until_ms is not None
        seen.append(frame.scene)
        assert 0 < frame.until_ms / 1000 - clock.now().timestamp() <= 30
        clock.advance(timedelta(seconds=5))
        services.values.refresh()
    assert [seen.count(name) for name in ("now", "districts", "breach")] == [6, 4, 4]
