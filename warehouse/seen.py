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

    def __init__(self, runs: tuple[_Run, ...] = ()) -> None:
        """Args: runs: sorted, each longer than the next."""
        self._runs = runs

    def __len__(self) -> int:
        return sum(len(run.keys) for run in self._runs)

    def plus(self, keys: Keys, digests: Keys) -> SeenEvents:
        """These events and some more; what is here stays as it is. Look-ups slow down until `merged`."""
        if len(keys) == 0:
            return self
        order = np.argsort(keys)
        return SeenEvents((*self._runs, _Run(keys[order], digests[order])))

    def merged(self) -> SeenEvents:
        """The same events in few runs."""
        runs: list[_Run] = []
        for run in self._runs:
            runs.append(run)
            while len(runs) > 1 and len(runs[-2].keys) < _GROWTH * len(runs[-1].keys):
                newer, older = runs.pop(), runs.pop()
                at = np.searchsorted(older.keys, newer.keys)
                runs.append(_Run(np.insert(older.keys, at, newer.keys), np.insert(older.digests, at, newer.digests)))
        return SeenEvents(tuple(runs))

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
