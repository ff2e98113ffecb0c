"""What benchmarks say of how long something took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes, seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def spread_ms(took_s: Sequence[float]) -> dict[str, Any]:
    """How long the same thing took, several times. Returns: times, p50_ms, p95_ms, p99_ms, max_ms; None without any."""
    if not took_s:
        return {"times": 0, "p50_ms": None, "p95_ms": None, "p99_ms": None, "max_ms": None}
    p50, p95, p99 = (1000 * np.quantile(took_s, [0.5, 0.95, 0.99])).tolist()
    return {"times": len(took_s), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": 1000 * max(took_s)}
