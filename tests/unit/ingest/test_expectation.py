"""When a source is late and silent: only the time in which something is expected of it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.expectation import EVER, Expectation, Expected, read_expectations
from tests.helpers.tiny_state import is_working_day, reference
from warehouse.errors import ConfigError

REFERENCE = reference()
KOLKATA = ZoneInfo("Asia/Kolkata")
OFFICE: dict[str, Any] = {"expected_interval_s": 900, "hours": "10:00-17:00", "days": "working"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KOLKATA)


FIRST = local("2026-11-01 00:00")
#: Of a hundred days, many more than any promise takes.
WORKING = np.array([is_working_day((FIRST + timedelta(days=day)).date()) for day in range(100)])


def expectation(**table: Any) -> Expectation:
    return read_expectations({"one": table}, REFERENCE)["one"]


def test_without_hours_and_days_every_second_counts() -> None:
    newest = local("2026-11-20 16:50")
    found = expectation(expected_interval_s=30).after(newest)
    assert found == Expected(*(newest + timedelta(seconds=after) for after in (30, 60, 3600)))


def test_slow_source_is_silent_after_ten_intervals() -> None:
    newest = local("2026-11-20 16:50")
    assert expectation(expected_interval_s=900).after(newest).silent_at == newest + timedelta(seconds=9000)


def test_office_that_closed_before_days_off_is_late_only_after_it_opened_again() -> None:
    friday = local("2026-11-13 16:50")  # before a second Saturday
    found = expectation(**OFFICE).after(friday)
    assert (found.by, found.late_at) == (local("2026-11-16 10:05"), local("2026-11-16 10:20"))
    assert found.silent_at == local("2026-11-16 12:20")
    assert expectation(**OFFICE | {"days": "all"}).after(friday).late_at == local("2026-11-14 10:20")


def test_event_before_opening_waits_for_the_opening() -> None:
    assert expectation(**OFFICE).after(local("2026-11-20 03:00")).late_at == local("2026-11-20 10:30")


def test_source_with_days_alone_is_waited_for_round_the_clock_of_working_days() -> None:
    found = expectation(expected_interval_s=86400, days="working").after(local("2026-11-13 16:00"))
    assert (found.by, found.late_at) == (local("2026-11-16 16:00"), local("2026-11-17 16:00"))


def test_source_that_never_spoke_is_silent_since_ever_and_one_without_interval_never() -> None:
    assert expectation(**OFFICE).after(None) == Expected(EVER, EVER, EVER)
    assert expectation().after(None) == expectation(hours="10:00-17:00").after(local("2020-01-01 00:00")) == Expected()


@given(
    opens=st.integers(0, 1200),
    length=st.integers(20, 240),
    is_working=st.booleans(),
    newest=st.integers(0, 20 * 1440),
    minutes=st.integers(1, 600),
)
def test_as_a_clock_that_counts_minutes_one_by_one(
    opens: int, length: int, is_working: bool, newest: int, minutes: int
) -> None:
    midnight = timedelta(0)
    calendar = REFERENCE.calendar if is_working else None
    promised = Expectation(
        timedelta(minutes=minutes), midnight + timedelta(minutes=opens), timedelta(minutes=opens + length), calendar,
        timedelta(hours=5, minutes=30),
    )  # fmt: skip
    minute = np.arange(len(WORKING) * 1440)
    counts = (WORKING | (not is_working))[minute // 1440] & (opens <= minute % 1440) & (minute % 1440 < opens + length)
    at = FIRST + timedelta(minutes=newest)
    now = FIRST + timedelta(minutes=int(minute[(minute >= newest) & counts][minutes - 1]) + 1)
    assert promised.after(at).by == now.astimezone(UTC)
    later = replace(promised, interval=timedelta(minutes=minutes + 1)).after(at).by
    assert later is not None
    assert later > now


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"hours": "17:00-10:00"}, "source.one.hours: '17:00-10:00' must be from and until on one day"),
        ({"hours": "9-17"}, "such as 10:00-17:00"),
        ({"hours": "10:00-24:30"}, "such as 10:00-17:00"),
        ({"hours": 9}, "source.one.hours: must be text, not 9"),
        ({"days": "weekdays"}, "source.one.days: 'weekdays' is not known; allowed are all, working"),
        ({"expected_interval_s": -1}, "source.one.expected_interval_s: must be 0 to"),
        ({"expected_interval_s": 86400, "hours": "10:00-17:00"}, "source.one.hours: are 25200 s a day, less than"),
    ],
)
def test_what_cannot_be_meant_is_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        expectation(**table)
    assert message in str(refused.value)
