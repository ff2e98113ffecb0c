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
import time
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
from indicators.evaluate import Evaluator, Slice
from indicators.plan import Board, Places, Touched
from warehouse.clock import Clock
from warehouse.value import CHANGES_SCHEMA, METADATA_KEY, PERIODS, SNAPSHOT_SCHEMA, Band, State
from warehouse.value_layout import COLUMNS, FlatValues

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Versions whose changes are remembered; a reader further behind takes a new snapshot.
REMEMBERED_VERSIONS: Final = 240
#: If more than this share of all cells changed at once, readers take a new snapshot instead.
_MOST_SHARE: Final = 0.25
#: While the history is loaded, values are evaluated this rarely, and more rarely still where that takes long.
LOADING_INTERVAL: Final = timedelta(seconds=15)
_LOADING_SHARE: Final = 0.05

#: One source as in the status: name, title, title_local, department, last_event_at, last_heard_at (ISO, UTC or None),
#: expected_interval_s, hours, days, expected_by, late_at, silent_at (ISO, UTC or None: nothing is expected), received,
#: accepted, rejected, duplicates, trouble (why it cannot be read now, or None), stalls (connections given up because
#: nothing moved). The publisher adds `indicators`, how many it feeds.
SourceStatus = Mapping[str, object]


class TouchedBoard(Board, Protocol):
    """A board that also says which subjects' numbers changed."""

    def take_touched(self) -> Touched | None:
        """Bring what `rolled` gives up to date.

        Returns:
            What was touched since the last call; None = treat everything as touched.
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
        cells: places in the layout that changed; None = too many, or the layout changed: take a snapshot.
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
            catalogue: the definitions; their order is that of the layout.
            reference: the areas; their order is that of the layout.
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
        self._layout = self._evaluator.layout()
        self._held = FlatValues.nothing(self._layout)
        self._version = 0
        self._at = clock.now()
        self._steps: deque[_Step] = deque(maxlen=REMEMBERED_VERSIONS)
        self._changed = threading.Condition()
        self._evaluating = threading.Lock()
        self._board_version = -1
        #: What is still to be evaluated, kept if an evaluation fails; None = everything.
        self._owed: Touched | None = None
        #: Services that had had anything when values were last given out; None = nothing was.
        self._used: NDArray[np.bool_] | None = None
        self._phase, self._progress = "loading", 0.0
        self._last_loading_at: datetime | None = None
        self._took_s = 0.0

    @property
    def engine_id(self) -> str:
        """Changes with every start of the engine."""
        return self._engine_id

    @property
    def version(self) -> int:
        """Version of the values given out now; grows by one with every publication that changed anything."""
        return self._version

    @property
    def changed_at(self) -> datetime:
        """Instant at which that version was given out."""
        return self._at

    @property
    def failed(self) -> tuple[str, ...]:
        """Codes of the indicators that could not be computed the last time; their values are State.ERROR."""
        return self._evaluator.failed

    @property
    def is_live(self) -> bool:
        """Whether the history is read and the values are of this moment."""
        return self._phase == "live"

    def set_phase(self, phase: str, progress: float = 1.0) -> None:
        """Say how far the engine is.

        Args:
            phase: `loading` while a history is read (values are evaluated every fifteen seconds at most), then `live`.
            progress: share of the loading that is done, 0…1.
        """
        with self._changed:
            self._phase, self._progress = phase, min(max(progress, 0.0), 1.0)
            self._changed.notify_all()

    def go_live(self) -> None:
        """Give out what was loaded, and only then say that the engine is live: no old number is called current."""
        self._last_loading_at = None
        self.publish()
        self.set_phase("live")

    def publish(self) -> int:
        """Evaluate what the board touched since the last call and give it out.

        Called from one thread at a time by the schedule; a second caller waits.

        Returns:
            How many cells changed.
        """
        with self._evaluating:
            now, begin_s = self._clock.now(), time.monotonic()
            if self._board.version == self._board_version or self._waits(now):
                return 0
            board_version = self._board.version
            touched = self._board.take_touched()
            self._owed = None if touched is None or self._owed is None else self._owed.plus(touched)
            used = self._board.in_use()
            if self._owed is not None and self._used is not None and (used != self._used).any():
                self._owed = self._owed.plus(self._come_into_use(used != self._used))
            changes = self._differences()
            self._owed, self._used, self._board_version = Touched.nothing(), used, board_version
            count = self._take_over(changes, now)
            self._last_loading_at, self._took_s = now, time.monotonic() - begin_s
            return count

    def evaluated(self, board: Board, areas: Places, period: str) -> list[Slice]:
        """Values of another board by the same plans; waits while the values of now are evaluated.

        Args:
            board: the numbers.
            areas: places in reference.areas, in order; more may come.
            period: the only one of PERIODS that is wanted.
        """
        at = PERIODS.index(period)
        with self._evaluating:
            parts = self._evaluator.evaluate(board, areas=areas, periods={period})
            return [part for part in parts if at in part.periods and part.values.state.shape[1] == len(part.periods)]

    def catalogue(self) -> pa.Table:
        """One row per indicator. Shape: CATALOGUE_SCHEMA of indicators/catalogue_table.py."""
        return self._table

    def snapshot(self) -> pa.Table:
        """All values. Shape: SNAPSHOT_SCHEMA, rows in the order of the layout, metadata `cm`."""
        with self._changed:
            layout = self._layout
            columns = [getattr(self._held, name)[: layout.size].copy() for name in COLUMNS]
            plain = {"version": self._version, "engine": self._engine_id, "at": self._at.isoformat()}
        axes = {
            "periods": list(PERIODS),
            "indicators": [item.code for item in self._catalogue.definitions],
            "areas": [area.code for area in self._reference.areas],
            "layout": layout.to_json(),
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
            columns = [getattr(self._held, name)[cells] for name in COLUMNS]
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
        row, place = self._catalogue.index[code], self._reference.area_index[area]
        with self._changed:
            cell = self._layout.place(PERIODS.index(period), row, place)
            value, numerator, denominator, band, state = (getattr(self._held, name)[cell] for name in COLUMNS)
        return HeldValue(float(value), float(numerator), float(denominator), Band(int(band)), State(int(state)))

    def _waits(self, now: datetime) -> bool:
        last = self._last_loading_at
        if self._phase != "loading" or last is None:
            return False
        rest = max(LOADING_INTERVAL, timedelta(seconds=self._took_s / _LOADING_SHARE))
        return timedelta(0) <= now - last < rest

    def _come_into_use(self, changed: NDArray[np.bool_]) -> Touched:
        """Everything about services that had nothing and now have, or the other way round: their zeros are no data.

        Args:
            changed: which they are. Shape: [service].
        """
        services = np.flatnonzero(changed)
        areas = len(self._reference.areas)
        pairs = (services[:, np.newaxis] * areas + np.arange(areas)).ravel()
        return Touched(pairs, frozenset(PERIODS))

    def _differences(self) -> list[_Difference]:
        """What differs of all that is owed; begun again when room had to be made, because that moves all places."""
        owed = self._owed
        pairs, periods = (None, None) if owed is None else (owed.pairs, owed.periods)
        while True:
            missed: dict[int, NDArray[np.bool_]] = {}
            parts = self._evaluator.evaluate(self._board, pairs, periods=periods)
            found = [self._difference(part, missed) for part in parts]
            if not missed:
                return [change for change in found if len(change.cells)]
            self._make_room(missed)
            periods = None  # what has a place now has one in every period

    def _difference(self, part: Slice, missed: dict[int, NDArray[np.bool_]]) -> _Difference:
        """Which cells of a slice differ from what is held; periods that are alike share their cells.

        Args:
            part: the slice.
            missed: gets the areas in which indicators have a value and no place, by their places in the catalogue.
        """
        periods = np.array(part.periods[: part.values.value.shape[1]])
        cells = self._layout.at(periods[:, np.newaxis], part.rows[:, np.newaxis], part.areas)
        without = ((cells == self._layout.nowhere) & (part.values.state != State.NOT_APPLICABLE)).any(axis=1)
        indicator, area = part.rows[without], part.areas[np.nonzero(without)[1]]
        for row in np.unique(indicator).tolist():
            areas = missed.setdefault(row, np.zeros(len(self._reference.areas), dtype=np.bool_))
            areas[area[indicator == row]] = True
        differs = np.zeros(cells.shape, dtype=np.bool_)
        for name in COLUMNS:
            fresh, held = getattr(part.values, name), getattr(self._held, name)[cells]
            if fresh.dtype == np.float64:
                fresh, held = fresh.view(np.int64), held.view(np.int64)
            differs |= fresh != held
        differs &= cells != self._layout.nowhere
        return _Difference(cells[differs].astype(np.uint32), [getattr(part.values, name)[differs] for name in COLUMNS])

    def _make_room(self, missed: dict[int, NDArray[np.bool_]]) -> None:
        """Lay values out anew because something was counted where no office delivers it; readers begin again.

        Args:
            missed: areas without a place, by place of the indicator. Shape of each: [area].
        """
        self._evaluator.widen(missed)
        layout = self._layout.with_more(missed)
        held = self._held.moved(self._layout, layout)
        with self._changed:
            self._layout, self._held = layout, held
            self._steps.clear()
            self._version += 1

    def _take_over(self, changes: Sequence[_Difference], now: datetime) -> int:
        count = sum(len(change.cells) for change in changes)
        if not count:
            return 0
        cells = None if count > _MOST_SHARE * self._layout.size else np.concatenate([c.cells for c in changes])
        with self._changed:
            for change in changes:
                for name, fresh in zip(COLUMNS, change.values, strict=True):
                    getattr(self._held, name)[change.cells] = fresh
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
    """The part of a slice that differs from what is held.

    Attributes:
        cells: places in the layout. Shape: [cell].
        values: what is there now, one array for each of COLUMNS. Shape of each: [cell].
    """

    cells: NDArray[np.uint32]
    values: list[NDArray[np.generic]]


def _count_feeds(catalogue: Catalogue) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in catalogue.definitions:
        for source in item.sources:
            counts[source] = counts.get(source, 0) + 1
    return counts
