"""How old is old: per source, and for numbers that are counted from several."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.freshness import AsOf, Freshness, SourceStatus, as_of, freshness, read_status

EVER = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)
CASES = json.loads((Path(__file__).parent / "freshness_cases.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize(("now_s", "late_s", "silent_s", "expected"), CASES)
def test_freshness_by_the_instants_that_the_engine_gives(
    now_s: float, late_s: float | None, silent_s: float | None, expected: str
) -> None:
    instants = [None if after is None else NOW + timedelta(seconds=after) for after in (late_s, silent_s)]
    assert freshness(NOW + timedelta(seconds=now_s), *instants) == expected


def source(name: str, age_s: float | None) -> SourceStatus:
    at = None if age_s is None else NOW - timedelta(seconds=age_s)
    late_at, silent_at = (EVER if at is None else at + timedelta(seconds=after) for after in (120, 3600))
    return SourceStatus(name, name, name, "LSG", at, at, 60, late_at, silent_at, 10, 9, 1, 0, 3)


def status(**ages: float | None) -> dict[str, SourceStatus]:
    return {name: source(name, age) for name, age in ages.items()}


def test_number_is_live_when_all_its_sources_are() -> None:
    assert as_of(("a", "b"), status(a=10, b=100, c=9999), NOW) == AsOf(Freshness.LIVE)


def test_number_is_late_with_its_oldest_late_source() -> None:
    found = as_of(("a", "b", "c"), status(a=10, b=300, c=900), NOW)
    assert found == AsOf(Freshness.LATE, NOW - timedelta(seconds=900))


def test_number_is_late_not_silent_while_one_of_its_sources_speaks() -> None:
    assert as_of(("a", "b"), status(a=10, b=99_999), NOW).freshness is Freshness.LATE


def test_number_is_silent_with_the_newest_event_when_all_its_sources_are() -> None:
    found = as_of(("a", "b"), status(a=8000, b=9000), NOW)
    assert found == AsOf(Freshness.SILENT, NOW - timedelta(seconds=8000))


def test_number_whose_source_never_spoke_is_silent_without_an_instant() -> None:
    assert as_of(("a",), status(a=None), NOW) == AsOf(Freshness.SILENT, None)


def test_sources_that_this_deployment_does_not_have_are_passed_over() -> None:
    assert as_of(("elsewhere", "a"), status(a=10), NOW).freshness is Freshness.LIVE
    assert as_of(("elsewhere",), status(a=10), NOW).freshness is Freshness.LIVE


def test_definition_may_put_up_with_a_source_for_longer() -> None:
    assert as_of(("a",), status(a=300), NOW, budget_s=600).freshness is Freshness.LIVE
    assert as_of(("a",), status(a=700), NOW, budget_s=600).freshness is Freshness.LATE


def test_events_from_the_future_have_age_zero() -> None:
    assert source("a", -500).age_s(NOW) == 0


def test_status_is_read_from_json_with_gaps() -> None:
    read = read_status(
        {
            "phase": "live",
            "progress": 1,
            "calendar_day": "2026-11-20",
            "sources": [{"name": "a", "last_event_at": None}],
        }
    )
    assert read.sources[0].title == "a"
    assert read.sources[0].last_event_at is None
    assert read.sources[0].received == 0
    assert read_status(None).phase == "loading"
