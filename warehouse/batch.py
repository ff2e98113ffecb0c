"""What goes into one commit: the batch of a source, and what the batch listener makes of it.

Who may import it: ingest builds Batch, indicators implement BatchListener, run.py hands one to the other.
Invariants: every table has exactly the columns of its schema here, in the order of the DDL; a Change is complete
before anything of it is written; prepare runs inside the transaction, apply after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.event import EVENT_SCHEMA, REJECTED_SCHEMA
from warehouse.measure import CASE_FLOWS, METRIC_FLOWS

_INSTANT: Final = pa.timestamp("us", tz="UTC")


def _needed(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


#: Events of a batch: one more column says which row of the source an event came from (several may share one).
BATCH_SCHEMA: Final = EVENT_SCHEMA.append(_needed("row", pa.int32()))

#: Rows of "case"; meanings in migrations/v0001_first.sql.
CASE_SCHEMA: Final = pa.schema(
    [
        _needed("case_id", pa.string()),
        _needed("source", pa.string()),
        pa.field("service", pa.string()),
        pa.field("area", pa.string()),
        pa.field("office", pa.string()),
        pa.field("post", pa.string()),
        pa.field("step", pa.string()),
        pa.field("channel", pa.string()),
        _needed("status", pa.string()),
        pa.field("opened_at", _INSTANT),
        pa.field("opened_day", pa.date32()),
        pa.field("due_at", _INSTANT),
        _needed("due_stated", pa.bool_()),
        pa.field("paused_at", _INSTANT),
        _needed("paused_s", pa.int64()),
        pa.field("decided_at", _INSTANT),
        pa.field("decided_day", pa.date32()),
        pa.field("outcome", pa.string()),
        pa.field("withdrawn_day", pa.date32()),
        pa.field("delivered_day", pa.date32()),
        _needed("reopened", pa.int32()),
        pa.field("reopened_day", pa.date32()),
        _needed("last_event_at", _INSTANT),
    ]
)
GAUGE_SCHEMA: Final = pa.schema(
    [
        _needed("metric", pa.string()),
        _needed("asset", pa.string()),
        _needed("area", pa.string()),
        _needed("read_at", _INSTANT),
        _needed("event_id", pa.string()),
        _needed("value", pa.float64()),
    ]
)
_SPAN: Final = [_needed("span_kind", pa.string()), _needed("span_start", pa.date32())]
_DAY: Final = [_needed("day", pa.date32())]
_PLACE: Final = [_needed("subject", pa.string()), _needed("area", pa.string())]
_CASE_SUMS: Final = [_needed(name, pa.int64()) for name in CASE_FLOWS]
_METRIC_SUMS: Final = [_needed(name, pa.int64()) for name in METRIC_FLOWS]

CELL_SCHEMA: Final = pa.schema([*_SPAN, *_PLACE, *_CASE_SUMS])
CELL_DAY_SCHEMA: Final = pa.schema([*_DAY, *_PLACE, *_CASE_SUMS])
CELL_BIN_SCHEMA: Final = pa.schema([*_SPAN, *_PLACE, _needed("bin", pa.uint8()), _needed("cases", pa.int64())])
CELL_METRIC_SCHEMA: Final = pa.schema([*_SPAN, *_PLACE, *_METRIC_SUMS])
CELL_METRIC_DAY_SCHEMA: Final = pa.schema([*_DAY, *_PLACE, *_METRIC_SUMS])


@dataclass(frozen=True, slots=True)
class Restating:
    """How a source states its figures anew; see warehouse/restate.py.

    Attributes:
        as_stated: received_at is the instant of the statement and the latest holds; otherwise what comes last holds.
        timezone: IANA name of the state's, for the days of corrections.
        months: an event may stand for a period of so many months; what is said of it first may come before the period
            ends, so that two instants in it are no contradiction. 0 = events stand for their instants.
    """

    as_stated: bool
    timezone: str
    months: int = 0


@dataclass(frozen=True, slots=True)
class RowFates:
    """What became of the rows of a batch that gave events; a row that is named in neither was known already.

    Attributes:
        accepted: rows with at least one new event, ascending.
        conflicts: rows refused because an event of theirs is known with other contents, and what is said of each.
    """

    accepted: npt.NDArray[np.int32]
    conflicts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source gave in one go, decoded and checked row by row.

    Attributes:
        source: name of the source.
        events: Shape: BATCH_SCHEMA, in the order of `row`. An event that is to count only once per case and is never
            in conflict (`once` in a mapping) carries a digest that depends on its event_id alone.
        rejected: Shape: REJECTED_SCHEMA, one row per refused source row.
        received: rows of the source; equals distinct `row` in events plus rows of rejected.
        position: the source's own JSON of where to read next, committed with the rows; None keeps the stored one.
        partition: which part of the source the position belongs to; empty for a source with one part.
        positions: the same for a batch from several parts at once, by partition.
        origin: where its rows came from, for what is refused by the warehouse: a file name, put before the number of
            the row, or what says it of a row.
        restating: a known event with other contents is a correction; None = it is a contradiction.
        personal: in how many rows a number or address of a person was found and taken out, by column of the source
            and kind.
        skipped: single events that were refused, of rows that gave others and are counted by them; they go into
            quarantine too. Shape: REJECTED_SCHEMA, with ids that begin with SKIPPED.
        released: ids of the rows in quarantine that this is the second try of; they leave it. Either whole rows, or
            single events that were `skipped`.
        columns: all columns of the file that it is from, read or not, where they were not said by an earlier batch.
        committed: told on the write thread, after the commit and before its result is given out; must be quick and
            never raises.
    """

    source: str
    events: pa.Table
    rejected: pa.Table
    received: int
    position: str | None = None
    partition: str = ""
    positions: Mapping[str, str] = field(default_factory=dict)
    origin: str | Callable[[int], str] = ""
    restating: Restating | None = None
    personal: Mapping[tuple[str, str], int] = field(default_factory=dict)
    skipped: pa.Table = field(default_factory=REJECTED_SCHEMA.empty_table)
    released: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    committed: Callable[[RowFates], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What became of one batch; received = accepted + rejected + duplicates, in rows of the source.

    Attributes:
        received: rows taken from the source.
        accepted: rows of which at least one event was new.
        rejected: rows refused, now in quarantine.
        duplicates: rows that the warehouse already knew, refused ones included.
        events: new events written.
    """

    received: int
    accepted: int
    rejected: int
    duplicates: int
    events: int


class CaseReader(Protocol):
    """Reads inside the running transaction; the new events and corrections of the batch are already there.

    Lists may be empty and may hold repeats; an unknown case, asset or event gives no row.
    """

    def cases(self, case_ids: pa.Array) -> pa.Table:
        """Stored case rows. Shape: CASE_SCHEMA, any order."""
        ...

    def events_of_cases(self, case_ids: pa.Array) -> pa.Table:
        """All stored events of these cases, new ones and corrections included. Shape: EVENT_SCHEMA, any order."""
        ...

    def events_by_id(self, source_refs: pa.Table) -> pa.Table:
        """Originals that corrections talk of.

        Args:
            source_refs: columns source and ref (the event_id meant).

        Shape: EVENT_SCHEMA, any order.
        """
        ...

    def corrections_of(self, events: pa.Table) -> pa.Table:
        """Stored corrections and retractions of these events.

        Args:
            events: at least the columns source and event_id.

        Shape: EVENT_SCHEMA, kinds event.corrected and event.retracted only, any order.
        """
        ...

    def gauges(self, metric_assets: pa.Table) -> pa.Table:
        """Stored last readings. Args: columns metric and asset. Shape: GAUGE_SCHEMA."""
        ...

    def events_of_assets(self, metric_assets: pa.Table) -> pa.Table:
        """All stored readings and expectations of these assets.

        Args:
            metric_assets: columns metric and asset; the code of an area stands for events that name no asset.

        Shape: EVENT_SCHEMA.
        """
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that a batch changes besides the event table; written in the same transaction.

    Attributes:
        events: the new events. Shape: EVENT_SCHEMA.
        cases_before: the stored rows of the touched cases; these are removed. Shape: CASE_SCHEMA.
        cases: the rows that replace them, and those of new cases. Shape: CASE_SCHEMA.
        gauges_before: the stored last readings of the touched assets; these are removed. Shape: GAUGE_SCHEMA.
        gauges: what replaces them. Shape: GAUGE_SCHEMA.
        cells: deltas, appended. Shape: CELL_SCHEMA.
        cell_days: deltas, appended. Shape: CELL_DAY_SCHEMA.
        cell_bins: deltas, appended. Shape: CELL_BIN_SCHEMA.
        cell_metrics: deltas, appended. Shape: CELL_METRIC_SCHEMA.
        cell_metric_days: deltas, appended. Shape: CELL_METRIC_DAY_SCHEMA.
    """

    events: pa.Table
    cases_before: pa.Table
    cases: pa.Table
    gauges_before: pa.Table
    gauges: pa.Table
    cells: pa.Table
    cell_days: pa.Table
    cell_bins: pa.Table
    cell_metrics: pa.Table
    cell_metric_days: pa.Table

    @classmethod
    def nothing(cls, events: pa.Table | None = None) -> Change:
        """A change of no case, gauge or cell. Args: events, if any, as EVENT_SCHEMA."""
        return cls(
            events=EVENT_SCHEMA.empty_table() if events is None else events,
            cases_before=CASE_SCHEMA.empty_table(),
            cases=CASE_SCHEMA.empty_table(),
            gauges_before=GAUGE_SCHEMA.empty_table(),
            gauges=GAUGE_SCHEMA.empty_table(),
            cells=CELL_SCHEMA.empty_table(),
            cell_days=CELL_DAY_SCHEMA.empty_table(),
            cell_bins=CELL_BIN_SCHEMA.empty_table(),
            cell_metrics=CELL_METRIC_SCHEMA.empty_table(),
            cell_metric_days=CELL_METRIC_DAY_SCHEMA.empty_table(),
        )


class BatchListener(Protocol):
    """Told of every batch, on the write thread, in commit order."""

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        """Say what the new events change; runs inside the transaction and changes nothing itself.

        Args:
            events: new events only. Shape: EVENT_SCHEMA.
            reader: sees the warehouse as it is inside the transaction, the new events included.
        """
        ...

    def apply(self, change: Change) -> None:
        """Take the change over; called after the commit and only then."""
        ...


class SilentListener:
    """A listener that changes nothing: raw loading and tests."""

    def prepare(self, events: pa.Table, reader: CaseReader) -> Change:
        """No change besides the events."""
        return Change.nothing(events)

    def apply(self, change: Change) -> None:
        """Nothing to take over."""


def empty_batch_events() -> pa.Table:
    """No events. Shape: BATCH_SCHEMA."""
    return BATCH_SCHEMA.empty_table()


def empty_rejected() -> pa.Table:
    """No refused rows. Shape: REJECTED_SCHEMA."""
    return REJECTED_SCHEMA.empty_table()
