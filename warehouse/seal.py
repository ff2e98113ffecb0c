"""Seals days: writes the values as they stood when a day was closed, and never touches them again.

Size is kept small by writing only what differs from the day sealed before in the same calendar month; the first sealed
day of a month is therefore written whole. So the value of any sealed day is the last row of its month up to that day,
found within at most 31 days of rows (warehouse/queries/sealed_values.sql).

A day is compared some indicators at a time by a reader, and what differs is appended by short tasks on the write
thread, so that commits wait little. It is sealed when its row in sealed_day is there: rows of a sealing that was cut
off mean nothing and are removed by the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

import duckdb
import pyarrow as pa

from warehouse.database import Database
from warehouse.errors import InternalError
from warehouse.setting import keep_setting, read_setting
from warehouse.snapshot_rows import SnapshotRows
from warehouse.writer import Writer

_ADD: Final = "insert into value_day select * from given"
_LAST: Final = 'select max("day") from sealed_day'
_RETIRED: Final = """
    select distinct indicator from value_day
    where "day" >= date_trunc('month', $day::date) and "day" < $day
        and indicator not in (select unnest($codes::varchar[]))"""
_CHANGED: Final = """
    with before as (
        select indicator, area, period, arg_max({'numerator': numerator, 'denominator': denominator, 'value': "value",
            'band': band, 'state': state, 'version': definition_version}, "day") as held
        from value_day
        where "day" >= date_trunc('month', $day::date) and "day" < $day
            and indicator in (select unnest($codes::varchar[]))
        group by all),
    closing as (
        select indicator, area, period, {'numerator': numerator, 'denominator': denominator, 'value': "value",
            'band': band, 'state': state, 'version': definition_version} as held
        from given)
    select $day as "day", indicator, area, period, c.held.numerator, c.held.denominator, c.held.value,
        coalesce(c.held.band, 'unbanded') as band, coalesce(c.held.state, 'no_data') as state,
        coalesce(c.held.version, b.held.version) as definition_version
    from closing c full outer join before b using (indicator, area, period)
    where c.held is distinct from b.held and not (c.held is null and b.held.state = 'no_data')
    order by indicator, period, area"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """How an indicator is sealed.

    Attributes:
        version: of its definition.
        periods: those whose values are kept.
    """

    version: int
    periods: tuple[str, ...]


class Seals:
    """The sealed days of a warehouse."""

    def __init__(self, database: Database, writer: Writer) -> None:
        """Nothing is written yet.

        Args:
            database: open.
            writer: owns its write thread.
        """
        self._database, self._writer = database, writer

    def last(self) -> date | None:
        """The last sealed day; None = none yet."""
        return self._writer.run(_last)

    def begun(self, today: date) -> date:
        """The day from which on days are to be sealed: that of the first call.

        Args:
            today: state-local day.
        """
        return self._writer.run(partial(_begun, today=today))

    def seal(
        self,
        day: date,
        snapshot: pa.Table,
        indicators: Mapping[str, Sealed],
        *,
        sealed_at: datetime,
        was_shown: bool,
    ) -> int | None:
        """Seal a day; one that is sealed already, or lies before one that is, is left as it is.

        Args:
            day: state-local.
            snapshot: the values as the day was closed. Shape: SNAPSHOT_SCHEMA with metadata.
            indicators: all of the snapshot.
            sealed_at: instant up to which events were known.
            was_shown: the values were on the screens then; False = made up later.

        Returns:
            Rows written; None if the day was left as it is.
        """
        last = self.last()
        if last is not None and day <= last:
            return None
        self._writer.run(partial(_remove_left_over, last=last))
        count = 0
        for codes, values in self._parts(day, SnapshotRows(snapshot), indicators):
            changed = self._changed(day, codes, values)
            count += changed.num_rows
            self._writer.run(partial(self._append, changed=changed))
        self._writer.run(partial(_mark, day=day, sealed_at=sealed_at, was_shown=was_shown, changed=count))
        return count

    def _parts(
        self, day: date, shown: SnapshotRows, indicators: Mapping[str, Sealed]
    ) -> Iterator[tuple[list[str], pa.Table]]:
        """Codes and their closing values, some at a time; then what is no longer in the catalogue, without values."""
        versions = {code: one.version for code, one in indicators.items()}
        periods = {code: one.periods for code, one in indicators.items()}
        for codes, rows in shown.versioned(versions, periods):
            yield codes, rows
        with self._database.cursor() as cursor:
            found = cursor.execute(_RETIRED, {"day": day, "codes": shown.indicators}).fetchall()
        if retired := [code for (code,) in found]:
            yield retired, rows.slice(0, 0)

    def _append(self, _: duckdb.DuckDBPyConnection, changed: pa.Table) -> None:
        self._writer.statements.write(_ADD, changed)

    def _changed(self, day: date, codes: list[str], values: pa.Table) -> pa.Table:
        """Rows of value_day for what differs from the day sealed before in the month."""
        with self._database.cursor() as cursor:
            cursor.register("given", values)
            try:
                return cursor.sql(_CHANGED, params={"day": day, "codes": codes}).to_arrow_table()
            finally:
                cursor.unregister("given")


def _last(connection: duckdb.DuckDBPyConnection) -> date | None:
    found = connection.execute(_LAST).fetchall()[0][0]
    return found if isinstance(found, date) else None


def _begun(connection: duckdb.DuckDBPyConnection, today: date) -> date:
    told = read_setting(connection, "sealing_since")
    if told is not None:
        return date.fromisoformat(told)
    keep_setting(connection, "sealing_since", today.isoformat())
    return today


def _remove_left_over(connection: duckdb.DuckDBPyConnection, last: date | None) -> None:
    connection.execute('delete from value_day where "day" > $1', [last or date.min])
    connection.complete()


def _mark(connection: duckdb.DuckDBPyConnection, day: date, sealed_at: datetime, was_shown: bool, changed: int) -> None:
    last = _last(connection)
    if last is not None and day <= last:
        raise InternalError(f"{day} is sealed, or a day after it is: two sealed at once")
    connection.execute("insert into sealed_day values ($1, $2, $3, $4)", [day, sealed_at, was_shown, changed])
    connection.complete()
