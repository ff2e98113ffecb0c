"""How long commits take, counted for monitoring.

Who may import it: run.py, ingest.metrics, tests.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from typing import Final

#: Upper limits of the classes that commits are counted in, in seconds; the last class has none.
LIMITS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class CommitTimes:
    """Told of the moments of every commit by the writer, on its thread; read from any."""

    def __init__(self) -> None:
        self._begun_s = 0.0
        self._counts = [0] * (len(LIMITS_S) + 1)
        self._sum_s = 0.0

    def __call__(self, moment: str) -> None:
        """Take note of a moment of warehouse.writer.MOMENTS; a commit lasts until the board has taken it over."""
        if moment == "begun":
            self._begun_s = time.monotonic()
        elif moment == "applied":
            took_s = time.monotonic() - self._begun_s
            self._counts[bisect_left(LIMITS_S, took_s)] += 1
            self._sum_s += took_s

    def counts(self) -> tuple[int, ...]:
        """Commits in each class, one more than LIMITS_S."""
        return tuple(self._counts)

    @property
    def sum_s(self) -> float:
        """Seconds of all of them."""
        return self._sum_s
