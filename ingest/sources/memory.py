"""Rows and batches from memory: tests, and whatever is pushed to the engine instead of being fetched.

Who may import it: run.py, tests.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.batch import Batch

#: Of positions in a list, so that what is pushed for a source never moves the position at which the source itself is
#: to be read.
PARTITION: Final = "memory"


class MemorySource:
    """A list of batches, one after the other."""

    def __init__(self, name: str, batches: Sequence[Batch], position: str | None = None) -> None:
        """Begin, or go on.

        Args:
            name: of the source.
            batches: their positions and partitions are overwritten with places in this list.
            position: where to go on, as `position()` gave it; None = at the beginning.
        """
        self._name = name
        self._batches = list(batches)
        self._next = 0 if position is None else int(json.loads(position)["batch"])

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._name

    @property
    def done(self) -> bool:
        """True after the last batch."""
        return self._next >= len(self._batches)

    def next_batch(self) -> Batch | None:
        """The next batch; None after the last."""
        if self.done:
            return None
        batch = self._batches[self._next]
        self._next += 1
        return replace(batch, position=self.position(), partition=PARTITION)

    def position(self) -> str:
        """JSON of the number of the next batch."""
        return json.dumps({"batch": self._next})

    def close(self) -> None:
        """Nothing to let go of."""
