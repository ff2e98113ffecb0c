"""The same span of days a year earlier, like for like: an unfinished month or year is held against as much of the last.

It is summed from the daily cells, which are kept for good at the series level and above; below that level, and for
histograms, stocks and levels of a year ago, there is nothing to compare with (sealed days have those, see known.py).
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from indicators.as_of import QueryReader, end_of_day
from indicators.board import Board
from indicators.definition import Definition, TimeOperator
from indicators.lookup import NumberAnswer, value
from indicators.pattern import subjects_of
from indicators.period import span_of
from warehouse.batch import CASE_SCHEMA, CELL_BIN_SCHEMA, GAUGE_SCHEMA
from warehouse.clock import SettableClock

if TYPE_CHECKING:
    from warehouse.principal import Principal
    from warehouse.reference import Reference

_SPAN_COLUMNS: Final = ("span_kind", "span_start")


@dataclass(frozen=True, slots=True)
class YearEarlier:
    """A number of a year ago.

    Attributes:
        begin, end: first and last local day of the span.
        number: None = it cannot be known; see `reason`.
        reason: `kind` (not a sum over days), `level` (below the level of daily sums), `history` (the span begins before
            the first day on which anything of its subjects was counted), or empty.
    """

    begin: date
    end: date
    number: NumberAnswer | None
    reason: str


def day_a_year_before(day: date) -> date:
    """The same date of the year before; 28 February for 29 February."""
    if day.month == 2 and day.day == 29 and not isleap(day.year - 1):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def year_earlier(
    item: Definition,
    area: str,
    period: str,
    today: date,
    *,
    reference: Reference,
    reader: QueryReader,
    principal: Principal,
) -> YearEarlier:
    """What a number was in the same span of days a year earlier, as it is known now.

    Args:
        item: the indicator.
        area: code of a place.
        period: one of PERIODS.
        today: local day that the board counts as today.
        reference: the state.
        reader: the warehouse.
        principal: must be a reader of the whole state.
    """
    on = day_a_year_before(today)
    begin, end = span_of(period, on, reference.state.fiscal_year_start_month)
    subjects = list(subjects_of(item))
    place = reference.area_index[area]
    reason = ""
    if item.time is not TimeOperator.FLOW:
        reason = "kind"
    elif int(reference.series_area[place]) != place:
        reason = "level"
    else:
        first = reader.query("first_days", principal, subjects=subjects)["first_day"].to_pylist()
        if not first or min(first) > begin:
            reason = "history"
    if reason:
        return YearEarlier(begin, end, None, reason)
    board = Board(reference, SettableClock(end_of_day(on, reference.state.timezone)))
    board.load(_DailySums(subjects, reader, principal))
    return YearEarlier(begin, end, value(item, board, reference, area=area, period=period), "")


class _DailySums:
    """Answers what a board asks when it is loaded, from daily cells of some subjects."""

    def __init__(self, subjects: list[str], reader: QueryReader, principal: Principal) -> None:
        self._subjects, self._reader, self._principal = subjects, reader, principal

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """One of the five queries of Board.load; there are no histograms, open cases and gauges of then."""
        nothing = {
            "board_bins": pa.schema([field for field in CELL_BIN_SCHEMA if field.name not in _SPAN_COLUMNS]),
            "board_open_cases": CASE_SCHEMA,
            "board_gauges": GAUGE_SCHEMA,
        }
        if name in nothing:
            return nothing[name].empty_table()
        of_days = "day_cells" if name == "board_cells" else "metric_day_cells"
        return self._reader.query(of_days, self._principal, subjects=self._subjects, **params)
