"""Values of any span of days, as readers ask for them: the board's rules on the warehouse's cells, evaluated on demand.

The board keeps the periods that are always on screens. Another span – the last quarter, 1 to 15 November – is added up
from the same cells when somebody asks, laid where the board has the month to date, and evaluated by the same plans.
Flows and quantiles have such values; stocks and levels are facts of now, and what is made of one, or of other times,
has none. Cells by day reach back DAY_SPAN_DAYS; spans that begin or end before that do so with a month.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from indicators.board import Board
from indicators.definition import TimeOperator
from indicators.expression import AS_ASKED, PERIOD_NUMBERS
from warehouse.errors import DataError
from warehouse.measure import is_countable_span
from warehouse.query import Kind, read_parameters
from warehouse.value import PERIODS, State
from warehouse.value_layout import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from indicators.board import BoardReader
    from indicators.columns import Bools
    from indicators.definition import Catalogue, Definition
    from indicators.evaluate import Slice
    from indicators.publish import BoardPublisher
    from warehouse.principal import Principal
    from warehouse.reader import Reader
    from warehouse.reference import Reference

#: The name by which it is asked for, beside the named queries.
SPAN_VALUES: Final = "span_values"
SPAN_SCHEMA: Final = pa.schema(
    [
        pa.field("indicator", pa.string()),
        pa.field("area", pa.string()),
        *(pa.field(name, pa.float64()) for name in ("value", "numerator", "denominator")),
        *(pa.field(name, pa.uint8(), nullable=False) for name in ("band", "state")),
    ]
)
_PARAMETERS: Final = {"from_day": Kind.DAY, "to_day": Kind.DAY, "areas": Kind.TEXTS, "indicators": Kind.TEXTS}
#: The board's period in whose place a span is laid.
_PLACE: Final = "mtd"
#: A span is read anew after so many seconds, because late events restate it.
_KEPT_S: Final = 60.0
_MOST_SPANS: Final = 4
_MOST_AREA_SETS: Final = 16


class SpanBoard(Board):
    """A board that holds one span of days in the place of the month to date, and nothing else."""

    def __init__(self, reference: Reference, reader: BoardReader, days: tuple[date, date], lately: Board) -> None:
        """Read the span.

        Args:
            reference: services, metrics, areas.
            reader: of the warehouse.
            days: first and last.
            lately: the board of now: a service that is in use has zeros in a span without cases, and not nothing.
        """
        self._days, self._lately = days, lately
        super().__init__(reference, lately.clock)
        self.load_span(reader, days, _PLACE)
        self.take_touched()

    def span(self, period: str) -> tuple[date, date]:
        """First and last day of the span."""
        return self._days

    def in_use(self) -> Bools:
        """Which services are in use now, or were in the span."""
        return self._lately.in_use() | super().in_use()


@dataclass(slots=True)
class _Kept:
    """A span that was read. Attributes: at_s: when; slices: its values by places of areas."""

    board: SpanBoard
    at_s: float
    slices: OrderedDict[tuple[int, ...], list[Slice]] = field(default_factory=OrderedDict)


class SpanReader:
    """Answers the named queries, and `span_values` beside them; safe to be asked by many threads."""

    def __init__(
        self,
        reader: Reader,
        board: Board,
        publisher: Callable[[], BoardPublisher],
        catalogue: Catalogue,
        reference: Reference,
    ) -> None:
        """Take what it needs; nothing is read yet.

        Args:
            reader: of the warehouse.
            board: of now.
            publisher: evaluates.
            catalogue: the indicators.
            reference: the areas.
        """
        self._reader, self._board, self._publisher = reader, board, publisher
        self._catalogue, self._reference = catalogue, reference
        self._has_values = np.array([_is_of_days(item) for item in catalogue.definitions], dtype=np.bool_)
        self._lock = threading.Lock()
        self._spans: OrderedDict[tuple[date, date], _Kept] = OrderedDict()

    def query(self, name: str, principal: Principal, **given: object) -> pa.Table:
        """Ask a named query, or for the values of a span.

        Args:
            name: of a query, or SPAN_VALUES.
            principal: who asks.
            **given: its parameters; of a span from_day, to_day, areas and indicators (codes).

        Returns:
            Of a span Shape: SPAN_SCHEMA, null = none; only what exists: an indicator that has no values of a span, or
            none at a place, has no row.

        Raises:
            AccessError: an area outside the principal's scope.
            DataError: unknown or wrong parameters, or days that are not counted by themselves any more.
            StorageBusyError: it took too long, or the warehouse is being closed.
        """
        if name != SPAN_VALUES:
            return self._reader.query(name, principal, **given)
        asked = read_parameters(SPAN_VALUES, _PARAMETERS, given)
        begin, end = asked["from_day"], asked["to_day"]
        self._reader.check_areas(principal, asked["areas"])
        if not is_countable_span(begin, end, self._board.today):
            says = "spans end today at the latest, and begin and end with months where they are older than cells by day"
            raise DataError(f"{begin} to {end} cannot be counted: {says}")
        rows = [self._row(code) for code in asked["indicators"]]
        places = tuple(sorted({self._reference.area_index[code] for code in asked["areas"]}))
        slices = self._slices((begin, end), places)
        return pa.concat_tables([SPAN_SCHEMA.empty_table(), *(self._table(one, rows, places) for one in slices)])

    def _row(self, code: str) -> int:
        row = self._catalogue.index.get(code)
        if row is None:
            raise DataError(f"there is no indicator {code!r}")
        return row

    def _slices(self, days: tuple[date, date], places: tuple[int, ...]) -> list[Slice]:
        with self._lock:
            now_s = time.monotonic()
            kept = self._spans.pop(days, None)
            if kept is None or now_s - kept.at_s > _KEPT_S:
                kept = _Kept(SpanBoard(self._reference, self._reader, days, self._board), now_s)
            self._spans[days] = kept
            if len(self._spans) > _MOST_SPANS:
                self._spans.popitem(last=False)
            if places not in kept.slices:
                kept.slices[places] = self._publisher().evaluated(kept.board, np.array(places, dtype=np.intp), _PLACE)
                if len(kept.slices) > _MOST_AREA_SETS:
                    kept.slices.popitem(last=False)
            return kept.slices[places]

    def _table(self, part: Slice, rows: Sequence[int], places: tuple[int, ...]) -> pa.Table:
        """The wanted rows and areas of a slice. Shape: SPAN_SCHEMA."""
        at = part.periods.index(PERIODS.index(_PLACE))
        is_wanted = np.isin(part.rows, rows) & self._has_values[part.rows] & np.isin(part.areas, places)
        values = {name: getattr(part.values, name)[:, at][is_wanted] for name in COLUMNS}
        indicator, area = part.rows[is_wanted], part.areas[np.nonzero(is_wanted)[1]]
        columns = {
            "indicator": pa.array([self._catalogue.definitions[one].code for one in indicator], pa.string()),
            "area": pa.array([self._reference.areas[one].code for one in area], pa.string()),
            **{name: pa.array(numbers, from_pandas=True) for name, numbers in values.items()},
        }
        exists = pa.array(values["state"] != State.NOT_APPLICABLE)
        return pa.table([columns[one.name] for one in SPAN_SCHEMA], schema=SPAN_SCHEMA).filter(exists)


def _is_of_days(item: Definition) -> bool:
    """Whether an indicator is made of what happened in the days of its period alone."""
    terms = (*item.numerator.terms(), *item.denominator.terms())
    return item.time in {TimeOperator.FLOW, TimeOperator.QUANTILE} and not any(
        term.is_stock or term.when != AS_ASKED or (term.measure in PERIOD_NUMBERS and term.measure != "period_days")
        for term in terms
    )
