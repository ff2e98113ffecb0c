"""Which events the warehouse holds and where, answered from memory: by event, and by what an event is about.

A scan of the key columns would grow with the history; this does not. It holds 24 bytes per stored event and is loaded
from the event table at start.

Invariants: only events that are committed, or being committed, are in here. Events are numbered from 0 in the order in
which they were stored; as none ever leaves the table, the number is DuckDB's rowid. Keys are hashes: whoever fetches
rows compares the texts. Key and digest alike mean the same event again; key alike and digest different is only a
suspicion, which the text of the event_id decides (warehouse/sift.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.key import Keys

#: Numbers of events; a warehouse has room for 4,294,967,296.
Rows: TypeAlias = npt.NDArray[np.uint32]
_Marks: TypeAlias = npt.NDArray[np.bool_]
_HALF: Final = np.uint64(32)
_LOWER: Final = np.uint64(0xFFFFFFFF)
#: A run is merged into the one before it unless that one is so many times longer …
_GROWTH: Final = 4
#: … or both together would be longer than this: sorting them would keep commits waiting.
_LONGEST_RUN: Final = 8_000_000


class EventIndex:
    """Keys, digests and numbers of events; used by the write thread only."""

    def __init__(self) -> None:
        """Nothing is stored yet."""
        self._count = 0
        self._by_key, self._by_about = _Postings(), _Postings()
        self._rest, self._digests = np.empty(0, np.uint32), np.empty(0, np.uint32)

    def __len__(self) -> int:
        return self._count

    def plus(self, keys: Keys, digests: Keys, *about: pa.Array) -> EventIndex:
        """These events and some more; what is here stays as it is. Look-ups slow down until `merged`.

        Args:
            keys: of the events, in the order in which they are stored.
            digests: of their contents; the lower half is kept.
            about: keys of what they are about, each with an element per event; null = of no such thing. uint64.
        """
        rows = np.arange(self._count, self._count + len(keys), dtype=np.uint64)
        by_about = self._by_about
        for one in about:
            by_about = by_about.plus(one.drop_null().to_numpy(), rows[np.asarray(one.is_valid())])
        more = EventIndex()
        more._count = self._count + len(keys)
        more._by_key, more._by_about = self._by_key.plus(keys, rows), by_about
        more._rest = _with(self._rest, self._count, _lower(keys))
        more._digests = _with(self._digests, self._count, _lower(digests))
        return more

    def merged(self) -> EventIndex:
        """The same events in few runs."""
        more = EventIndex()
        more._count, more._rest, more._digests = self._count, self._rest, self._digests
        more._by_key, more._by_about = self._by_key.merged(), self._by_about.merged()
        return more

    def find(self, keys: Keys, digests: Keys) -> tuple[_Marks, _Marks]:
        """Look events up.

        Args:
            keys: in any order.
            digests: of their contents.

        Returns:
            Whether an event of that key is stored, and whether one is with the same digest too.
        """
        place, rows = self._under(keys)
        found, same = np.zeros(len(keys), dtype=np.bool_), np.zeros(len(keys), dtype=np.bool_)
        found[place] = True
        same[place[self._digests[rows] == _lower(digests)[place]]] = True
        return found, same

    def rows(self, keys: Keys) -> Rows:
        """Numbers of the events of some keys, each once, in order."""
        return np.unique(self._under(keys)[1])

    def rows_about(self, about: Keys) -> Rows:
        """Numbers of the events that are about something, each once, in order; now and then of one more."""
        return np.unique(self._by_about.find(about)[1])

    def _under(self, keys: Keys) -> tuple[npt.NDArray[np.intp], Rows]:
        place, rows = self._by_key.find(keys)
        is_whole = self._rest[rows] == _lower(keys)[place]
        return place[is_whole], rows[is_whole]


@dataclass(frozen=True, slots=True)
class _Postings:
    """Numbers by the upper half of a key: both in one integer, in sorted runs (as a log-structured store has them)."""

    runs: tuple[Keys, ...] = ()

    def plus(self, keys: Keys, rows: npt.NDArray[np.uint64]) -> _Postings:
        if len(keys) == 0:
            return self
        run = (keys & ~_LOWER) | rows
        run.sort()
        return _Postings((*self.runs, run))

    def merged(self) -> _Postings:
        runs: list[Keys] = []
        for run in self.runs:
            runs.append(run)
            while len(runs) > 1 and len(runs[-2]) < min(_GROWTH * len(runs[-1]), _LONGEST_RUN - len(runs[-1])):
                runs[-2:] = [np.sort(np.concatenate(runs[-2:]))]
        return _Postings(tuple(runs))

    def find(self, keys: Keys) -> tuple[npt.NDArray[np.intp], Rows]:
        """Everything under some keys. Returns: place in `keys` and number, an element of each for every hit."""
        order = np.argsort(keys)
        first = keys[order] & ~_LOWER
        places, rows = [order[:0]], [np.empty(0, np.uint32)]
        for run in self.runs:
            begin = np.searchsorted(run, first)
            count = np.searchsorted(run, first | _LOWER, side="right") - begin
            at = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())
            places.append(np.repeat(order, count))
            rows.append(_lower(run[at]))
        return np.concatenate(places), np.concatenate(rows)


def _lower(keys: Keys) -> Rows:
    return keys.astype(np.uint32)


def _with(column: Rows, count: int, more: Rows) -> Rows:
    """A column of which `count` elements are known, with some more; those who hold the old one see no difference."""
    end = count + len(more)
    if end > len(column):
        wider = np.empty(max(end, count * 5 // 4), np.uint32)
        wider[:count] = column[:count]
        column = wider
    column[count:end] = more
    return column
