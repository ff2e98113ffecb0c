"""What runs by itself: jobs at intervals, jobs at local midnight, and the loop that publishes.

A job never overlaps with itself, runs that were missed are made up by one, and an exception ends that run of the job
only: it is logged, told to `on_error`, and the job runs again next time. This is one of the three places of the house
where every exception is caught; APScheduler is used nowhere else in indicators.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler

from warehouse.clock import SystemClock

logger = logging.getLogger(__name__)

#: Something to run; what it returns is ignored.
Job = Callable[[], object]
#: Told of every failed run: name of the job and what was raised.
OnError = Callable[[str, Exception], None]

_GRACE_S: Final = 3600
_JOIN_S: Final = 10.0
#: A loop that is woken all the time rests at least this share of its interval.
_LEAST_REST: Final = 0.2


def guarded(name: str, job: Job, on_error: OnError | None = None) -> Job:
    """The job, with its exceptions logged and told instead of raised.

    Args:
        name: for the log.
        job: what to run.
        on_error: told after logging; run.py ends the engine there when the warehouse is broken.
    """

    def run() -> object:
        try:
            return job()
        except Exception as error:
            logger.exception("job=%s failed", name)
            if on_error is not None:
                on_error(name, error)
            return None

    return run


class Schedule:
    """Maintenance: jobs on the scheduler's own threads."""

    def __init__(self, timezone: str, on_error: OnError | None = None) -> None:
        """An empty schedule; nothing runs before start.

        Args:
            timezone: IANA name of the state's time zone.
            on_error: told of every failed run.
        """
        self._zone = ZoneInfo(timezone)
        self._on_error = on_error
        self._scheduler = BackgroundScheduler(
            timezone=self._zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE_S},
        )

    def every(self, name: str, seconds: float, job: Job, *, first_after_s: float | None = None) -> None:
        """Run a job at intervals.

        Args:
            name: unique.
            seconds: from one begin to the next; a run that takes longer skips the begins it missed.
            job: what to run.
            first_after_s: seconds until the first run; None = one interval.
        """
        after = timedelta(seconds=seconds if first_after_s is None else first_after_s)
        self._scheduler.add_job(
            guarded(name, job, self._on_error),
            "interval",
            id=name,
            seconds=seconds,
            next_run_time=SystemClock().now() + after,
        )

    def at_midnight(self, name: str, job: Job, *, after_s: int = 1) -> None:
        """Run a job after every local midnight.

        Args:
            name: unique.
            job: what to run; it must look at the clock itself, because a missed midnight is made up later.
            after_s: seconds after midnight, 0…59.
        """
        self._scheduler.add_job(guarded(name, job, self._on_error), "cron", id=name, hour=0, minute=0, second=after_s)

    def names(self) -> list[str]:
        """The jobs, sorted."""
        return sorted(job.id for job in self._scheduler.get_jobs())

    def start(self) -> None:
        """Begin running jobs."""
        self._scheduler.start()

    def stop(self) -> None:
        """Run nothing more; waits for jobs that are running."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


class Loop:
    """One thread that repeats a short step with a rest after each: tick the board, publish."""

    def __init__(
        self,
        name: str,
        interval_s: float,
        step: Job,
        on_error: OnError | None = None,
        *,
        woken: threading.Event | None = None,
    ) -> None:
        """A loop that does not run yet.

        Args:
            name: of the thread and in the log.
            interval_s: from one begin to the next, unless it is woken; after a step that took longer than half of it a
                rest as long as it took, at most the interval, so that others – commits, above all – have their share
                of Python's lock.
            step: what to repeat.
            on_error: told of every failed step.
            woken: set by whoever has something for the step, so that it begins after its rest; None = nobody.
        """
        self._interval_s = interval_s
        self._step = guarded(name, step, on_error)
        self._ended = threading.Event()
        self._woken = woken or threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present step; waits for it."""
        self._ended.set()
        self._woken.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._woken.clear()
            begin = time.monotonic()
            self._step()
            took = time.monotonic() - begin
            rest = min(max(took, self._interval_s * _LEAST_REST), self._interval_s)
            if not self._ended.wait(rest):
                self._woken.wait(max(self._interval_s - took - rest, 0.0))
