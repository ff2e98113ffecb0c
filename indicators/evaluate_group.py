"""Indicators of some patterns about many subjects, laid out as arrays and evaluated in a few vectorised steps.

A group holds patterns (indicators/pattern.py) and parts: the sets of subjects of which all these patterns are said. A
column is a part in an area; only the columns that are wanted are evaluated. The rules for states are those at the head
of indicators/evaluate.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from indicators.applicability import Applicability
from indicators.band import BandPlan, Codes, Floats
from indicators.definition import Definition, TimeOperator
from indicators.expression import Expression, PerArea, Term
from indicators.expression.tree import parts
from indicators.pattern import Pattern, Subjects, codes_of
from indicators.period import ALIKE, PERIODS_OF, periods_of
from indicators.plan import Board, Columns, ExpressionPlan, Places, Slot, Static, TermPlan, board_terms, presence_of
from indicators.quantile import quantile_hours
from indicators.service_group import ServiceGroups
from warehouse.measure import DURATION_BINS
from warehouse.value import PERIODS, State

if TYPE_CHECKING:
    from warehouse.reference import Reference

Bools = NDArray[np.bool_]
#: So many values are worked out at a time: arrays that fit the cache are quicker.
_AT_ONCE: Final = 100_000


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
    """Values of some indicators in some periods and areas.

    Attributes:
        periods: places in PERIODS.
        rows: places in the catalogue; every column has indicators of its own. Shape: [indicator, column].
        areas: places in reference.areas. Shape: [column].
        values: Shape: [indicator, len(periods), column]; the second axis has length 1 if they hold for all periods
            alike.
    """

    periods: tuple[int, ...]
    rows: Places
    areas: Places
    values: Values


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which values are wanted; more may come.

    Attributes:
        where: the areas of every part of the catalogue. Shape: [part, area].
        periods: None = all.
    """

    where: Bools
    periods: Collection[str] | None = None


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
class Part:
    """What indicators are about.

    Attributes:
        place: among the parts of the catalogue.
        subjects: what stands in the places of their patterns.
    """

    place: int
    subjects: Subjects


@dataclass(frozen=True, slots=True)
class _Made:
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
    """Indicators of one kind.

    Attributes:
        rows: places in the catalogue. Shape: [pattern, part].
        parts: places of its parts among those of the catalogue. Shape: [part].
    """

    #: So many numbers are read for one value, more or less.
    _READ_FOR_ONE = 1

    def __init__(
        self,
        patterns: Sequence[Pattern],
        parts: Sequence[Part],
        rows: Places,
        definitions: Sequence[Sequence[Definition]],
        frame: Frame,
    ) -> None:
        """Lay them out.

        Args:
            patterns: of one kind.
            parts: of which all of them are said.
            rows: places of the indicators in the catalogue. Shape: [pattern, part].
            definitions: the indicators, the same way.
            frame: what all groups share.
        """
        self.rows = rows
        self.parts = np.array([part.place for part in parts], dtype=np.intp)
        subjects = [part.subjects for part in parts]
        self._frame = frame
        self._factor = np.array([[[pattern.factor]] for pattern in patterns])
        self._minimum = np.array([[item.minimum_base for item in row] for row in definitions])
        self._counts = np.flatnonzero([pattern.is_count for pattern in patterns])
        self._of_static = np.flatnonzero([_is_static(pattern.denominator) for pattern in patterns])
        presences = [presence_of(pattern.numerator) for pattern in patterns]
        self._read = np.flatnonzero([expression is not None for expression in presences])
        presence = [expression for expression in presences if expression is not None]
        numerators, denominators = ([getattr(one, name) for one in patterns] for name in ("numerator", "denominator"))
        terms = [term for some in (numerators, presence) for one in some for term in board_terms(one)]
        terms += [term for one in denominators for term in board_terms(one, below=True)]
        self._terms = TermPlan(terms, subjects, frame.reference, frame.static, frame.groups)
        self._numerator = ExpressionPlan(numerators, self._terms)
        self._denominator = ExpressionPlan(denominators, self._terms, below=True)
        self._presence = ExpressionPlan(presence, self._terms)
        self._counted_of = [
            (int(row), self._places_counted(patterns[row]))
            for row in np.union1d(self._numerator.other, self._denominator.other)
        ]
        self._time = patterns[0].time
        self._is_of_now = any(term.is_stock for term in terms)
        held = [periods_of(row[0]) for row in definitions]
        self._not_held = {period: _places(period not in some for some in held) for period in PERIODS}
        self._services = [
            [self._terms.services(term) for term in pattern.numerator.terms() if term.is_service]
            for pattern in patterns
        ]
        self._is_whole = any(map(_looks_below, patterns))
        self._bands = BandPlan(definitions, [level.code for level in frame.reference.state.levels])
        self._exists = np.array([frame.applicable.of(codes_of(one)) for one in subjects])
        self._prepare(patterns)

    def _prepare(self, patterns: Sequence[Pattern]) -> None:
        """Lay out what one kind alone needs."""

    def _places_counted(self, pattern: Pattern) -> Places:
        """Terms of an indicator that count something."""
        terms = (*pattern.numerator.terms(), *pattern.denominator.terms())
        return np.array([self._terms.place[term] for term in terms if not term.is_static], dtype=np.intp)

    def failed(self) -> Slice:
        """State.ERROR wherever the indicators exist, in all their periods; the indicators have the same ones."""
        columns = Columns(*np.nonzero(self._exists))
        periods = [period for period in PERIODS_OF[self._time] if not len(self._not_held[period])]
        shape = len(self.rows), 1 if self._time in ALIKE else len(periods), len(columns.area)
        nothing, unbanded = np.full(shape, np.nan), np.zeros(shape, dtype=np.uint8)
        values = Values(nothing, nothing, nothing, unbanded, np.full(shape, State.ERROR, dtype=np.uint8))
        return self._slice(periods, columns, values)

    def slices(self, board: Board, used: Bools, wanted: Wanted) -> Iterator[Slice]:
        """The group's values.

        Args:
            board: the numbers.
            used: services that have had anything at all lately. Shape: [service].
            wanted: which of them.
        """
        periods = self._periods(wanted)
        unused = self._unused(used)
        for columns in self._columns(wanted.where, len(periods)) if periods else ():
            values = self._finished(self._made(board, periods, columns, unused), columns)
            self._leave_out(values, periods)
            yield self._slice(self._periods_of(periods), columns, values)

    def _periods(self, wanted: Wanted) -> tuple[str, ...]:
        """The periods to evaluate; all of them where an indicator also counts what is open now."""
        every, some = PERIODS_OF[self._time], wanted.periods
        return every if some is None or self._is_of_now else tuple(one for one in every if one in some)

    def _periods_of(self, evaluated: Sequence[str]) -> Sequence[str]:
        """The periods that values of some periods are of."""
        return evaluated

    def _columns(self, where: Bools, periods: int) -> Iterator[Columns]:
        """The columns that are wanted, in steps. Args: see Wanted; how many periods are evaluated."""
        wanted = where[self.parts]
        if self._is_whole:
            for number in np.flatnonzero(wanted.any(axis=1)):
                yield Columns(np.full(wanted.shape[1], number), np.arange(wanted.shape[1]))
            return
        part, area = np.nonzero(wanted)
        step = max(_AT_ONCE // (len(self.rows) * periods * self._READ_FOR_ONE), 1)
        for begin in range(0, len(part), step):
            yield Columns(part[begin : begin + step], area[begin : begin + step])

    def _slice(self, periods: Iterable[str], columns: Columns, values: Values) -> Slice:
        return Slice(_places_of(periods), self.rows[:, columns.part], columns.area, values)

    def _unused(self, used: Bools) -> Bools:
        """Counts of cases of services that have never been used. Shape: [pattern, part]."""
        mark = np.zeros(self.rows.shape, dtype=np.bool_)
        for row in self._counts:
            if self._services[row]:
                mark[row] = True
                for of_parts in self._services[row]:
                    mark[row] &= ~of_parts.any_of(used)
        return mark

    def _made(self, board: Board, periods: Sequence[str], columns: Columns, unused: Bools) -> _Made:
        matrix = self._terms.matrix(board, periods, columns)
        numerator, denominator = self._numerator.compute(matrix), self._denominator.compute(matrix)
        missing = np.zeros(numerator.shape, dtype=np.bool_)
        if len(self._read):
            missing[self._read] = self._presence.compute(matrix) == 0
        missing |= unused[:, np.newaxis, columns.part]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self._factor * numerator
            value /= denominator
        active = denominator != 0
        np.copyto(value, np.nan, where=~active)
        for rows in (self._counts, self._of_static):
            active[rows] = numerator[rows] != 0
        for row, counted in self._counted_of:
            active[row] = matrix[counted].any(axis=0)
        return _Made(numerator, denominator, value, missing, active)

    def _finished(self, made: _Made, columns: Columns) -> Values:
        """States and bands, in the order of the rules."""
        value, numerator, denominator = made.value, made.numerator, made.denominator
        state = np.zeros(value.shape, dtype=np.uint8)
        state[denominator < self._minimum[:, np.newaxis, columns.part]] = State.SMALL_BASE
        state[np.isinf(value)] = State.ERROR
        np.copyto(value, np.nan, where=made.missing)
        np.copyto(numerator, np.nan, where=made.missing)
        nothing = np.isnan(value)
        state[nothing] = State.NO_DATA
        value[nothing] = np.nan  # one NaN, so that unchanged values are equal bit by bit
        nowhere = ~self._exists[columns.part, columns.area] & ~made.active
        state[nowhere] = State.NOT_APPLICABLE
        for array in (value, numerator, denominator):
            np.copyto(array, np.nan, where=nowhere)
        band = self._bands.bands(value, state, columns.part, self._frame.area_level[columns.area])
        return Values(value, numerator, denominator, band, state)

    def _leave_out(self, values: Values, periods: Sequence[str]) -> None:
        """Not applicable in periods of which the board does not hold what an indicator asks for."""
        for place, period in enumerate(periods):
            rows = self._not_held[period]
            for array in (values.value, values.numerator, values.denominator):
                array[rows, place] = np.nan
            values.band[rows, place] = 0
            values.state[rows, place] = State.NOT_APPLICABLE


class FlowGroup(Group):
    """Sums over the days of each period."""


class NowGroup(Group):
    """Stocks and levels: one evaluation for all periods that end now."""

    def _periods(self, wanted: Wanted) -> tuple[str, ...]:
        return ("today",)

    def _periods_of(self, evaluated: Sequence[str]) -> Sequence[str]:
        return PERIODS_OF[TimeOperator.STOCK]

    def _leave_out(self, values: Values, periods: Sequence[str]) -> None:
        """They are of now, whatever was asked for."""


class QuantileGroup(Group):
    """Quantiles of decision times; numerator none, denominator the number of decisions."""

    _READ_FOR_ONE = DURATION_BINS

    def _prepare(self, patterns: Sequence[Pattern]) -> None:
        self._shares = np.array([0.5 if one.quantile is None else one.quantile for one in patterns])
        self._slots = [self._terms.slot(pattern.numerator.terms()[0]) for pattern in patterns]

    def _made(self, board: Board, periods: Sequence[str], columns: Columns, unused: Bools) -> _Made:
        merged = np.stack([self._merged(slot, board, periods, columns) for slot in self._slots], axis=1)
        base = merged.sum(axis=0, dtype=np.float64)
        hours = quantile_hours(merged, self._shares[:, np.newaxis, np.newaxis])
        missing = np.zeros(base.shape, dtype=np.bool_)
        return _Made(np.full(base.shape, np.nan), base, self._factor * hours, missing, base != 0)

    @staticmethod
    def _merged(slot: Slot, board: Board, periods: Sequence[str], columns: Columns) -> NDArray[np.int64]:
        """The histograms of one pattern. Shape: [bin, period, column]."""
        pairs = slot.pairs(columns)
        return pairs.added_up(board.bins_at(periods, pairs.distinct))


#: The group that evaluates each kind of indicator.
GROUP_OF: Final = {
    TimeOperator.FLOW: FlowGroup,
    TimeOperator.STOCK: NowGroup,
    TimeOperator.LEVEL: NowGroup,
    TimeOperator.QUANTILE: QuantileGroup,
}


def _places_of(periods: Iterable[str]) -> tuple[int, ...]:
    return tuple(PERIODS.index(period) for period in periods)


def _is_static(expression: Expression) -> bool:
    terms = expression.terms()
    return bool(terms) and all(term.is_static for term in terms)


def _looks_below(pattern: Pattern) -> bool:
    """Whether it is worked out in areas below or by themselves, so that all areas are needed."""
    both = (*parts(pattern.numerator.root), *parts(pattern.denominator.root))
    return any(isinstance(part, PerArea) or (isinstance(part, Term) and part.own) for part in both)


def _places(marks: Iterable[bool]) -> Places:
    return np.flatnonzero(list(marks))
