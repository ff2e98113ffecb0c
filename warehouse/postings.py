"""Numbers by key in memory, in sorted runs of growing size (as a log-structured store has them).

Only the upper half of a key is kept: 8 bytes for key and number. Two keys in four milliards share it, so whoever looks
something up compares what he finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from warehouse.key import Keys
from warehouse.ranges import joined_ranges

#: Numbers; there is room for 4,294,967,296.
Rows: TypeAlias = npt.NDArray[np.uint32]
_LOWER: Final = np.uint64(0xFFFFFFFF)
#: A run is merged into the one before it unless that one is so many times longer …
_GROWTH: Final = 4
#: … or both together would be longer than this: sorting them would keep commits waiting.
_LONGEST_RUN: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Postings:
    """Numbers by key; never changed, so that those who hold one see no difference.

    Attributes:
        runs: upper half of a key and number in one integer, sorted.
    """

    runs: tuple[Keys, ...] = ()

    def __len__(self) -> int:
        return sum(len(run) for run in self.runs)

    @classmethod
    def of_arrays(cls, name: str, arrays: Mapping[str, npt.NDArray[np.unsignedinteger]]) -> Postings:
        """What `arrays` gave. Args: the same name; by name, others among them."""
        return cls(
            tuple(arrays[f"{name}-{run}"].view(np.uint64) for run in range(len(arrays)) if f"{name}-{run}" in arrays)
        )

    def arrays(self, name: str) -> dict[str, tuple[Keys, ...]]:
        """Its runs, each of one part. Args: what their names begin with."""
        return {f"{name}-{number}": (run,) for number, run in enumerate(self.runs)}

    def plus(self, keys: Keys, rows: npt.NDArray[np.uint64]) -> Postings:
        """These and some more. Look-ups slow down until `merged`."""
        if len(keys) == 0:
            return self
        run = (keys & ~_LOWER) | rows
        run.sort()
        return Postings((*self.runs, run))

    def merged(self) -> Postings:
        """The same in few runs."""
        runs: list[Keys] = []
        for run in self.runs:
            runs.append(run)
            while len(runs) > 1 and len(runs[-2]) < min(_GROWTH * len(runs[-1]), _LONGEST_RUN - len(runs[-1])):
                runs[-2:] = [np.sort(np.concatenate(runs[-2:]))]
        return Postings(tuple(runs))

    def find(self, keys: Keys) -> tuple[npt.NDArray[np.intp], Rows]:
        """Numbers under some keys, and now and then another one.

        Args:
            keys: in any order.

        Returns:
            Place in `keys` and number, an element of each for every hit.
        """
        order = np.argsort(keys)
        first = keys[order] & ~_LOWER
        places, rows = [order[:0]], [np.empty(0, np.uint32)]
        for run in self.runs:
            begin = np.searchsorted(run, first)
            # most keys are in none of the runs: only for those that are is the end looked for
            hit = np.flatnonzero(run[np.minimum(begin, len(run) - 1)] & ~_LOWER == first)
            begin = begin[hit]
            count = np.searchsorted(run, first[hit] | _LOWER, side="right") - begin
            places.append(np.repeat(order[hit], count))
            rows.append(lower_half(run[joined_ranges(begin, count)]))
        return np.concatenate(places), np.concatenate(rows)


def lower_half(keys: Keys) -> Rows:
    """The half of keys that is not kept here."""
    return keys.astype(np.uint32)
