"""What one file has stated so far: a file that restates says of an event one thing, not two.

Who may import it: ingest only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from warehouse.key import text_keys

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.key import Keys


@dataclass(slots=True)
class Stated:
    """Events of the rows of a file that were taken. It holds 16 bytes of each."""

    _keys: Keys = field(default_factory=lambda: np.empty(0, np.uint64))
    _digests: Keys = field(default_factory=lambda: np.empty(0, np.uint64))

    def contradicting(self, events: pa.Table) -> dict[int, str]:
        """Take the events of the next rows.

        Args:
            events: of one source. Shape: BATCH_SCHEMA, in the order of rows.

        Returns:
            The rows that say something else than an earlier one of the file, by number, with the id of the event.
        """
        if not events.num_rows:
            return {}
        keys, digests = text_keys(events["event_id"]), events["digest"].to_numpy()
        rows = events["row"].to_numpy()
        told, first, which = np.unique(keys, return_index=True, return_inverse=True)
        known, before = self._known(told)
        differs = np.where(known, before, digests[first])[which] != digests
        wrong = self._judged(events, np.isin(keys, keys[differs])) if differs.any() else {}
        taken = np.flatnonzero(~np.isin(rows, list(wrong))) if wrong else np.arange(len(rows))
        self._add(keys[taken], digests[taken])
        return wrong

    def _known(self, keys: Keys) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Keys]:
        """Whether events were stated before, and the digests of those."""
        if not len(self._keys):
            return np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.uint64)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return self._keys[place] == keys, self._digests[place]

    def _judged(self, events: pa.Table, doubtful: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[int, str]:
        """The rows to refuse, judged in their order: what a refused row says is not stated."""
        asked = events.select(["event_id", "digest", "row"]).take(np.flatnonzero(doubtful))
        known, before = self._known(keys := text_keys(asked["event_id"]))
        said = dict(zip(keys[known].tolist(), before[known].tolist(), strict=True))
        wrong: dict[int, str] = {}
        told = zip(asked["row"].to_pylist(), keys.tolist(), asked["digest"].to_pylist(), asked["event_id"], strict=True)
        for row, group in groupby(told, key=itemgetter(0)):
            own: dict[int, int] = {}
            for _, key, digest, event_id in group:
                if said.get(key, own.setdefault(key, digest)) != digest:
                    wrong.setdefault(row, event_id.as_py())
            if row not in wrong:
                said |= own
        return wrong

    def _add(self, keys: Keys, digests: Keys) -> None:
        self._keys, first = np.unique(np.concatenate([self._keys, keys]), return_index=True)
        self._digests = np.concatenate([self._digests, digests])[first]
