"""What a value of an indicator is, in the codes that travel from the board to the screens.

Who may import it: everybody. The board's publisher writes these codes, the value copy in the web process reads them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Protocol

import pyarrow as pa

#: Periods in the order in which layouts number them. They overlap; days are state-local.
#: today, last 7 days incl. today, month to date, financial year to date, the 7 days before those, the month before
#: up to the same day of the month, the whole month before.
PERIODS: Final = ("today", "7d", "mtd", "fy", "p7d", "pmtd", "lm")


class Band(IntEnum):
    """How good a value is, by the thresholds of its indicator at this level of area."""

    UNBANDED = 0  # the indicator has no thresholds here, or the base is too small
    NORMAL = 1
    AMBER = 2
    RED = 3


class State(IntEnum):
    """Whether there is a value at all, and why not. Null, zero, late and error are different things."""

    OK = 0
    NO_DATA = 1  # nothing was reported: not zero
    NOT_APPLICABLE = 2  # the indicator does not exist for this area or period
    ERROR = 3  # the definition could not be computed; the others still are
    SMALL_BASE = 4  # shown, but never banded or ranked


#: Snapshot rows are in the order of a layout, see warehouse/value_layout.py. Schema metadata `cm` is JSON:
#: {version, engine, at, periods: [...], indicators: [codes], areas: [codes], layout: {...}}.
SNAPSHOT_SCHEMA: Final = pa.schema(
    [
        pa.field("value", pa.float64(), nullable=False),  # NaN = none
        pa.field("numerator", pa.float64(), nullable=False),
        pa.field("denominator", pa.float64(), nullable=False),
        pa.field("band", pa.uint8(), nullable=False),
        pa.field("state", pa.uint8(), nullable=False),
    ]
)
#: Changed cells only, by their places in the snapshot's layout. Schema metadata `cm` is JSON:
#: {version, engine, at, reset, status: {...}}.
CHANGES_SCHEMA: Final = pa.schema([pa.field("cell", pa.uint32(), nullable=False), *SNAPSHOT_SCHEMA])
#: Key of the JSON in the schema metadata of snapshots and changes.
METADATA_KEY: Final = b"cm"


class Publisher(Protocol):
    """Gives out the board's values; implemented in indicators, served by the Flight server.

    All methods are called from server threads and must be safe there.
    """

    @property
    def engine_id(self) -> str:
        """Changes with every start of the engine: versions of two engines are not comparable."""
        ...

    def catalogue(self) -> pa.Table:
        """One row per indicator, in the order of the snapshot's indicators."""
        ...

    def snapshot(self) -> pa.Table:
        """All values. Shape: SNAPSHOT_SCHEMA with metadata."""
        ...

    def changes(self, since: int, wait_s: float) -> pa.Table:
        """Cells that changed after version `since`; waits up to wait_s seconds for the first.

        Shape: CHANGES_SCHEMA with metadata; `reset` true means: take a new snapshot.
        """
        ...
