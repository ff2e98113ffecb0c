"""Gives out the values: evaluates what the board touched, keeps the last values, remembers what changed when.

Invariants: what readers get is one version, never half of two; a cell that is listed as changed differs from what was
published before (NaN equals NaN); the answer to "what changed since" always ends at the version it names.
The values are evaluated into arrays of their own and taken over under the lock, so that a reader never waits for an
evaluation, only for a copy.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indicators.catalogue_table import catalogue_table
from indicators.definition import Catalogue
from indicators.evaluate import Evaluator, Slice, Values
from indicators.period import PERIODS_OF
from indicators.plan import Board, Places
from warehouse.clock import Clock
from warehouse.value import CHANGES_SCHEMA, METADATA_KEY, PERIODS, SNAPSHOT_SCHEMA, Band, State

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Versions whose changes are remembered; a reader further behind takes a new snapshot.
REMEMBERED_VERSIONS: Final = 240
#: If more than this share of all cells changed at once, readers take a new snapshot instead.
_MOST_SHARE: Final = 0.25
#: While the history is loaded, values are evaluated this rarely.
LOADING_INTERVAL: Final = timedelta(seconds=15)
_NAMES: Final = ("value", "numerator", "denominator", "band", "state")

#: One source as in the status: name, title, title_local, department, last_event_at, last_heard_at (ISO, UTC or None),
#: expected_interval_s, received, accepted, rejected, duplicates. The publisher adds `indicators`, how many it feeds.
SourceStatus = Mapping[str, object]


class TouchedBoard(Board, Protocol):
    """A board that also says which subjects' numbers changed."""

    def take_touched(self) -> Sequence[int] | NDArray[np.intp] | None:
        """Bring what `rolled` gives up to date.

        Returns:
            Places in reference.subjects touched since the last call; None = treat all as touched.
        """
        ...


@dataclass(frozen=True, slots=True)
class HeldValue:
    """One value as last given out; NaN = none."""

    value: float
    numerator: float
    denominator: float
    band: Band
    state: State


@dataclass(frozen=True, slots=True)
class _Step:
    """What one version changed.

    Attributes:
        version: the version that it led to.
        cells: flat places [period, indicator, area] that changed; None = too many, take a snapshot.
    """

    version: int
    cells: NDArray[np.uint32] | None


class BoardPublisher:
    """The Publisher of warehouse/value.py over a board."""

    def __init__(
        self,
        board: TouchedBoard,
        catalogue: Catalogue,
        reference: Reference,
        clock: Clock,
        *,
        sources: Callable[[], Sequence[SourceStatus]] = tuple,
        calendar_day: Callable[[], date] | None = None,
    ) -> None:
        """Take what it needs; nothing is evaluated yet and no value has data.

        Args:
            board: the numbers.
            catalogue: the definitions; their order is the snapshot's second axis.
            reference: the areas; their order is the snapshot's third axis.
            clock: for the instants in metadata and status.
            sources: the present state of all sources; called for every answer, must be quick.
            calendar_day: the local day that the board counts as today; None = leave it out of the status.
        """
        self._board = board
        self._catalogue = catalogue
        self._reference = reference
        self._clock = clock
        self._sources = sources
        self._calendar_day = calendar_day
        self._engine_id = secrets.token_hex(8)
        self._evaluator = Evaluator(catalogue, reference)
        self._table = catalogue_table(catalogue)
        self._feeds = _count_feeds(catalogue)
        self._held = _nothing_yet(catalogue, len(reference.areas))
        self._version = 0
        self._at = clock.now()
        self._steps: deque[_Step] = deque(maxlen=REMEMBERED_VERSIONS)
        self._changed = threading.Condition()
        self._evaluating = threading.Lock()
        self._board_version = -1
        #: Subjects still to be evaluated, kept if an evaluation fails; None = all.
        self._owed: set[int] | None = None
        self._phase, self._progress = "loading", 0.0
        self._last_loading_at: datetime | None = None

    @property
    def engine_id(self) -> str:
        """Changes with every start of the engine."""
        return self._engine_id

    @property
    def version(self) -> int:
        """Version of the values given out now; grows by one with every publication that changed anything."""
        return self._version

    def set_phase(self, phase: str, progress: float = 1.0) -> None:
        """Say how far the engine is.

        Args:
            phase: `loading` while a history is read (values are evaluated every fifteen seconds at most), then `live`.
            progress: share of the loading that is done, 0…1.
        """
        with self._changed:
            self._phase, self._progress = phase, min(max(progress, 0.0), 1.0)
            self._changed.notify_all()

    def publish(self) -> int:
        """Evaluate what the board touched since the last call and give it out.

        Called from one thread at a time by the schedule; a second caller waits.

        Returns:
            How many cells changed.
        """
        with self._evaluating:
            now = self._clock.now()
            if self._board.version == self._board_version or self._waits(now):
                return 0
            board_version = self._board.version
            touched = self._board.take_touched()
            self._owed = None if touched is None or self._owed is None else self._owed | {int(row) for row in touched}
            changes = [self._difference(part) for part in self._evaluator.evaluate(self._board, self._owed)]
            self._owed, self._board_version = set(), board_version
            self._last_loading_at = now
            return self._take_over([change for change in changes if len(change.cells)], now)

    def catalogue(self) -> pa.Table:
        """One row per indicator. Shape: CATALOGUE_SCHEMA of indicators/catalogue_table.py."""
        return self._table

    def snapshot(self) -> pa.Table:
        """All values. Shape: SNAPSHOT_SCHEMA, rows in C order of [period, indicator, area], metadata `cm`."""
        with self._changed:
            columns = [getattr(self._held, name).ravel().copy() for name in _NAMES]
            plain = {"version": self._version, "engine": self._engine_id, "at": self._at.isoformat()}
        axes = {
            "periods": list(PERIODS),
            "indicators": [item.code for item in self._catalogue.definitions],
            "areas": [area.code for area in self._reference.areas],
        }
        schema = SNAPSHOT_SCHEMA.with_metadata({METADATA_KEY: json.dumps({**plain, **axes}).encode()})
        return pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema)

    def changes(self, since: int, wait_s: float) -> pa.Table:
        """Cells that changed after a version.

        Args:
            since: the version that the reader has.
            wait_s: seconds to wait for the first change.

        Returns:
            Shape: CHANGES_SCHEMA with metadata; `reset` true and no rows if the reader must take a new snapshot.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._version != since, timeout=max(wait_s, 0.0))
            cells = self._cells_since(since)
            reset = cells is None
            cells = np.empty(0, dtype=np.uint32) if cells is None else cells
            columns = [getattr(self._held, name).ravel()[cells] for name in _NAMES]
            plain = {"version": self._version, "engine": self._engine_id, "at": self._clock.now().isoformat()}
        metadata = {**plain, "reset": reset, "status": self.status()}
        schema = CHANGES_SCHEMA.with_metadata({METADATA_KEY: json.dumps(metadata).encode()})
        return pa.Table.from_arrays([pa.array(cells), *(pa.array(column) for column in columns)], schema=schema)

    def status(self) -> dict[str, object]:
        """What is known about engine and sources, as JSON values; sent with every answer to `changes`."""
        plain: dict[str, object] = {
            "server_now": self._clock.now().isoformat(),
            "phase": self._phase,
            "progress": round(self._progress, 4),
            "sources": [
                {**source, "indicators": self._feeds.get(str(source.get("name")), 0)} for source in self._sources()
            ],
        }
        if self._calendar_day is not None:
            plain["calendar_day"] = self._calendar_day().isoformat()
        return plain

    def held(self, code: str, area: str, period: str) -> HeldValue:
        """One value as last given out. Args: codes of indicator and area; one of PERIODS."""
        cell = PERIODS.index(period), self._catalogue.index[code], self._reference.area_index[area]
        with self._changed:
            value, numerator, denominator, band, state = (getattr(self._held, name)[cell] for name in _NAMES)
        return HeldValue(float(value), float(numerator), float(denominator), Band(int(band)), State(int(state)))

    def _waits(self, now: datetime) -> bool:
        last = self._last_loading_at
        return self._phase == "loading" and last is not None and timedelta(0) <= now - last < LOADING_INTERVAL

    def _difference(self, part: Slice) -> _Difference:
        """Which cells of a slice differ from what is held; periods that are alike are compared once."""
        alike = part.values.value.shape[1] == 1
        place = np.ix_(np.array(part.periods[:1] if alike else part.periods), part.rows)
        differs = np.zeros((len(part.rows), *part.values.value.shape[1:]), dtype=np.bool_)
        for name in _NAMES:
            fresh, held = getattr(part.values, name), getattr(self._held, name)[place].swapaxes(0, 1)
            if fresh.dtype == np.float64:
                fresh, held = fresh.view(np.int64), held.view(np.int64)
            differs |= fresh != held
        where = np.nonzero(differs)
        return _Difference(part, where, self._cells(part, *where))

    def _cells(self, part: Slice, rows: Places, periods: Places, areas: Places) -> NDArray[np.uint32]:
        """Flat places of changed values, for periods that are alike once per period."""
        count, width = len(self._catalogue), len(self._reference.areas)
        first = part.rows[rows] * width + areas
        own = np.array(part.periods) * (count * width)
        alike = part.values.value.shape[1] == 1
        cells = np.add.outer(own, first).ravel() if alike else first + own[periods]
        return cells.astype(np.uint32)

    def _take_over(self, changes: Sequence[_Difference], now: datetime) -> int:
        count = sum(len(change.cells) for change in changes)
        if not count:
            return 0
        cells = None if count > _MOST_SHARE * self._held.value.size else np.concatenate([c.cells for c in changes])
        with self._changed:
            for change in changes:
                for name in _NAMES:
                    fresh = getattr(change.part.values, name)[change.where]
                    getattr(self._held, name).ravel()[change.cells] = np.resize(fresh, len(change.cells))
            self._version += 1
            self._at = now
            self._steps.append(_Step(self._version, cells))
            self._changed.notify_all()
        return count

    def _cells_since(self, since: int) -> NDArray[np.uint32] | None:
        """Distinct cells changed after a version; None if that is not remembered. Called under the lock."""
        if since == self._version:
            return np.empty(0, dtype=np.uint32)
        wanted = [step for step in self._steps if step.version > since]
        known = since < self._version and len(wanted) == self._version - since
        parts = [step.cells for step in wanted if step.cells is not None]
        if not known or len(parts) != len(wanted):
            return None
        return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))


@dataclass(frozen=True, slots=True)
class _Difference:
    """The part of a slice that differs from what is held."""

    part: Slice
    where: tuple[NDArray[np.intp], ...]
    cells: NDArray[np.uint32]


def _nothing_yet(catalogue: Catalogue, areas: int) -> Values:
    """No data anywhere; not applicable in periods of which an indicator's kind has none."""
    shape = (len(PERIODS), len(catalogue), areas)
    state = np.full(shape, State.NOT_APPLICABLE, dtype=np.uint8)
    for row, item in enumerate(catalogue.definitions):
        for period in PERIODS_OF[item.time]:
            state[PERIODS.index(period), row] = State.NO_DATA
    return Values(
        value=np.full(shape, np.nan),
        numerator=np.full(shape, np.nan),
        denominator=np.full(shape, np.nan),
        band=np.zeros(shape, dtype=np.uint8),
        state=state,
    )


def _count_feeds(catalogue: Catalogue) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in catalogue.definitions:
        for source in item.sources:
            counts[source] = counts.get(source, 0) + 1
    return counts
