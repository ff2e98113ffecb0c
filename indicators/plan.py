"""The board back end of the expression language: index arrays made once, used for every evaluation.

A term of a pattern (indicators/pattern.py) is one measure summed over the subjects that stand in one of its places. The
plan knows which of the board's pairs to add up for it; linear numerators and denominators are then one gather, the rest
is worked out on the terms as indicators/expression/meaning.py says. What is evaluated are columns, each some subjects
in an area, so that three events in three places cost what their subjects cost there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from indicators.area_tree import AreaTree
from indicators.expression import (
    AREAS,
    DECLARED,
    POPULATION,
    THOUSANDTHS,
    Expression,
    Linear,
    Missing,
    Node,
    Operation,
    PerArea,
    Term,
)
from indicators.expression.arrays import ArrayAlgebra, Cells
from indicators.expression.meaning import Leaf, Meaning
from indicators.expression.tree import parts
from indicators.pattern import Subjects
from indicators.period import held_period, period_number
from indicators.service_group import ServiceGroups
from warehouse.ranges import joined_ranges

if TYPE_CHECKING:
    from warehouse.reference import Reference

Amount = TypeVar("Amount", np.int64, np.float64)
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.intp]
#: Period and measure.
Asked: TypeAlias = tuple[str, str]

#: The board's names of metric measures.
BOARD_NAME: Final = {
    "sum": "reading_sum",
    "average": "reading_sum",
    "expected": "expected_sum",
    "level": "level_sum",
    "assets": "assets_reporting",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """What changed in a board: nothing else did, in no other place.

    Attributes:
        pairs: subjects in areas, those above a changed one included: place in reference.subjects × areas + area.
            Distinct, in order.
        periods: in which flows or histograms did; stocks and levels are of now.
    """

    pairs: Integers
    periods: frozenset[str]

    @classmethod
    def nothing(cls) -> Touched:
        """Nothing changed."""
        return cls(np.empty(0, dtype=np.int64), frozenset())

    def plus(self, other: Touched) -> Touched:
        """Both together."""
        return Touched(np.union1d(self.pairs, other.pairs), self.periods | other.periods)


class Board(Protocol):
    """What evaluation reads of the board: integers summed over the subtree of every area."""

    @property
    def version(self) -> int:
        """Grows whenever any of the numbers below changed."""
        ...

    def at(self, asked: Sequence[Asked], pairs: Integers) -> Integers:
        """Measures of services and their groups, or of metrics; stocks and levels ignore the period.

        Args:
            asked: which; all of services, or all of metrics.
            pairs: row × areas + area; distinct, in order.

        Returns:
            Shape: [asked, pair].
        """
        ...

    def bins_at(self, periods: Sequence[str], pairs: Integers) -> Integers:
        """Histograms of decision times; periods mtd, fy and lm only. Shape: [bin, period, pair]."""
        ...

    def counted(self) -> Integers:
        """Pairs of subjects (as in Touched) of which anything is counted."""
        ...

    def in_use(self) -> NDArray[np.bool_]:
        """Which services had anything lately in the whole state, or have cases open. Shape: [service]."""
        ...

    def span(self, period: str) -> tuple[date, date]:
        """First and last day of a period as counted now."""
        ...


@dataclass(frozen=True, slots=True)
class Static:
    """Terms that reference data alone decide.

    Attributes:
        population: people. Shape: [area].
        declared: assets that ought to report. Shape: [metric, area].
        areas: areas of each level in the subtree. Shape: by level, [area].
        tree: who is below whom.
    """

    population: Floats
    declared: Floats
    areas: Mapping[str, Floats]
    tree: AreaTree

    @classmethod
    def of(cls, reference: Reference) -> Static:
        """From reference data; an area without a population of its own has the sum of those below it."""
        count = len(reference.areas)
        own = [area.population for area in reference.areas]
        people = np.zeros(count)
        for place in range(count - 1, -1, -1):
            population = own[place]
            people[place] += 0 if population is None else population - people[place]
            if reference.area_parent[place] >= 0:
                people[reference.area_parent[place]] += people[place]
        levels = [level.code for level in reference.state.levels]
        of_level = np.array([[float(area.level == level) for area in reference.areas] for level in levels])
        counted = dict(zip(levels, reference.with_below(of_level), strict=True))
        return cls(people, reference.assets_declared().astype(np.float64), counted, AreaTree(reference.area_parent))


@dataclass(frozen=True, slots=True)
class Columns:
    """What is evaluated: some subjects in an area each; those of one part stand together, areas in order.

    Attributes:
        part: places among the parts of a plan. Shape: [column].
        area: places in reference.areas. Shape: [column].
    """

    part: Places
    area: Places


class Slot:
    """The rows of the board that stand in one place of a pattern, for every part."""

    def __init__(self, rows: Sequence[Sequence[int]], areas: int) -> None:
        """Args: the rows of each part, at least one; how many areas there are."""
        self._areas = areas
        self._rows = _places(row for of_part in rows for row in of_part)
        self._count = _places(map(len, rows))
        self._start = np.cumsum(self._count) - self._count

    def any_of(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether any row of a part is marked. Args: Shape: [row]. Returns: Shape: [part]."""
        found: NDArray[np.bool_] = np.logical_or.reduceat(marked[self._rows], self._start)
        return found

    def pairs(self, columns: Columns) -> SlotPairs:
        """The board's pairs in some columns."""
        count = self._count[columns.part]
        rows = self._rows[joined_ranges(self._start[columns.part], count)]
        pairs = rows * self._areas + np.repeat(columns.area, count)
        starts = None if len(pairs) == len(count) else np.cumsum(count) - count
        if (np.diff(pairs) > 0).all():
            return SlotPairs(pairs, None, starts)
        distinct, back = np.unique(pairs, return_inverse=True)
        return SlotPairs(distinct, back, starts)


@dataclass(frozen=True, slots=True)
class SlotPairs:
    """The pairs that some columns are made of.

    Attributes:
        distinct: each once, in order.
        back: the place of every pair among them; None = they are the same.
        starts: the first pair of every column; None = each has one.
    """

    distinct: Integers
    back: Places | None
    starts: Places | None

    def added_up(self, block: NDArray[Amount]) -> NDArray[Amount]:
        """Sums of columns. Args: of distinct pairs. Shape: […, pair]. Returns: Shape: […, column]."""
        if self.back is not None:
            block = block[..., self.back]
        return block if self.starts is None else np.add.reduceat(block, self.starts, axis=-1)


def _read_for(measure: str) -> tuple[str, ...]:
    """The board's measures that a measure of the expression language is made of."""
    name = BOARD_NAME.get(measure, measure)
    return (name, "readings") if measure == "average" else (name,)


def _places(numbers: Iterable[int]) -> Places:
    return np.array(list(numbers), dtype=np.intp)


def board_terms(expression: Expression, *, below: bool = False) -> Iterator[Term]:
    """What an expression needs of the board.

    Args:
        expression: numerator, denominator, or what presence_of says.
        below: it is a denominator.

    Returns:
        Its terms and, unless it is a plain sum, what tells whether anything was reported.
    """
    is_plain = is_zero_where_missing(expression) if below else expression.linear() is not None
    for term in expression.terms():
        yield term
        presence = term.presence
        if presence is not None and not is_plain:
            yield presence


def presence_of(expression: Expression) -> Expression | None:
    """What is 0 exactly where a linear expression has no value by its missing-value rule; None = it always has one.

    Anything that is not linear knows by itself where it has no value.
    """
    counted = [term for term in expression.terms() if not term.is_static]
    found = [presence for term in counted if (presence := term.presence) is not None]
    is_filled = expression.missing is Missing.SKIP and len(found) < len(counted)
    if not found or is_filled or expression.missing is Missing.ZERO or expression.linear() is None:
        return None
    root: Node = found[0]
    for term in dict.fromkeys(found[1:]):
        root = Operation("*" if expression.missing is Missing.NULL else "+", root, term)
    return Expression("presence", root, Missing.ZERO)


def is_zero_where_missing(expression: Expression) -> bool:
    """Whether a denominator is linear and 0 wherever it has no value, so that one need not ask."""
    linear = expression.linear()
    if linear is None or presence_of(expression) is None:
        return linear is not None
    is_all_reported = linear[1] == 0 and all(term.presence is not None for term in linear[0])
    return is_all_reported and (expression.missing is Missing.SKIP or len(linear[0]) == 1)


class TermPlan:
    """The distinct terms of some patterns, as rows of a matrix [term, period, column]."""

    def __init__(
        self,
        terms: Iterable[Term],
        parts: Sequence[Subjects],
        reference: Reference,
        static: Static,
        groups: ServiceGroups,
    ) -> None:
        """Lay them out.

        Args:
            terms: of patterns.
            parts: the subjects that stand in the patterns' places, for every part.
            reference: the state.
            static: population and declared assets.
            groups: services that the board sums up together.
        """
        self.terms = tuple(dict.fromkeys(terms))
        self.place = {term: place for place, term in enumerate(self.terms)}
        self._year_start_month = reference.state.fiscal_year_start_month
        self._static = static
        self._parts = parts
        self._reference = reference
        self._groups = groups
        self.tree = static.tree
        self._fixed = [term for term in self.terms if term.is_static and term.measure != DECLARED]
        by_slot: dict[tuple[bool, tuple[str, ...]], list[Term]] = {}
        for term in self.terms:
            if term not in self._fixed:
                by_slot.setdefault((term.is_service, term.subjects), []).append(term)
        self._slots = [(self.slot(some[0]), some) for some in by_slot.values()]

    def slot(self, term: Term) -> Slot:
        """What stands in a term's place, services in groups where they can be. Args: of services or metrics."""
        rows = self._rows(term)
        if term.is_service:
            rows = [self._groups.split(some) for some in rows]
        return Slot(rows, len(self._reference.areas))

    def services(self, term: Term) -> Slot:
        """The services that stand in a term's place, one by one. Args: of services."""
        return Slot(self._rows(term), len(self._reference.areas))

    def _rows(self, term: Term) -> list[list[int]]:
        """Places of the subjects of every part."""
        index = self._reference.service_index if term.is_service else self._reference.metric_index
        place = int(term.subjects[0])
        return [sorted(index[code] for code in of_part[place]) for of_part in self._parts]

    def matrix(self, board: Board, periods: Sequence[str], columns: Columns) -> Floats:
        """The value of every term, in the units of the expression language.

        Args:
            board: the numbers.
            periods: some of PERIODS; stocks and levels are the same in all.
            columns: where; all areas, once, where a term is of areas by themselves.

        Returns:
            0 where nothing was reported, and in periods that the board does not hold. Shape: [term, period, column].
        """
        made = np.zeros((len(self.terms), len(periods), len(columns.area)))
        for term in self._fixed:
            for place, period in enumerate(periods):
                made[self.place[term], place] = self._fact(term, board, period, columns.area)
        for slot, terms in self._slots:
            self._fill(made, board, periods, slot.pairs(columns), terms)
        return made

    def _fill(
        self, made: Floats, board: Board, periods: Sequence[str], pairs: SlotPairs, terms: Sequence[Term]
    ) -> None:
        """Put the terms of one slot into the matrix."""
        held = {term: [held_period(period, term.when) for period in periods] for term in terms}
        asked = dict.fromkeys(
            (one, measure)
            for term in terms
            for one in held[term]
            if one is not None and term.measure != DECLARED
            for measure in _read_for(term.measure)
        )
        found = dict(zip(asked, pairs.added_up(board.at(list(asked), pairs.distinct)), strict=True))
        for term in terms:
            for place, period in enumerate(held[term]):
                if period is None:
                    continue
                if term.measure == DECLARED:
                    values = pairs.added_up(self._static.declared.ravel()[pairs.distinct])
                else:
                    values = self._in_units(term, *(found[period, name] for name in _read_for(term.measure)))
                made[self.place[term], place] = self.tree.own(values) if term.own else values

    @staticmethod
    def _in_units(term: Term, total: Integers, readings: Integers | None = None) -> Floats:
        values = total.astype(np.float64)
        if readings is not None:
            values /= np.maximum(readings, 1)
        if term.measure in THOUSANDTHS:
            values /= 1000.0
        return values

    def _fact(self, term: Term, board: Board, period: str, areas: Places) -> Floats | float:
        """A term that nobody reports."""
        if term.measure == POPULATION:
            return self._static.population[areas]
        if term.measure == AREAS:
            counted = self._static.areas[term.level]
            return (self.tree.own(counted) if term.own else counted)[areas]
        held = held_period(period, term.when)
        if held is None:
            return 0.0
        return period_number(term.measure, held, board.span(held), self._year_start_month)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Linear expressions of as many terms.

    Attributes:
        rows: places of the expressions. Shape: [row].
        terms: rows of the term matrix. Shape: [row, term].
        coefficients: Shape: [row, term].
        rest: what is added. Shape: [row].
    """

    rows: Places
    terms: Places
    coefficients: Floats
    rest: Floats

    def compute(self, matrix: Floats) -> Floats:
        """Shape: [row, period, column]."""
        made = np.empty((len(self.rows), *matrix.shape[1:]))
        made[:] = self.rest[:, np.newaxis, np.newaxis]
        for number in range(self.terms.shape[1]):
            made += self.coefficients[:, number, np.newaxis, np.newaxis] * matrix[self.terms[:, number]]
        return made


class ExpressionPlan:
    """Many expressions over one matrix of terms."""

    def __init__(self, expressions: Sequence[Expression], terms: TermPlan, *, below: bool = False) -> None:
        """Sort them by how they are worked out.

        Args:
            expressions: with their terms in the plan.
            terms: the plan.
            below: they are denominators, of which nobody else asks whether they have a value.
        """
        self._count = len(expressions)
        self._terms = terms
        single: list[tuple[int, int]] = []
        linears: dict[int, list[tuple[int, Linear]]] = {}
        self._other: list[tuple[int, Expression]] = []
        for row, expression in enumerate(expressions):
            linear = expression.linear()
            if linear is None or (below and not is_zero_where_missing(expression)):
                self._other.append((row, expression))
            elif list(linear[0].values()) == [1.0] and linear[1] == 0:
                single.append((row, terms.place[next(iter(linear[0]))]))
            else:
                linears.setdefault(len(linear[0]), []).append((row, linear))
        self._rows = np.array([row for row, _ in single], dtype=np.intp)
        self._picked = np.array([place for _, place in single], dtype=np.intp)
        self._linear = [self._sums(some) for some in linears.values()]
        self.other = _places(row for row, _ in self._other)

    def _sums(self, linears: list[tuple[int, Linear]]) -> _Sums:
        """Args: places of expressions, and what they are; all of as many terms."""
        shape = len(linears), -1
        return _Sums(
            _places(row for row, _ in linears),
            _places(self._terms.place[term] for _, (parts_of, _) in linears for term in parts_of).reshape(shape),
            np.array([list(parts_of.values()) for _, (parts_of, _) in linears], dtype=np.float64).reshape(shape),
            np.array([rest for _, (_, rest) in linears], dtype=np.float64),
        )

    def compute(self, matrix: Floats) -> Floats:
        """The value of every expression.

        Args:
            matrix: values of the terms.

        Returns:
            NaN where an expression that is not linear has no value; rows `other`. Shape: [expression, period, column].
        """
        if len(self._rows) == self._count:
            return matrix.take(self._picked, axis=0)
        made = np.empty((self._count, *matrix.shape[1:]))
        made[self._rows] = matrix.take(self._picked, axis=0)
        for sums in self._linear:
            made[sums.rows] = sums.compute(matrix)
        meaning = Meaning(ArrayAlgebra(), _MatrixSource(self._terms, matrix))
        for row, expression in self._other:
            made[row] = meaning.of(expression)
        return made


class _MatrixSource:
    """Measures from a matrix of terms; see indicators.expression.meaning.Source."""

    def __init__(self, terms: TermPlan, matrix: Floats) -> None:
        self._terms = terms
        self._matrix = matrix

    def term(self, term: Term) -> Leaf[Cells]:
        """Shape: [period, column]."""
        presence = term.presence
        known = None if presence is None else self._matrix[self._terms.place[presence]] != 0
        return Leaf(self._matrix[self._terms.place[term]], known)

    def per_area(self, node: PerArea, missing: Missing) -> Leaf[Cells]:
        """Shape: [period, area]; the matrix must be of all areas."""
        values = np.broadcast_to(Meaning(ArrayAlgebra(), self).of_part(node.root, missing), self._matrix.shape[1:])
        recorded = np.zeros(values.shape, dtype=np.bool_)
        for term in parts(node.root):
            if isinstance(term, Term) and not term.is_static:
                recorded |= self._matrix[self._terms.place[term.presence or term]] != 0
        made = self._terms.tree.spread(values, recorded & ~np.isnan(values), node.spread)
        return Leaf(made, ~np.isnan(made))
