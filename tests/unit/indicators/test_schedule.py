"""Jobs and loops go on whatever one run of them does."""

from __future__ import annotations

import logging
import queue
import threading
import time

import pytest

from indicators.schedule import Loop, Schedule, guarded
from warehouse.errors import StorageBrokenError


def test_an_exception_is_logged_and_told_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[str, Exception]] = []

    def fail() -> None:
        raise StorageBrokenError("the disk is full")

    with caplog.at_level(logging.ERROR):
        guarded("seal", fail, lambda name, error: told.append((name, error)))()
    assert "job=seal failed" in caplog.text
    assert told[0][0] == "seal"
    assert isinstance(told[0][1], StorageBrokenError)


def test_a_loop_goes_on_after_a_failed_step_and_ends_when_told() -> None:
    steps: list[int] = []
    enough = threading.Event()

    def step() -> None:
        steps.append(len(steps))
        if len(steps) >= 5:
            enough.set()
        raise ValueError("every time")

    loop = Loop("publish", 0.001, step)
    loop.start()
    assert enough.wait(10)
    loop.stop()
    count = len(steps)
    time.sleep(0.02)
    assert len(steps) == count


def test_a_loop_keeps_its_pace() -> None:
    begins: list[float] = []
    loop = Loop("publish", 0.02, lambda: begins.append(time.monotonic()))
    loop.start()
    time.sleep(0.3)
    loop.stop()
    assert 3 <= len(begins) <= 17


def test_a_loop_that_is_woken_does_not_wait_for_its_interval_and_can_be_ended() -> None:
    steps: queue.SimpleQueue[float] = queue.SimpleQueue()
    woken = threading.Event()
    loop = Loop("publish", 4.0, lambda: steps.put(time.monotonic()), woken=woken)
    loop.start()
    first = steps.get(timeout=10)
    woken.set()
    assert steps.get(timeout=10) - first < 3.5
    loop.stop()
    assert steps.empty()


@pytest.mark.parametrize(("interval_s", "most_share"), [(0.05, 0.55), (0.025, 0.7)])
def test_a_slow_step_is_followed_by_a_rest_as_long_and_no_longer_than_the_interval(
    interval_s: float, most_share: float
) -> None:
    took: list[float] = []

    def step() -> None:
        begin = time.monotonic()
        time.sleep(0.05)
        took.append(time.monotonic() - begin)

    begin = time.monotonic()
    loop = Loop("publish", interval_s, step)
    loop.start()
    time.sleep(0.6)
    loop.stop()
    assert sum(took[:-1]) <= most_share * (time.monotonic() - begin)


def test_jobs_run_at_intervals_and_survive_their_exceptions() -> None:
    runs: list[int] = []
    enough = threading.Event()

    def job() -> None:
        runs.append(1)
        if len(runs) >= 3:
            enough.set()
        raise ValueError("every time")

    schedule = Schedule("Asia/Kolkata")
    schedule.every("checkpoint", 0.05, job, first_after_s=0)
    schedule.at_midnight("roll", lambda: None)
    assert schedule.names() == ["checkpoint", "roll"]
    schedule.start()
    assert enough.wait(10)
    schedule.stop()
    schedule.stop()


def test_a_job_never_overlaps_with_itself() -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def job() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.15)
        with lock:
            inside -= 1

    schedule = Schedule("Asia/Kolkata")
    schedule.every("slow", 0.05, job, first_after_s=0)
    schedule.start()
    time.sleep(0.5)
    schedule.stop()
    assert most == 1
