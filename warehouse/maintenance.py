"""Housekeeping of the warehouse between commits: checkpoints, summing up of deltas, values for readers with SQL.

Every step is a task of its own on the write thread, short enough that commits wait little. When they run is for the
schedule to say (indicators/schedule.py takes these methods as its jobs).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import duckdb
import pyarrow as pa

from warehouse.measure import CASE_FLOWS, DAY_SPAN_DAYS, METRIC_FLOWS
from warehouse.setting import keep_setting, read_setting
from warehouse.snapshot_rows import SnapshotRows
from warehouse.writer import Writer

_INDICATORS_PER_STEP: Final = 20
_ROWS_PER_STEP: Final = 150_000
#: The ledger of sources is summed up once it has so many rows; readers sum what stands in it.
_LEDGER_ROWS: Final = 1_000
_LEDGER_SUMS: Final = """
    create or replace temp table summed as
    select source, null::varchar as "partition", null::varchar as "position", received, accepted, rejected, duplicates,
        events, last_event_at, last_heard_at as said_at
    from source_count
    union all
    select source, "partition", "position", 0, 0, 0, 0, 0, null, updated_at from source_position"""
_ADD_VALUES: Final = "insert into value_now select * replace (as_of::timestamptz as as_of) from given"


@dataclass(frozen=True, slots=True)
class _Cells:
    """A table of deltas.

    Attributes:
        table: its name.
        keys: what deltas are summed by, in the order in which the sums are stored.
        sums: its sums.
        ages: its days become months after DAY_SPAN_DAYS.
    """

    table: str
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    ages: bool

    def summed(self) -> str:
        """The statement that gives the sums in the table's column order, zeros left out."""
        columns = [f'"{key}"' for key in self.keys]
        if self.ages:
            is_old = "span_start < $horizon"
            columns[columns.index('"span_kind"')] = f"case when {is_old} then 'm' else span_kind end as span_kind"
            columns[columns.index('"span_start"')] = (
                f"case when {is_old} then date_trunc('month', span_start)::date else span_start end as span_start"
            )
        sums = [f"sum({name})::bigint as {name}" for name in self.sums]
        some = " or ".join(f"sum({name}) <> 0" for name in self.sums)
        order = ", ".join(f'"{key}"' for key in sorted(self.keys, key=_ORDER.index))
        text = f'select {", ".join(columns + sums)} from "{self.table}" where {_WITHIN}'  # noqa: S608 – names are ours
        groups = ", ".join(str(place + 1) for place in range(len(columns)))
        return f"{text} group by {groups} having {some} order by {order}"


_WITHIN: Final = "area >= $first and area <= $last"
#: Cells are read by area and subject over many days: they stand together.
_ORDER: Final = ("area", "subject", "bin", "span_kind", "span_start", "day")
_SPAN: Final = ("span_kind", "span_start", "subject", "area")
_DAY: Final = ("day", "subject", "area")
_CELLS: Final = (
    _Cells("cell", _SPAN, CASE_FLOWS, ages=True),
    _Cells("cell_day", _DAY, CASE_FLOWS, ages=False),
    _Cells("cell_bin", (*_SPAN, "bin"), ("cases",), ages=True),
    _Cells("cell_metric", _SPAN, METRIC_FLOWS, ages=True),
    _Cells("cell_metric_day", _DAY, METRIC_FLOWS, ages=False),
)


class Maintenance:
    """Keeps the warehouse small and quick to read."""

    def __init__(self, writer: Writer, *, least_share: float = 0.2) -> None:
        """Nothing runs by itself.

        Args:
            writer: owns the write thread.
            least_share: a table is summed up once this share of its rows was appended since the last time.
        """
        self._writer = writer
        self._least_share = least_share
        self._rows_then: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def checkpoint(self) -> None:
        """Fold the log into the file; commits wait meanwhile. While a backup copies the file, this waits.

        Raises:
            StorageError: it could not be done.
        """
        with self._writer.file_stays:
            self._writer.run(_checkpoint, in_transaction=False)

    def compact(self, today: date) -> dict[str, int]:
        """Sum up deltas, and turn days older than DAY_SPAN_DAYS into calendar months; then checkpoint.

        Args:
            today: the state-local day.

        Returns:
            Rows now in every table that was summed up.
        """
        horizon = today - timedelta(days=DAY_SPAN_DAYS)
        moved = self._writer.run(lambda connection: _move_horizon(connection, horizon))
        done = {}
        for cells in _CELLS:
            if (moved and cells.ages) or self._has_grown(cells):
                done[cells.table] = self._sum_up(cells, horizon)
        self._rows_then |= done
        if self._writer.run(partial(_rows, table="source_ledger")) >= _LEDGER_ROWS:
            done["source_ledger"] = self._writer.run(_sum_up_ledger)
        if done:
            self.checkpoint()
        return done

    def write_values(self, snapshot: pa.Table) -> int:
        """Write the values that changed since the last time to value_now, some indicators at a time.

        What the table still has of indicators that left the catalogue is removed.

        Args:
            snapshot: Shape: SNAPSHOT_SCHEMA with metadata.

        Returns:
            Rows written. What was not reported, or does not exist for an area or period, is left out: it is most.
        """
        rows, shown = 0, SnapshotRows(snapshot)
        self._writer.run(partial(_forget_others, codes=shown.indicators))
        for codes, values in self._changed_values(shown):
            self._writer.run(partial(self._replace_values, codes=codes, values=values))
            rows += values.num_rows
        return rows

    def _replace_values(self, connection: duckdb.DuckDBPyConnection, codes: list[str], values: pa.Table) -> None:
        connection.execute("delete from value_now where indicator in (select unnest($1::varchar[]))", [codes])
        self._writer.statements.write(_ADD_VALUES, values)

    def _sum_up(self, cells: _Cells, horizon: date) -> int:
        """Sum up a table, some areas at a time so that commits wait little; areas stand in order afterwards."""
        for first, last in self._writer.run(partial(_area_ranges, table=cells.table)):
            self._writer.run(partial(_sum_up, cells=cells, horizon=horizon, first=first, last=last))
        return self._writer.run(partial(_rows, table=cells.table))

    def _has_grown(self, cells: _Cells) -> bool:
        rows = self._writer.run(partial(_rows, table=cells.table))
        then = self._rows_then.get(cells.table, 0)
        return rows > then * (1 + self._least_share)

    def _changed_values(self, shown: SnapshotRows) -> Iterator[tuple[list[str], pa.Table]]:
        spans = zip(shown.indicators, shown.layout.starts.tolist(), shown.layout.ends.tolist(), strict=True)
        marks = {code: _mark(shown.flat, start, end) for code, start, end in spans}
        changed = [place for place, code in enumerate(shown.indicators) if self._written.get(code) != marks[code]]
        for start in range(0, len(changed), _INDICATORS_PER_STEP):
            places = changed[start : start + _INDICATORS_PER_STEP]
            some = [shown.indicators[place] for place in places]
            rows = shown.rows(places)
            yield some, rows.append_column("as_of", pa.repeat(shown.at, rows.num_rows))
            self._written |= {code: marks[code] for code in some}


def _checkpoint(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("checkpoint")
    connection.complete()


def _forget_others(connection: duckdb.DuckDBPyConnection, codes: list[str]) -> None:
    connection.execute("delete from value_now where indicator not in (select unnest($1::varchar[]))", [codes])


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f'select count(*) from "{table}"').fetchall()[0][0])  # noqa: S608 – names are ours


def _move_horizon(connection: duckdb.DuckDBPyConnection, horizon: date) -> bool:
    told = read_setting(connection, "day_horizon")
    if told is not None and told >= horizon.isoformat():
        return False
    keep_setting(connection, "day_horizon", horizon.isoformat())
    return True


def _area_ranges(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """First and last area of ranges that hold about _ROWS_PER_STEP rows each."""
    text = f'select area, count(*) from "{table}" group by area order by area'  # noqa: S608 – names are ours
    ranges: list[tuple[str, str]] = []
    room = 0
    for area, rows in connection.execute(text).fetchall():
        if ranges and room >= rows:
            ranges[-1] = (ranges[-1][0], area)
        else:
            ranges.append((area, area))
            room = _ROWS_PER_STEP
        room -= rows
    return ranges


def _sum_up(connection: duckdb.DuckDBPyConnection, cells: _Cells, horizon: date, first: str, last: str) -> None:
    within: dict[str, Any] = {"first": first, "last": last}
    values = within | {"horizon": horizon} if cells.ages else within
    connection.execute(f"create or replace temp table summed as {cells.summed()}", values)
    connection.execute(f'delete from "{cells.table}" where {_WITHIN}', within)  # noqa: S608 – names are ours
    connection.execute(f'insert into "{cells.table}" select * from summed')  # noqa: S608 – names are ours
    connection.execute("drop table summed")
    connection.complete()


def _sum_up_ledger(connection: duckdb.DuckDBPyConnection) -> int:
    for statement in (
        _LEDGER_SUMS,
        "delete from source_ledger",
        "insert into source_ledger select * from summed",
        "drop table summed",
    ):
        connection.execute(statement)
    connection.complete()
    return _rows(connection, "source_ledger")


def _mark(flat: dict[str, Any], start: int, end: int) -> int:
    mark = 0
    for column in flat.values():
        mark = zlib.crc32(column[start:end].tobytes(), mark)
    return mark
