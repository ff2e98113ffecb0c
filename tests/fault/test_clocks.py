"""Clocks that are wrong: a source's by a day, ours by an hour. Nothing is lost, nothing is counted on another day."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.quarantine import replay
from tests.helpers.dropping import Drop, open_drop
from tests.helpers.polling import Reply, polling, serving
from tests.helpers.rows import CASES, NOW, mapping
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock

DAY = timedelta(days=1)


def rows(*told: tuple[str, datetime]) -> str:
    """A file of cases that were opened at some instants."""
    return "id,opened,closed,due,result\n" + "".join(f"{name},{at.isoformat()},,,\n" for name, at in told)


def counts(drop: Drop) -> Counter[str]:
    (row,) = drop.store.ask("source_counts")
    assert row["received"] == row["accepted"] + row["rejected"] + row["duplicates"]
    return Counter({name: row[name] for name in ("accepted", "rejected", "duplicates")})


def test_a_source_whose_clock_is_a_day_ahead_waits_in_quarantine_until_its_instants_have_passed(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        drop.put("a.csv", rows(("1", NOW), ("2", NOW + DAY), ("3", NOW + DAY)))
        drop.settle()
        assert counts(drop) == {"accepted": 1, "rejected": 2, "duplicates": 0}
        assert {one["reason"] for one in drop.store.ask("rejected_list")} == {"future"}

        def again(now: datetime) -> int:
            done = replay(
                drop.store.writer, drop.store.reader, SilentListener(), lambda _: mapping(CASES), SettableClock(now)
            )
            return sum(one.accepted for one in done)

        assert again(NOW + timedelta(hours=23)) == 0
        assert again(NOW + DAY) == 2
        assert counts(drop) == {"accepted": 3, "rejected": 0, "duplicates": 0}


def test_a_source_whose_clock_is_a_day_behind_is_heard_now_and_its_newest_event_is_a_day_old(tmp_path: Path) -> None:
    with open_drop(tmp_path) as drop:
        late = [("1", NOW - 3 * DAY), ("2", NOW - DAY), ("3", NOW - timedelta(minutes=1))]
        drop.put("late.csv", rows(*late))
        drop.settle()
        (told,) = drop.store.ask("source_counts")
        assert told["last_heard_at"] - told["last_event_at"] < timedelta(minutes=10), "late data come with all ages"
    other = tmp_path / "other"
    other.mkdir()
    with open_drop(other) as drop:
        wrong = [(str(minute), NOW - DAY - timedelta(minutes=minute)) for minute in range(5)]
        drop.put("wrong.csv", rows(*wrong))
        drop.settle()
        (told,) = drop.store.ask("source_counts")
        assert timedelta(0) <= told["last_heard_at"] - told["last_event_at"] - DAY < timedelta(minutes=10)
        with drop.store.database.cursor() as cursor:
            days = cursor.execute('select distinct "day" from event').fetchall()
        assert days == [((NOW - DAY).date(),)], "counted on the day that it says"


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(minutes=5), -timedelta(minutes=5), -timedelta(hours=1)])
def test_our_own_clock_steps_and_polls_go_on(tmp_path: Path, step: timedelta) -> None:
    with serving(lambda _: Reply([])) as api, polling(tmp_path, api.url, "interval_s = 60") as polled:
        polled.until(lambda: len(api.asked) == 2, step_s=1)
        polled.clock.advance(step)
        begun = polled.clock.now()
        polled.until(lambda: len(api.asked) == 4, step_s=1)
        assert polled.clock.now() - begun < timedelta(minutes=30), "not when the old time has come again"


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(minutes=5), -timedelta(minutes=5), -timedelta(hours=1)])
def test_our_own_clock_steps_and_every_file_counts_once(tmp_path: Path, step: timedelta) -> None:
    with open_drop(tmp_path) as drop:
        drop.put("a.csv", rows(("1", NOW - DAY), ("2", NOW - DAY)))
        drop.settle()
        drop.clock.advance(step)
        drop.store.clock.advance(step)
        drop.put("b.csv", rows(("3", NOW - DAY), ("2", NOW - DAY)))
        drop.settle()
        assert drop.cases() == ["1", "2", "3"]
        assert counts(drop) == {"accepted": 3, "rejected": 0, "duplicates": 1}
    with open_drop(tmp_path) as drop:
        drop.settle()
        assert drop.cases() == ["1", "2", "3"]
