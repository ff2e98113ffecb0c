"""A view in a department's database as a source: asked again and again for the rows that are new or were changed.

Who may import it: run.py.
Invariants: the last row of each page is committed with the page, so that a poll that was cut off goes on behind it; a
poll begins a stated overlap before the largest cursor of the one before, so that a row that was committed late, or
shares that cursor, is not missed; rows that come again count once.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import pyarrow as pa

from ingest.chunk import Chunk
from ingest.sources.asking import AskingSource
from ingest.sources.login import Login
from ingest.sources.view_rows import ViewPage, ViewPlace, ViewRows
from warehouse.errors import SourceGoneError, SourceRefusedError
from warehouse.personal import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.view_settings import ViewSettings
    from warehouse.batch import Batch
    from warehouse.clock import Clock

PARTITION: Final = "database"
#: The database ends what takes too long; one that is not there to do so is given up so much later.
_GRACE_S: Final = 2.0


class ViewSource(AskingSource[ViewPage]):
    """The rows of one view; never done."""

    transport: ClassVar = "database"

    def __init__(
        self, settings: ViewSettings, mapping: SourceMapping, clock: Clock, positions: Mapping[str, str]
    ) -> None:
        """Nothing is connected before the first next_batch.

        Args:
            settings: which view, and how often.
            mapping: how rows become events.
            clock: says when a poll is due and when rows were received.
            positions: stored positions of the source, by partition; those of other transports are passed over.

        Raises:
            SourceRefusedError: the stored position is not one in a view.
        """
        super().__init__(mapping, clock, settings.interval_s, PARTITION)
        self._settings = settings
        self._at = _read_place(positions.get(PARTITION))
        self._rows = ViewRows(settings, mapping, Login(clock, settings.password))
        self._give_up_s = 0.0

    @property
    def _begins(self) -> bool:
        return self._at.cursor is None

    def _question(self, now: datetime) -> Callable[[], ViewPage]:
        # connecting, the transaction's settings, the columns, the page
        self._give_up_s = time.monotonic() + 2 * self._settings.timeout_s + _GRACE_S
        return partial(self._rows.page, self._at)

    def next_batch(self) -> Batch | None:
        """As of every source that asks; what is waited for too long is given up."""
        if self._asked is not None and not self._asked.done() and time.monotonic() > self._give_up_s:
            self._rows.cut()
        return super().next_batch()

    def _taken(self, answer: ViewPage) -> Batch:
        rows = answer.rows
        cursor, key = rows[-1][:2] if rows else (self._at.cursor, self._at.key)
        # what was committed between two connections, before the row at which they met, only the next poll can see
        seen = self._at.cursor if answer.resumed and self._at.seen is None else self._at.seen
        if answer.last:
            self._at = ViewPlace(since=next((one for one in (seen, cursor) if one is not None), self._at.since))
            self._rest(self._unseen() if answer.unseen else None)
        else:
            self._at = ViewPlace(self._at.since, seen, cursor, key)
            self._go_on()
        cells = list(zip(*rows, strict=True))[2:] if rows else [()] * len(self._mapping.columns)
        table = pa.table([pa.array(column, pa.string()) for column in cells], names=list(self._mapping.columns))
        place = f"{self._settings.view} {self._clock.now():%Y%m%dT%H%M%SZ}"
        return self._batch(Chunk(table, np.arange(1, len(rows) + 1)), place)

    def _unseen(self) -> SourceGoneError:
        column = self._settings.cursor
        return SourceGoneError(f"{self._settings.view}: rows that have nothing in column {column} are not read")

    def position(self) -> str:
        """JSON of what is read next; without a key that looks like the number of a person."""
        at = self._at
        return json.dumps(asdict(at if at.key is None or masked(at.key) == at.key else replace(at, key=None)))

    def _disconnect(self) -> None:
        self._rows.cut()

    def close(self) -> None:
        """Let go of the database; may be called twice."""
        super().close()
        if self._asked is None or self._asked.done():
            self._rows.close()


def _read_place(stored: str | None) -> ViewPlace:
    try:
        return ViewPlace() if stored is None else ViewPlace(**json.loads(stored))
    except (ValueError, TypeError) as error:
        raise SourceRefusedError(f"{stored!r} is not a position in a view") from error
