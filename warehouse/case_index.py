"""Where case rows stand, answered from memory.

A scan of the key column would grow with the history; this does not. Every row that is ever written to "case" gets the
next number. Rows are only appended and removed, so they stand in the order of their numbers, and DuckDB finds some of
them without reading the rest. Numbers of rows that were replaced are kept until `is_stale`: they find nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse.key import Keys
from warehouse.postings import Postings, Rows

#: So many rows may have been replaced, however few there are.
_LEAST_STALE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CaseIndex:
    """Numbers of case rows by the key of the case; used by the write thread only.

    Attributes:
        next_number: of the row that is written next.
        loaded: rows that were there when it was made.
    """

    next_number: int = 0
    loaded: int = 0
    _numbers: Postings = field(default_factory=Postings)

    @classmethod
    def of_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.unsignedinteger]], *, next_number: int, loaded: int
    ) -> CaseIndex:
        """What `arrays` gave. Args: by name, never changed; the attributes."""
        return cls(next_number, loaded, Postings.of_arrays("case", arrays))

    def arrays(self) -> dict[str, tuple[npt.NDArray[np.unsignedinteger], ...]]:
        """The numbers, by name, in parts."""
        return dict(self._numbers.arrays("case"))

    def read(self, case_keys: Keys, numbers: Rows) -> CaseIndex:
        """These rows and stored ones that are not among them. Args: of each row; from `next_number` on."""
        following = int(numbers.max()) + 1 if len(numbers) else self.next_number
        more = self._numbers.plus(case_keys, numbers.astype(np.uint64)).merged()
        return CaseIndex(following, self.loaded + len(numbers), more)

    @property
    def is_stale(self) -> bool:
        """Whether most of it are numbers of rows that were replaced, so that it should be made anew."""
        return len(self._numbers) > 2 * self.loaded + _LEAST_STALE

    def plus(self, case_keys: Keys) -> CaseIndex:
        """These rows and some more, which get the next numbers."""
        numbers = np.arange(self.next_number, self.next_number + len(case_keys), dtype=np.uint64)
        more = self._numbers.plus(case_keys, numbers).merged()
        return CaseIndex(self.next_number + len(case_keys), self.loaded, more)

    def numbers(self, case_keys: Keys) -> Rows:
        """Numbers of the rows of some cases, each once, in order; also of rows that are no more."""
        return np.unique(self._numbers.find(case_keys)[1])
