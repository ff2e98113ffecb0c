"""Which events the warehouse already holds, answered from memory.

A scan of the key column would grow with the history; this does not. It holds two 64-bit numbers per stored event, in
sorted runs of growing size (as a log-structured store does), and is loaded from the event table at start.

Invariant: only events that are committed are in here. Key and digest alike mean: the same event again. Key alike and
digest different is only a suspicion; the text of the event_id decides (warehouse/sift.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse.key import Keys

_GROWTH: Final = 4  # a run is merged into the one before it unless that one is this many times longer


@dataclass(frozen=True, slots=True)
class _Run:
    keys: Keys  # sorted
    digests: Keys


class SeenEvents:
    """Keys and digests of the stored events; used by the write thread only."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        return sum(len(run.keys) for run in self._runs)

    def add(self, keys: Keys, digests: Keys) -> None:
        """Take in events that were just committed."""
        if len(keys) == 0:
            return
        order = np.argsort(keys)
        self._runs.append(_Run(keys[order], digests[order]))
        while len(self._runs) > 1 and len(self._runs[-2].keys) < _GROWTH * len(self._runs[-1].keys):
            newer, older = self._runs.pop(), self._runs.pop()
            at = np.searchsorted(older.keys, newer.keys)
            merged = _Run(np.insert(older.keys, at, newer.keys), np.insert(older.digests, at, newer.digests))
            self._runs.append(merged)

    def find(self, keys: Keys) -> tuple[npt.NDArray[np.bool_], Keys]:
        """Look events up.

        Args:
            keys: in any order.

        Returns:
            Whether an event of that key is stored, and its digest (0 where none is). Where two stored events share a
            key, the digest is that of either.
        """
        order = np.argsort(keys)
        wanted = keys[order]
        found = np.zeros(len(keys), dtype=np.bool_)
        digests = np.zeros(len(keys), dtype=np.uint64)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run.keys, wanted), len(run.keys) - 1)
            hit = run.keys[at] == wanted
            found |= hit
            digests[hit] = run.digests[at[hit]]
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return found[back], digests[back]
