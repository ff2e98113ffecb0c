"""Stories: what they say is taken, what nobody knows is passed over or named."""

from __future__ import annotations

import dataclasses
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from ingest.sources.simulator import Simulation, load_story
from ingest.sources.simulator.story import FOLDER, Rule, Supply, Trouble
from tests.helpers.simulated import BEGAN_AT, FEW, everything, kerala, simulation, story
from warehouse.clock import SettableClock
from warehouse.config import load_config
from warehouse.errors import ConfigError
from warehouse.reference import load_reference

ROOT = Path(__file__).resolve().parents[4]


def test_every_feed_is_a_source_of_the_config() -> None:
    sources = load_config(ROOT / "config.toml").sources
    for name in story().feed_names():
        assert {"title", "title_local", "department", "expected_interval_s"} <= set(sources[name])
        assert sources[name]["department"] in kerala().departments


def test_every_metric_that_an_asset_has_is_told_of_and_comes_by_a_feed() -> None:
    whole = load_reference(ROOT / "warehouse" / "states" / "kerala")
    for code in {code for asset in whole.assets.values() for code in asset.metrics}:
        assert whole.metrics[code].source in story().feed_names(), code
        assert any(fnmatchcase(code, supply.metric) for supply in story().supplies), code


def test_what_a_metric_is_counted_in_is_read_at_the_same_asset_and_counted_in_nothing_else() -> None:
    whole = load_reference(ROOT / "warehouse" / "states" / "kerala")
    for asset in whole.assets.values():
        for code in asset.metrics:
            bound = story().supply_of(code).of
            assert not bound or (bound in asset.metrics and not story().supply_of(bound).of), (asset.code, code)


def test_a_star_stands_for_the_same_in_both_metrics() -> None:
    star = dataclasses.replace(story(), supplies=(Supply("scheme_*_spent", of="scheme_*_released"), Supply("*")))
    assert star.supply_of("scheme_care_home_spent").of == "scheme_care_home_released"
    assert star.supply_of("scheme_care_home_target").of == ""


def test_names_of_places_and_services_are_known() -> None:
    for trouble in story().troubles:
        assert trouble.area in kerala().area_index
    assert all(rule.feed in story().feed_names() for rule in story().rules)


def test_later_habits_refine_earlier_ones() -> None:
    habit = story().habit("building_permit", "application")
    assert habit.weight == 5.0
    assert habit.fee_on == "decision"
    assert story().habit("nothing_special", "application").weight == 0.5
    assert story().habit("streetlight_complaint", "grievance").reopened > 0


def test_a_rule_holds_when_all_its_conditions_do() -> None:
    rule = Rule("x", departments=("LSG",), services=("land_*",), area_kinds=("GP",))
    assert rule.fits("LSG", "land_tax", "GP")
    assert not rule.fits("REV", "land_tax", "GP")
    assert not rule.fits("LSG", "birth", "GP")
    assert not rule.fits("LSG", "land_tax", "municipality")


def test_a_state_without_a_story_gets_the_default_one() -> None:
    plain = load_story("XX")
    assert plain.feed_names() == ("simulated",)
    batches = everything(Simulation(kerala(), plain, FEW, SettableClock(BEGAN_AT)))
    assert {batch.source for batch in batches} == {"simulated"}


def test_unknown_places_in_a_story_are_passed_over() -> None:
    told = dataclasses.replace(story(), troubles=(Trouble("KL-nowhere", odds=100.0),))
    Simulation(kerala(), told, FEW, SettableClock(BEGAN_AT))


@pytest.mark.parametrize("text", ["not toml", "[story]\nunknown = 1\n[[feed]]\nname='a'\nprefix='AA'\n", "[story]\n"])
def test_a_story_that_cannot_be_read_names_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "YY.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"YY\.toml"):
        load_story("YY", tmp_path)


def test_stories_lie_where_they_are_looked_for() -> None:
    assert {"KL.toml", "default.toml"} <= {file.name for file in FOLDER.iterdir()}


def test_feeds_are_named_as_in_the_story() -> None:
    assert tuple(feed.name for feed in simulation().feeds) == story().feed_names()
