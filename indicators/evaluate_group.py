"""Groups of indicators of one kind, laid out as arrays of rows and evaluated in a few vectorised steps.

The rules for states are those at the head of indicators/evaluate.py. Most services do not exist below the level of
their offices: a group whose indicators exist in few areas is evaluated for those only, unless something was counted
elsewhere after all. What a slice leaves out does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from indicators.applicability import Applicability
from indicators.band import BandPlan, Codes, Floats
from indicators.definition import Definition, TimeOperator
from indicators.expression import Expression, PerArea, Term
from indicators.expression.tree import parts
from indicators.period import ALIKE, PERIODS_OF, periods_of
from indicators.plan import Board, ExpressionPlan, Places, Static, TermPlan, added_up, board_terms, presence_of
from indicators.quantile import quantile_hours
from indicators.service_group import ServiceGroups
from indicators.tree_sum import Window
from warehouse.value import PERIODS, State

if TYPE_CHECKING:
    from warehouse.reference import Reference

T = TypeVar("T")
Bools = NDArray[np.bool_]
#: Up to so many indicators are evaluated in all their periods at once.
_FEW_ROWS: Final = 64
#: A group that exists in at most this share of the areas is evaluated for those only.
_FEW_AREAS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Values:
    """Evaluated values; NaN = none. Shape of each: [indicator, period, column]."""

    value: Floats
    numerator: Floats
    denominator: Floats
    band: Codes
    state: Codes


@dataclass(frozen=True, slots=True)
class Slice:
    """Values of some indicators in some periods and areas; they are not applicable in all other areas.

    Attributes:
        periods: places in PERIODS.
        rows: places in the catalogue.
        areas: places in reference.areas, in order.
        values: Shape: [len(rows), len(periods), len(areas)]; the second axis has length 1 if they hold for all periods
            alike.
    """

    periods: tuple[int, ...]
    rows: Places
    areas: Places
    values: Values


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which values of a group are wanted; more may come.

    Attributes:
        window: these areas; None = all.
        periods: None = all.
    """

    window: Window | None = None
    periods: Collection[str] | None = None


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Frame:
    """What all groups share.

    Attributes:
        reference: the state.
        static: population and declared assets.
        applicable: where which subject exists.
        area_level: place of every area's level among the state's levels. Shape: [area].
        groups: services that the board sums up together.
    """

    reference: Reference
    static: Static
    applicable: Applicability
    area_level: NDArray[np.intp]
    groups: ServiceGroups


@dataclass(frozen=True, slots=True)
class _Columns:
    """The areas that a group is evaluated for.

    Attributes:
        window: the areas; all of them for the whole.
        absent: where an indicator does not exist. Shape: [indicator, 1, column].
        bands: thresholds in these areas.
    """

    window: Window
    absent: Bools
    bands: BandPlan

    def at(self, window: Window) -> _Columns:
        """The same in fewer areas; only of those that are all areas."""
        return _Columns(window, self.absent[:, :, window.places], self.bands.at(window.places))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What values are made of. Shape of each: [indicator, period, column].

    Attributes:
        numerator, denominator: as in the definition.
        value: factor × numerator ÷ denominator; NaN or infinite where there is none.
        missing: nothing was reported.
        active: something was counted, so the indicator exists there whatever is declared.
    """

    numerator: Floats
    denominator: Floats
    value: Floats
    missing: Bools
    active: Bools


class Group:
    """Indicators of one kind."""

    def __init__(self, rows: Places, definitions: Sequence[Definition], frame: Frame) -> None:
        """Lay them out.

        Args:
            rows: their places in the catalogue.
            definitions: the indicators.
            frame: what all groups share.
        """
        self.rows = rows
        self._frame = frame
        self._factor = np.array([[[item.factor]] for item in definitions])
        self._minimum = np.array([[[item.minimum_base]] for item in definitions])
        self._counts = np.flatnonzero([item.is_count for item in definitions])
        self._of_static = np.flatnonzero([_is_static(item.denominator) for item in definitions])
        presences = [presence_of(item.numerator) for item in definitions]
        self._read = np.flatnonzero([expression is not None for expression in presences])
        presence = [expression for expression in presences if expression is not None]
        expressions = [item.numerator for item in definitions], [item.denominator for item in definitions], presence
        terms = [term for part in (expressions[0], presence) for one in part for term in board_terms(one)]
        terms += [term for one in expressions[1] for term in board_terms(one, below=True)]
        self._terms = TermPlan(terms, frame.reference, frame.static, frame.groups)
        self._numerator = ExpressionPlan(expressions[0], self._terms)
        self._denominator = ExpressionPlan(expressions[1], self._terms, below=True)
        self._presence = ExpressionPlan(presence, self._terms)
        self._counted_of = [
            (int(row), self._places_counted(definitions[row]))
            for row in np.union1d(self._numerator.other, self._denominator.other)
        ]
        self._time = definitions[0].time
        self._is_of_now = any(term.is_stock for term in terms)
        held = [periods_of(item) for item in definitions]
        self._not_held = {period: _places(period not in some for some in held) for period in PERIODS}
        self._services = [
            np.array([frame.reference.service_index[code] for code in dict.fromkeys(_services(item))], dtype=np.intp)
            for item in definitions
        ]
        self._lay_columns_out(definitions)

    def _lay_columns_out(self, definitions: Sequence[Definition]) -> None:
        exists = np.array([self._frame.applicable.of(subjects_of(item)) for item in definitions])
        everywhere = np.arange(exists.shape[1], dtype=np.intp)
        some = np.flatnonzero(exists.any(axis=0))
        levels = [level.code for level in self._frame.reference.state.levels]

        def columns(places: Places) -> _Columns:
            bands = BandPlan(definitions, levels, self._frame.area_level[places])
            return _Columns(Window.of(places, len(everywhere)), ~exists[:, np.newaxis, places], bands)

        self._columns = columns
        self._whole = columns(everywhere)
        self._is_whole = any(map(_looks_below, definitions))
        self._narrow = self._narrowed(some)

    def _narrowed(self, places: Places) -> _Columns | None:
        """The columns of some areas; None where they are so many that all are evaluated at once."""
        is_few = len(places) <= _FEW_AREAS * len(self._whole.window.places)
        return self._columns(places) if is_few and not self._is_whole else None

    def widen(self, places: Places) -> None:
        """Evaluate further areas from now on: something was counted there, and may be taken back.

        Args:
            places: of the areas, in any order.
        """
        if self._narrow is not None:
            self._narrow = self._narrowed(np.union1d(self._narrow.window.places, places))

    def _places_counted(self, item: Definition) -> Places:
        """Terms of an indicator that count something."""
        terms = (*item.numerator.terms(), *item.denominator.terms())
        return np.array([self._terms.place[term] for term in terms if not term.is_static], dtype=np.intp)

    def failed(self) -> Slice:
        """State.ERROR wherever the indicators exist, in all their periods; the indicators have the same ones."""
        columns, time = self._whole, self._time
        periods = [period for period in PERIODS_OF[time] if not len(self._not_held[period])]
        state = np.where(columns.absent, State.NOT_APPLICABLE, State.ERROR).astype(np.uint8)
        state = state.repeat(1 if time in ALIKE else len(periods), axis=1)
        nothing = np.full(state.shape, np.nan)
        values = Values(nothing, nothing, nothing, np.zeros_like(state), state)
        return Slice(_places_of(periods), self.rows, columns.window.places, values)

    def slices(self, board: Board, used: Bools, wanted: Wanted = EVERYTHING) -> Iterator[Slice]:
        """The group's values.

        Args:
            board: the numbers.
            used: services that have had anything at all lately. Shape: [service].
            wanted: which of them.
        """
        raise NotImplementedError

    def _periods(self, wanted: Wanted) -> tuple[str, ...]:
        """The periods to evaluate; all of them where an indicator also counts what is open now."""
        every, some = PERIODS_OF[self._time], wanted.periods
        return every if some is None or self._is_of_now else tuple(one for one in every if one in some)

    def _unused(self, used: Bools) -> Places:
        """Counts of cases of services that have never been used."""
        mark = [bool(len(services)) and not used[services].any() for services in self._services]
        return np.intersect1d(np.flatnonzero(mark), self._counts)

    def _at(
        self, board: Board, periods: Sequence[str], unused: Places, touched: Window | None
    ) -> tuple[Places, Values]:
        """Values of some periods. Returns: the areas, and the values there."""
        columns, matrix = self._read_from(lambda window: self._terms.matrix(board, periods, window), touched)
        return columns.window.places, self._finished(self._parts(matrix, unused), columns)

    def _read_from(self, read: Callable[[Window], tuple[T, bool]], touched: Window | None) -> tuple[_Columns, T]:
        """Read the areas that are wanted; or the few where the group exists, or all if anything was counted elsewhere.

        What was counted elsewhere in areas that are not wanted did not change.
        """
        few = len(self._whole.window.places if self._narrow is None else self._narrow.window.places)
        if touched is not None and len(touched.places) < few and not self._is_whole:
            return self._whole.at(touched), read(touched)[0]
        if self._narrow is not None:
            found, is_elsewhere = read(self._narrow.window)
            if not is_elsewhere:
                return self._narrow, found
        return self._whole, read(self._whole.window)[0]

    def _parts(self, matrix: Floats, unused: Places) -> _Parts:
        numerator, denominator = self._numerator.compute(matrix), self._denominator.compute(matrix)
        missing = np.zeros(numerator.shape, dtype=np.bool_)
        if len(self._read):
            missing[self._read] = self._presence.compute(matrix) == 0
        missing[unused] = True
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self._factor * numerator
            value /= denominator
        active = denominator != 0
        np.copyto(value, np.nan, where=~active)
        for rows in (self._counts, self._of_static):
            active[rows] = numerator[rows] != 0
        for row, counted in self._counted_of:
            active[row] = matrix[counted].any(axis=0)
        return _Parts(numerator, denominator, value, missing, active)

    def _finished(self, parts: _Parts, columns: _Columns) -> Values:
        """States and bands, in the order of the rules."""
        value, numerator, denominator = parts.value, parts.numerator, parts.denominator
        state = np.zeros(value.shape, dtype=np.uint8)
        state[denominator < self._minimum] = State.SMALL_BASE
        state[np.isinf(value)] = State.ERROR
        np.copyto(value, np.nan, where=parts.missing)
        np.copyto(numerator, np.nan, where=parts.missing)
        nothing = np.isnan(value)
        state[nothing] = State.NO_DATA
        value[nothing] = np.nan  # one NaN, so that unchanged values are equal bit by bit
        nowhere = columns.absent & ~parts.active
        state[nowhere] = State.NOT_APPLICABLE
        for array in (value, numerator, denominator):
            np.copyto(array, np.nan, where=nowhere)
        return Values(value, numerator, denominator, columns.bands.bands(value, state), state)


class FlowGroup(Group):
    """Sums over the days of each period."""

    def slices(self, board: Board, used: Bools, wanted: Wanted = EVERYTHING) -> Iterator[Slice]:
        """See Group."""
        unused = self._unused(used)
        for periods in _in_steps(self._periods(wanted), len(self.rows)):
            areas, values = self._at(board, periods, unused, wanted.window)
            self._leave_out(values, periods)
            yield Slice(_places_of(periods), self.rows, areas, values)

    def _leave_out(self, values: Values, periods: Sequence[str]) -> None:
        """Not applicable in periods of which the board does not hold what an indicator asks for."""
        for place, period in enumerate(periods):
            rows = self._not_held[period]
            for array in (values.value, values.numerator, values.denominator):
                array[rows, place] = np.nan
            values.band[rows, place] = 0
            values.state[rows, place] = State.NOT_APPLICABLE


class NowGroup(Group):
    """Stocks and levels: one evaluation for all periods that end now."""

    def slices(self, board: Board, used: Bools, wanted: Wanted = EVERYTHING) -> Iterator[Slice]:
        """See Group."""
        now = self._at(board, ("today",), self._unused(used), wanted.window)
        yield Slice(_places_of(PERIODS_OF[TimeOperator.STOCK]), self.rows, *now)


class QuantileGroup(Group):
    """Quantiles of decision times; numerator none, denominator the number of decisions."""

    def __init__(self, rows: Places, definitions: Sequence[Definition], frame: Frame) -> None:
        """Lay them out; see Group."""
        super().__init__(rows, definitions, frame)
        self._shares = np.array([[[item.quantile if item.quantile is not None else 0.5]] for item in definitions])
        split = [frame.groups.split(int(row) for row in services) for services in self._services]
        self._added = np.array([row for of_one in split for row in of_one], dtype=np.intp)
        self._starts = np.cumsum([0, *(len(of_one) for of_one in split[:-1])])

    def slices(self, board: Board, used: Bools, wanted: Wanted = EVERYTHING) -> Iterator[Slice]:
        """See Group."""
        for periods in _in_steps(self._periods(wanted), len(self.rows)):
            columns, merged = self._read_from(partial(self._merged, board, periods), wanted.window)
            base = merged.sum(axis=0, dtype=np.float64)
            hours = quantile_hours(merged, self._shares)
            missing = np.zeros(base.shape, dtype=np.bool_)
            parts = _Parts(np.full(base.shape, np.nan), base, self._factor * hours, missing, base != 0)
            yield Slice(_places_of(periods), self.rows, columns.window.places, self._finished(parts, columns))

    def _merged(self, board: Board, periods: Sequence[str], window: Window) -> tuple[NDArray[np.integer], bool]:
        """The histogram of every indicator. Shape: [bin, indicator, period, column]."""
        read = [board.rolled_bins(period, self._added, window) for period in periods]
        merged = [added_up(bins, self._starts) for bins, _ in read]
        return np.stack(merged, axis=2), any(is_elsewhere for _, is_elsewhere in read)


#: The group that evaluates each kind of indicator.
GROUP_OF: Final = {
    TimeOperator.FLOW: FlowGroup,
    TimeOperator.STOCK: NowGroup,
    TimeOperator.LEVEL: NowGroup,
    TimeOperator.QUANTILE: QuantileGroup,
}


def subjects_of(item: Definition) -> tuple[str, ...]:
    """Codes of all subjects that an indicator's expressions name, sorted."""
    terms = (*item.numerator.terms(), *item.denominator.terms())
    return tuple(sorted({code for term in terms for code in term.subjects}))


def _in_steps(periods: tuple[str, ...], rows: int) -> list[tuple[str, ...]]:
    """All periods at once for few indicators, one by one for many: arrays that fit the cache are quicker."""
    return [periods] if periods and rows <= _FEW_ROWS else [(period,) for period in periods]


def _places_of(periods: Iterable[str]) -> tuple[int, ...]:
    return tuple(PERIODS.index(period) for period in periods)


def _services(item: Definition) -> Iterator[str]:
    return (code for term in item.numerator.terms() if term.is_service for code in term.subjects)


def _is_static(expression: Expression) -> bool:
    terms = expression.terms()
    return bool(terms) and all(term.is_static for term in terms)


def _looks_below(item: Definition) -> bool:
    """Whether it is worked out in areas below or by themselves, so that all areas are needed."""
    both = (*parts(item.numerator.root), *parts(item.denominator.root))
    return any(isinstance(part, PerArea) or (isinstance(part, Term) and part.own) for part in both)


def _places(marks: Iterable[bool]) -> Places:
    return np.flatnonzero(list(marks))
