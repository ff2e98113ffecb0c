"""The web process's own copy of all present values, kept current by one background thread.

Invariants: readers see one version at a time (a lock, held for microseconds); the copy outlives the engine – its last
values stay readable with the instant up to which they hold, and `contact_age_s` goes on growing, so that nothing old is
ever taken for live. An answer that is not understood counts as none, and the engine is asked again. A change of engine
(restart) is noticed by its id and answered with a new snapshot.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pyarrow as pa

from dashboard.catalogue import read_catalogue
from dashboard.freshness import (
    LOST_AFTER_S,
    AsOf,
    EngineStatus,
    Freshness,
    SourceStatus,
    as_of,
    read_instant,
    read_status,
)
from warehouse.errors import CMError, InternalError, Transient
from warehouse.value import METADATA_KEY, PERIODS, Band, State
from warehouse.value_layout import COLUMNS, FlatValues, Layout, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    import numpy.typing as npt

    from dashboard.catalogue import Indicator
    from warehouse.clock import Clock

_LOG = logging.getLogger(__name__)
_WAIT_S: Final = 1.0
_RETRY_S: Final = 0.5
#: An answer that is not understood may be the whole snapshot: it is not asked for twice a second.
_MISFIT_RETRY_S: Final = 5.0
#: What reading an answer raises that another version of the engine gave.
_NOT_UNDERSTOOD: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, pa.ArrowException)
#: Above this many touched areas the listeners are told "everything": listing them would cost more than it saves.
_MOST_AREAS_LISTED: Final = 400


class ValueFeed(Protocol):
    """The engine's values, as the Flight client gives them. Every method raises EngineGoneError when it is gone."""

    def catalogue(self) -> pa.Table:
        """One row per indicator, in the order of the snapshot's indicators."""
        ...

    def snapshot(self) -> pa.Table:
        """All values. Shape: SNAPSHOT_SCHEMA with metadata."""
        ...

    def changes(self, since: int, engine: str, wait_s: float) -> pa.Table:
        """Cells changed after version `since` of engine `engine`. Shape: CHANGES_SCHEMA with metadata."""
        ...


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator at one place in one period.

    Attributes:
        value: None when there is none; see `state` for why.
        numerator: None when there is none.
        denominator: None when the indicator has none.
        band: by the thresholds of this level; UNBANDED under the minimum base.
        state: whether there is a value, and why not.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    band: Band
    state: State


NOTHING: Final = Cell(None, None, None, Band.UNBANDED, State.NO_DATA)


@dataclass(frozen=True, slots=True)
class Values:
    """All values of one version; valid only inside `ValueCopy.reading`.

    Attributes:
        version: only comparable within one engine.
        engine_id: of the engine that they are from.
        layout: where in `flat` a cell stands.
        flat: floats are NaN where there is no number, `band` and `state` hold the codes of warehouse.value.
    """

    version: int
    engine_id: str
    layout: Layout
    flat: FlatValues


@dataclass(frozen=True, slots=True)
class Touched:
    """What one update changed.

    Attributes:
        version: the version that now holds.
        areas: codes of areas with a changed value; None = possibly all.
        indicators: codes of changed indicators; None = possibly all.
    """

    version: int
    areas: frozenset[str] | None
    indicators: frozenset[str] | None


class ValueCopy:
    """All present values, catalogue and engine status; see the module for its promises."""

    def __init__(self, feed: ValueFeed, clock: Clock, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Make an empty copy; `start` fills it.

        Args:
            feed: the engine.
            clock: the time of this process, until the engine's is known.
            elapsed: seconds on a clock that is never set (injected by tests).
        """
        self._feed, self._clock, self._elapsed = feed, clock, elapsed
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="value-copy", daemon=True)
        self._listeners: list[Callable[[Touched], None]] = []
        self._values: Values | None = None
        self._indicators: dict[str, Indicator] = {}
        self._area_index: dict[str, int] = {}
        self._areas: tuple[str, ...] = ()
        self._status = EngineStatus()
        self._sources: dict[str, SourceStatus] = {}
        self._heard_at: datetime | None = None
        self._heard_elapsed_s = elapsed()

    def start(self) -> None:
        """Begin to follow the engine, in the background."""
        self._thread.start()

    def close(self) -> None:
        """Stop following; the last values stay readable."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * _WAIT_S)

    def refresh(self, wait_s: float = 0.0) -> None:
        """Take what the engine has now, in the calling thread (what the background thread does in a loop).

        Args:
            wait_s: how long the engine may wait for a change.

        Raises:
            EngineGoneError: the engine does not answer.
            InternalError: its answer is not understood, as that of an engine of another version.
        """
        held = self._values
        if held is None:
            self._take_snapshot()
            held = self._values
        if held is not None:
            self._take_changes(held, wait_s)

    # what screens ask

    @property
    def loaded(self) -> bool:
        """Whether there are any values yet."""
        return self._values is not None

    @property
    def version(self) -> int:
        """Version of the values; -1 before the first. Only comparable within one `engine_id`."""
        return -1 if self._values is None else self._values.version

    @property
    def engine_id(self) -> str:
        """Changes when the engine was started anew; "" before the first answer."""
        return "" if self._values is None else self._values.engine_id

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """The catalogue by code, in its order."""
        return self._indicators

    @property
    def areas(self) -> tuple[str, ...]:
        """Area codes in the order of the layout."""
        return self._areas

    @property
    def status(self) -> EngineStatus:
        """Phase and sources as of the last answer."""
        return self._status

    @property
    def sources(self) -> Mapping[str, SourceStatus]:
        """The same sources by name."""
        return self._sources

    @property
    def last_at(self) -> datetime | None:
        """Instant of the engine's last answer, by its own clock: figures hold as of then."""
        return self._heard_at

    def now(self) -> datetime:
        """The engine's present instant: its clock at the last answer and the time since (UTC)."""
        if self._heard_at is None:
            return self._clock.now()
        return self._heard_at + timedelta(seconds=self.contact_age_s())

    def contact_age_s(self) -> float:
        """Seconds since the engine last answered, or since this process began."""
        return self._elapsed() - self._heard_elapsed_s

    @property
    def engine_lost_since(self) -> datetime | None:
        """Instant of the last answer when the engine is gone for so long that figures are old; None while it is not."""
        if self._values is None or self.contact_age_s() <= LOST_AFTER_S:
            return None
        return self._heard_at

    def cell(self, code: str, area: str, period: str = "mtd") -> Cell:
        """One value; NOTHING while the copy is empty.

        Args:
            code: of the indicator.
            area: code of the place.
            period: one of warehouse.value.PERIODS.

        Raises:
            KeyError: there is no such indicator, area or period.
        """
        return self.cells(code, (area,), period)[0]

    def cells(self, code: str, areas: Sequence[str], period: str) -> list[Cell]:
        """The same of several places, all of one version.

        Args:
            code: of the indicator.
            areas: codes of the places.
            period: one of warehouse.value.PERIODS.

        Raises:
            KeyError: there is no such indicator, area or period.
        """
        if self._values is None:
            return [NOTHING] * len(areas)
        plane, row = PERIODS.index(period), self._indicators[code].index
        with self.reading() as values:
            place, flat = values.layout.place, values.flat
            return [_cell(flat, place(plane, row, self._area_index[area])) for area in areas]

    def as_of(self, code: str) -> AsOf:
        """How fresh an indicator is, by its sources and by how long its definition puts up with their silence.

        Raises:
            KeyError: there is no such indicator.
        """
        indicator = self._indicators[code]
        return self.freshness_of(indicator.sources, indicator.freshness_budget_s)

    def freshness_of(self, sources: tuple[str, ...], budget_s: float) -> AsOf:
        """How fresh a number is that is counted from some sources.

        Args:
            sources: their names.
            budget_s: seconds for which its definition puts up with their silence.
        """
        return as_of(sources, self._sources, self.now(), budget_s)

    def behind(self) -> str:
        """Which sources are late or silent now, such as "ilgms:silent ksmart:late"; "" = none.

        Figures take on and lose the mark of a late source without any value changing, so pages are drawn anew when
        this differs from what they were drawn with.
        """
        now = self.now()
        found = ((name, one.freshness(now)) for name, one in sorted(self._sources.items()))
        return " ".join(f"{name}:{freshness}" for name, freshness in found if freshness is not Freshness.LIVE)

    def area_index(self, code: str) -> int:
        """Place of an area in the layout.

        Raises:
            KeyError: there is no such area.
        """
        return self._area_index[code]

    @contextmanager
    def reading(self) -> Iterator[Values]:
        """All values of one version; hold it for the shortest time, take copies of what is needed.

        Raises:
            InternalError: the copy is empty (ask `loaded` first).
        """
        with self._lock:
            if self._values is None:
                message = "values were read before the first snapshot"
                raise InternalError(message)
            yield self._values

    def subscribe(self, listener: Callable[[Touched], None]) -> Callable[[], None]:
        """Have a function called, from the copy's thread, after every update.

        Args:
            listener: must be quick and may not raise.

        Returns:
            A function that ends the subscription.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # following the engine

    def _run(self) -> None:
        is_told = False
        while not self._stop.is_set():
            try:
                self.refresh(_WAIT_S)
            except CMError as error:
                # an engine that is still starting is nothing to warn of
                if not is_told and (self.loaded or self.contact_age_s() > LOST_AFTER_S):
                    _LOG.warning("no values from the engine, asking again until they come: %s", error)
                    is_told = True
                self._stop.wait(_RETRY_S if isinstance(error, Transient) else _MISFIT_RETRY_S)
            else:
                if is_told:
                    _LOG.warning("engine answers again: id=%s version=%s", self.engine_id, self.version)
                is_told = False

    def _take_snapshot(self) -> None:
        with _understood():
            catalogue = read_catalogue(self._feed.catalogue())
            table = self._feed.snapshot()
            meta = _metadata(table)
            areas = tuple(meta["areas"])
            if tuple(meta["periods"]) != PERIODS or list(catalogue) != list(meta["indicators"]):
                message = "the engine's snapshot does not fit its catalogue; are engine and web of one version?"
                raise InternalError(message)
            values = Values(int(meta["version"]), str(meta["engine"]), *read_snapshot(table))
            with self._lock:
                self._heard(meta)
                self._indicators, self._areas = catalogue, areas
                self._area_index = {code: index for index, code in enumerate(areas)}
                self._values = values
        self._tell(Touched(self.version, None, None))

    def _take_changes(self, held: Values, wait_s: float) -> None:
        with _understood():
            table = self._feed.changes(held.version, held.engine_id, wait_s)
            meta = _metadata(table)
            is_other = bool(meta.get("reset")) or str(meta.get("engine", held.engine_id)) != held.engine_id
        if is_other:
            self._take_snapshot()
            with _understood():
                self._heard(meta)
            return
        with _understood():
            version, cells = int(meta["version"]), table["cell"].to_numpy()
            columns = {name: table[name].to_numpy() for name in COLUMNS}
            with self._lock:
                for name, changed in columns.items():
                    getattr(held.flat, name)[cells] = changed
                self._heard(meta)
                self._values = replace(held, version=version)
        if version != held.version:
            self._tell(self._touched(held.layout, cells))

    def _touched(self, layout: Layout, cells: npt.NDArray[np.uint32]) -> Touched:
        indicator, area = layout.whose(cells)
        areas = np.unique(area)
        codes = list(self._indicators)
        return Touched(
            self.version,
            None if len(areas) > _MOST_AREAS_LISTED else frozenset(self._areas[index] for index in areas),
            frozenset(codes[index] for index in np.unique(indicator)),
        )

    def _heard(self, meta: Mapping[str, Any]) -> None:
        at, status = read_instant(meta["at"]), meta.get("status")
        told = read_status(status) if status else self._status
        with self._lock:
            self._heard_at, self._heard_elapsed_s = at, self._elapsed()
            self._status = told
            self._sources = {one.name: one for one in told.sources}

    def _tell(self, touched: Touched) -> None:
        for listener in tuple(self._listeners):
            listener(touched)


@contextmanager
def _understood() -> Iterator[None]:
    """Read an answer of the engine. Raises: InternalError: it is not what this version expects."""
    try:
        yield
    except _NOT_UNDERSTOOD as error:
        message = f"the engine's answer is not understood ({error!r}); are engine and web of one version?"
        raise InternalError(message) from error


def _metadata(table: pa.Table) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads((table.schema.metadata or {})[METADATA_KEY])
    return plain


def _cell(flat: FlatValues, at: int) -> Cell:
    return Cell(
        value=_number(flat.value.item(at)),
        numerator=_number(flat.numerator.item(at)),
        denominator=_number(flat.denominator.item(at)),
        band=Band(flat.band.item(at)),
        state=State(flat.state.item(at)),
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
