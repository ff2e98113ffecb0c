"""The board as it would have stood at the end of a past day, from raw events up to then.

Cases are folded from their events up to that instant, answers, payments and readings are counted by their days, so that
late events are where they belong; the last reading of an asset is the last one taken up to then.
This reads everything and takes seconds; it is for questions, not for screens.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from indicators.axes import Axes
from indicators.board import Board
from indicators.case_rows import CaseRows
from indicators.cell import Contributions, cell_tables
from indicators.columns import codes, flat
from indicators.sla import day_number
from warehouse.batch import CASE_SCHEMA, CELL_METRIC_SCHEMA, GAUGE_SCHEMA
from warehouse.clock import SettableClock
from warehouse.errors import InternalError
from warehouse.measure import CASE_FLOWS, METRIC_FLOWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse.principal import Principal
    from warehouse.reference import Reference

_MICROSECOND: Final = timedelta(microseconds=1)
_EARLIEST: Final = day_number(date(1900, 1, 1))


class QueryReader(Protocol):
    """Named queries of the warehouse."""

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Run a query of warehouse/queries."""
        ...


def end_of_day(on: date, timezone: str) -> datetime:
    """The last microsecond of a local day, as an aware UTC instant."""
    return (datetime.combine(on + timedelta(days=1), time(), ZoneInfo(timezone)) - _MICROSECOND).astimezone(UTC)


def board_as_of(
    on: date, reference: Reference, reader: QueryReader, principal: Principal, known_on: date | None = None
) -> Board:
    """A board of the end of a day.

    Args:
        on: local day.
        known_on: only what had been received by the end of that local day counts, corrections and retractions too;
            None = all that is known.
        reference: services, metrics, areas.
        reader: the warehouse, or the client of a running engine.
        principal: must be a reader of the whole state.
    """
    instant = end_of_day(on, reference.state.timezone)
    board = Board(reference, SettableClock(instant))
    known = {} if known_on is None else {"known": end_of_day(known_on, reference.state.timezone)}
    board.load(_AsOfReader(reference, reader, principal, instant, known))
    return board


class _AsOfReader:
    """Answers what a board asks when it is loaded, as of an instant."""

    def __init__(
        self,
        reference: Reference,
        reader: QueryReader,
        principal: Principal,
        instant: datetime,
        known: Mapping[str, datetime],
    ) -> None:
        axes = Axes.of(reference)
        folded = reader.query("fold_cases", principal, on=instant, **known)
        contributions = Contributions.none()
        contributions.add_cases(CaseRows.of(folded, axes), 1)
        _add_answers(contributions, reader.query("answers_as_of", principal, on=instant, **known), folded, axes)
        tables = cell_tables(contributions, axes, _EARLIEST)
        self._cells, self._bins = tables.cells, tables.cell_bins
        metrics = reader.query("recompute_metrics", principal, **known)
        self._metrics = _spanned(metrics, CELL_METRIC_SCHEMA)
        self._gauges = reader.query("gauges_as_of", principal, on=instant, **known).cast(GAUGE_SCHEMA)
        self._open = folded.filter(pc.equal(folded["status"], "open")).select(CASE_SCHEMA.names)

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """One of the five queries of Board.load."""
        match name:
            case "board_cells":
                return _summed(self._cells, ["subject", "area"], CASE_FLOWS, params)
            case "board_bins":
                return _summed(self._bins, ["subject", "area", "bin"], ("cases",), params)
            case "board_metric_cells":
                return _summed(self._metrics, ["subject", "area"], METRIC_FLOWS, params)
            case "board_open_cases":
                return self._open
            case "board_gauges":
                return self._gauges
        raise InternalError(f"a board asks for {name!r}, which is not known for a past day")


def _spanned(by_day: pa.Table, schema: pa.Schema) -> pa.Table:
    """Sums by day as cells with spans of one day. Shape: schema."""
    count = by_day.num_rows
    columns = {"span_kind": pa.repeat("d", count), "span_start": by_day["day"]}
    named = {field.name: columns.get(field.name) for field in schema}
    return pa.table(
        [(by_day[name] if column is None else column).cast(schema.field(name).type) for name, column in named.items()],
        schema=schema,
    )


def _add_answers(contributions: Contributions, answers: pa.Table, cases: pa.Table, axes: Axes) -> None:
    """Count answers and payments at their own place, or else that of their case if it was opened by then."""
    opened = cases.filter(pc.not_equal(cases["status"], "unopened"))
    row = pc.index_in(flat(answers["case_id"]), value_set=flat(opened["case_id"]), skip_nulls=True)
    service, area = (pc.coalesce(flat(answers[name]), flat(opened[name]).take(row)) for name in ("service", "area"))
    places = codes(service, axes.services, "the service of an event"), codes(area, axes.areas, "the area of an event")
    contributions.add_answers(answers, *places, 1)


def _summed(cells: pa.Table, keys: list[str], sums: tuple[str, ...], params: dict[str, object]) -> pa.Table:
    """Sums over the spans that begin in a period, as the queries of the same names give them."""
    start = cells["span_start"]
    inside = pc.and_(
        pc.greater_equal(start, pa.scalar(params["from_day"], pa.date32())),
        pc.less_equal(start, pa.scalar(params["to_day"], pa.date32())),
    )
    grouped = cells.filter(inside).group_by(keys).aggregate([(name, "sum") for name in sums])
    return grouped.rename_columns(
        [name.removesuffix("_sum") if name not in keys else name for name in grouped.column_names]
    )
