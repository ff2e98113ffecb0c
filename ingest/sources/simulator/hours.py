"""At what time of the day things happen: inverse distribution functions over weights of the 24 hours."""

from __future__ import annotations

from typing import Final

import numpy as np

from ingest.sources.simulator.days import Floats

_HOUR_EDGES_S: Final = np.arange(25) * 3600.0
_ONLINE: Final = (6, 4, 3, 3, 3, 4, 6, 8, 14, 22, 30, 34, 32, 26, 25, 28, 30, 28, 27, 30, 34, 30, 18, 8)
_CALLS: Final = (0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 10, 12, 10, 6, 8, 10, 10, 8, 5, 2, 0, 0, 0, 0)
#: Power cuts and leaks are noticed in the morning and in the evening.
_TROUBLE: Final = (6, 5, 4, 4, 5, 10, 18, 22, 20, 16, 14, 13, 12, 12, 13, 15, 18, 24, 30, 32, 28, 22, 14, 9)
#: Half hours from 10:00 for the counters and from 10:00 for the desks.
_COUNTER: Final = (10, 14, 16, 16, 15, 12, 4, 8, 14, 13, 11, 8, 4, 1)
_DESK: Final = (3, 8, 12, 14, 14, 10, 3, 8, 13, 15, 16, 14, 12, 8, 3)


def _edges(weights: tuple[int, ...]) -> Floats:
    edges = np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)])
    # strictly rising, so that hours of weight 0 cannot be drawn
    return edges / edges[-1] + np.arange(edges.size) * 1e-12


_ONLINE_EDGES: Final = _edges(_ONLINE)
_CALLS_EDGES: Final = _edges(_CALLS)
_TROUBLE_EDGES: Final = _edges(_TROUBLE)
_COUNTER_EDGES: Final = _edges(_COUNTER)
_DESK_EDGES: Final = _edges(_DESK)
_COUNTER_S: Final = 10 * 3600.0 + np.arange(len(_COUNTER) + 1) * 1800.0
_DESK_S: Final = 10 * 3600.0 + np.arange(len(_DESK) + 1) * 1800.0


def online_s(draw: Floats) -> Floats:
    """Seconds after midnight at which people apply from home. Args: draw in [0, 1)."""
    return np.interp(draw, _ONLINE_EDGES, _HOUR_EDGES_S)


def counter_s(draw: Floats) -> Floats:
    """Seconds after midnight at which people stand at a counter. Args: draw in [0, 1)."""
    return np.interp(draw, _COUNTER_EDGES, _COUNTER_S)


def desk_s(draw: Floats) -> Floats:
    """Seconds after midnight at which officers work on a file. Args: draw in [0, 1)."""
    return np.interp(draw, _DESK_EDGES, _DESK_S)


def call_s(draw: Floats) -> Floats:
    """Seconds after midnight at which citizens are called. Args: draw in [0, 1)."""
    return np.interp(draw, _CALLS_EDGES, _HOUR_EDGES_S)


def trouble_s(draw: Floats) -> Floats:
    """Seconds after midnight at which troubles are reported. Args: draw in [0, 1)."""
    return np.interp(draw, _TROUBLE_EDGES, _HOUR_EDGES_S)
