"""What changed while the wall was watching: what turned red, what was cleared, what came in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.views.attention import Bands, Concern
from dashboard.views.wall_attention import Cleared
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from dashboard.services import Services

#: So many turns to red are told per look; more at once is a restart or a storm, which the list shows.
_MOST_TURNS: Final = 3
_KEPT_TURNS: Final = 6


@dataclass(frozen=True, slots=True)
class Turn:
    """A service or reading that turned red at a place.

    Attributes:
        at: when it was noticed.
        concern: what and where.
    """

    at: datetime
    concern: Concern


@dataclass(slots=True)
class Watch:
    """Compares one look at the colours with the one before, and with the first of the day."""

    services: Services
    _engine: str = ""
    _day: date | None = None
    _since: datetime | None = None
    _first: Bands | None = None
    _last: Bands | None = None
    _cleared_last: Concern | None = None
    turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=_KEPT_TURNS))

    def look(self, bands: Bands, now: datetime, day: date) -> None:
        """Take notice of the present colours.

        Args:
            bands: present colours.
            now: the engine's instant.
            day: state-local day; the watch begins anew with each.
        """
        values = self.services.values
        is_comparable = self._last is not None and self._engine == values.engine_id and day == self._day
        if not is_comparable or values.status.phase != "live" or self._first is None:
            self._engine, self._day, self._since = values.engine_id, day, now
            self._first = self._last = bands
            self._cleared_last = None
            self.turns.clear()
            return
        before = self._last
        self._last = bands
        if before is None or before.band.shape != bands.band.shape:
            return
        turned = (bands.band == Band.RED) & (before.band != Band.RED) & (before.band != Band.UNBANDED)
        for concern in list(self._concerns(bands, turned))[:_MOST_TURNS]:
            self.turns.appendleft(Turn(now, concern))
        gone = (bands.band == Band.NORMAL) & (before.band >= Band.AMBER)
        self._cleared_last = next(self._concerns(bands, gone), self._cleared_last)

    def cleared(self, clock: str) -> Cleared:
        """What was red or amber when the watch began and is normal now.

        Args:
            clock: the beginning of the watch as time of day.
        """
        if self._first is None or self._last is None or self._first.band.shape != self._last.band.shape:
            return Cleared()
        gone = (self._first.band >= Band.AMBER) & (self._last.band == Band.NORMAL)
        count = int(gone.sum())
        return Cleared(count, clock, self._cleared_last if count else None)

    @property
    def since(self) -> datetime | None:
        """When the watch began; None before the first look."""
        return self._since

    def _concerns(self, bands: Bands, chosen: np.ndarray) -> Iterator[Concern]:
        """Chosen cells as concerns, those with the largest numerators first, the deepest level before the others."""
        rows, columns = np.nonzero(chosen)
        order = np.lexsort((-np.nan_to_num(bands.count[rows, columns]), -bands.depth[columns]))
        for row, column in zip(rows[order], columns[order], strict=True):
            indicator = bands.indicators[row]
            yield Concern(
                key=indicator.subjects,
                indicator=indicator.code,
                area=self.services.reference.areas[bands.places[column]].code,
                band=Band(int(bands.band[row, column])),
                places=1,
                is_utility=indicator.subjects[0] not in self.services.reference.services,
                is_current=True,
                weight=0.0,
            )
