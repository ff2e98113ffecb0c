"""Which events the warehouse holds and where, answered from memory: by event, and by what an event is about.

A scan of the key columns would grow with the history; this does not. It has 24 bytes per stored event, most of them in
files that are mapped (warehouse/kept_index.py); the rest is read from the event table at start.

Invariants: only events that are committed, or being committed, are in here. Events are numbered from 0 in the order in
which they were stored; as none ever leaves the table, the number is DuckDB's rowid. Keys are hashes: whoever fetches
rows compares the texts. Key and digest alike mean the same event again; key alike and digest different is only a
suspicion, which the text of the event_id decides (warehouse/sift.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.key import Keys
from warehouse.postings import Postings, Rows, lower_half

#: What an event may be about: its case; the asset that a reading is of; the event that it corrects or retracts.
ABOUT: Final = ("case_key", "asset_key", "ref_key")
_Marks: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Column:
    """A number for every event.

    Attributes:
        early: of the first events; never changed.
        late: of those after them, and room for more.
        count: of how many events.
    """

    early: Rows
    late: Rows
    count: int

    @classmethod
    def of(cls, early: Rows) -> _Column:
        """That of some events."""
        return cls(early, np.empty(0, np.uint32), len(early))

    def at(self, rows: npt.NDArray[np.integer]) -> Rows:
        """Those of some events."""
        found = np.empty(len(rows), np.uint32)
        is_early = rows < len(self.early)
        found[is_early] = self.early[rows[is_early]]
        found[~is_early] = self.late[rows[~is_early] - len(self.early)]
        return found

    def plus(self, more: Rows) -> _Column:
        """With those of the next events; those who hold the old one see no difference."""
        count, late = self.count - len(self.early), self.late
        end = count + len(more)
        if end > len(late):
            late = np.empty(max(end, count * 5 // 4), np.uint32)
            late[:count] = self.late[:count]
        late[count:end] = more
        return _Column(self.early, late, len(self.early) + end)

    def whole(self) -> tuple[Rows, Rows]:
        """All of them, in two parts."""
        return self.early, self.late[: self.count - len(self.early)]


class EventIndex:
    """Keys, digests and numbers of events; used by the write thread only."""

    def __init__(self) -> None:
        """Nothing is stored yet."""
        self._by_key, self._by_about = Postings(), dict.fromkeys(ABOUT, Postings())
        self._rest = self._digests = _Column.of(np.empty(0, np.uint32))

    def __len__(self) -> int:
        return self._rest.count

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[np.unsignedinteger]]) -> EventIndex:
        """What `arrays` gave, each array whole. Args: by name; never changed."""
        index = cls()
        index._by_key = Postings.of_arrays("event_key", arrays)
        index._by_about = {name: Postings.of_arrays(name, arrays) for name in ABOUT}
        index._rest, index._digests = (_Column.of(arrays[name].view(np.uint32)) for name in ("rest", "digest"))
        return index

    def arrays(self) -> dict[str, tuple[npt.NDArray[np.unsignedinteger], ...]]:
        """Everything that it is made of, by name, in parts."""
        found = self._by_key.arrays("event_key") | {"rest": self._rest.whole(), "digest": self._digests.whole()}
        for name, postings in self._by_about.items():
            found |= postings.arrays(name)
        return found

    def plus(self, keys: Keys, digests: Keys, about: Mapping[str, pa.Array]) -> EventIndex:
        """These events and some more; what is here stays as it is. Look-ups slow down until `merged`.

        Args:
            keys: of the events, in the order in which they are stored.
            digests: of their contents; the lower half is kept.
            about: by ABOUT, keys of what they are about, an element per event; null = of no such thing. uint64.
        """
        rows = np.arange(len(self), len(self) + len(keys), dtype=np.uint64)
        more = EventIndex()
        more._by_key = self._by_key.plus(keys, rows)
        more._by_about = {
            name: known.plus(about[name].drop_null().to_numpy(), rows[np.asarray(about[name].is_valid())])
            for name, known in self._by_about.items()
        }
        more._rest, more._digests = self._rest.plus(lower_half(keys)), self._digests.plus(lower_half(digests))
        return more

    def merged(self) -> EventIndex:
        """The same events in few runs."""
        more = EventIndex()
        more._rest, more._digests = self._rest, self._digests
        more._by_key = self._by_key.merged()
        more._by_about = {name: known.merged() for name, known in self._by_about.items()}
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
        same[place[self._digests.at(rows) == lower_half(digests)[place]]] = True
        return found, same

    def rows(self, keys: Keys) -> Rows:
        """Numbers of the events of some keys, each once, in order."""
        return np.unique(self._under(keys)[1])

    def rows_about(self, name: str, keys: Keys) -> Rows:
        """Numbers of the events that are about something, each once, in order; now and then of one more.

        Args:
            name: one of ABOUT.
            keys: of cases, assets or events.
        """
        return np.unique(self._by_about[name].find(keys)[1])

    def is_at(self, rows: npt.NDArray[np.int64], keys: Keys, count: int) -> bool:
        """Whether what was read under some numbers are the events that have them.

        Args:
            rows: numbers that were read.
            keys: of the events that stand there.
            count: how many were asked for.
        """
        return len(rows) == count and bool((self._rest.at(rows) == lower_half(keys)).all())

    def _under(self, keys: Keys) -> tuple[npt.NDArray[np.intp], Rows]:
        place, rows = self._by_key.find(keys)
        is_whole = self._rest.at(rows) == lower_half(keys)[place]
        return place[is_whole], rows[is_whole]
