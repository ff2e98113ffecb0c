"""The board back end of the expression language: index arrays made once, used for every evaluation.

A term of a definition is one measure summed over some subjects. The plan knows which rows of the board's arrays to
add up for every distinct term; linear numerators and denominators are then one gather, the rest is worked out on the
terms as indicators/expression/meaning.py says. Everything is restricted to the indicators that are asked for, so that a
batch touching three services costs what their indicators cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
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
    When,
)
from indicators.expression.arrays import ArrayAlgebra, Cells
from indicators.expression.meaning import Leaf, Meaning
from indicators.expression.tree import parts
from indicators.period import held_period, period_number
from indicators.service_group import ServiceGroups
from indicators.tree_sum import Window

if TYPE_CHECKING:
    from warehouse.reference import Reference

N = TypeVar("N", np.int64, np.float64)
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.intp]
#: Period, measure and rows.
Asked: TypeAlias = tuple[str, str, Places]

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
        subjects: places in reference.subjects, in order.
        areas: places in reference.areas, those above a changed one included, in order.
        periods: in which flows or histograms did; stocks and levels are of now.
    """

    subjects: Places
    areas: Places
    periods: frozenset[str]

    @classmethod
    def nothing(cls) -> Touched:
        """Nothing changed."""
        return cls(_places(()), _places(()), frozenset())

    def plus(self, other: Touched) -> Touched:
        """Both together."""
        return Touched(
            np.union1d(self.subjects, other.subjects),
            np.union1d(self.areas, other.areas),
            self.periods | other.periods,
        )


class Board(Protocol):
    """What evaluation reads of the board: integers summed over the subtree of every area."""

    @property
    def version(self) -> int:
        """Grows whenever any of the numbers below changed."""
        ...

    def rolled(self, asked: Sequence[Asked], window: Window) -> tuple[list[Integers], bool]:
        """Measures of some services and groups, or of some metrics; stocks and levels ignore the period.

        Returns:
            Each of Shape: [row, column]; and whether any of it is not zero outside of the window.
        """
        ...

    def rolled_bins(self, period: str, rows: Places, window: Window) -> tuple[Integers, bool]:
        """Histograms of decision times; periods mtd, fy and lm only. Shape: [bin, row, column]."""
        ...

    def within(self, area: int, period: str, measure: str) -> Integers:
        """A measure in one area. Shape: [row of all]."""
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
class _Gather:
    """Which rows of the board make which terms.

    Attributes:
        measure: name in the expression language.
        when: which time they are of.
        own: of areas by themselves.
        rows: of the board; those of one term stand together.
        starts: the first row of each term. Shape: [term].
        filled: row of the term matrix that each term fills. Shape: [term].
    """

    measure: str
    when: When
    own: bool
    rows: Places
    starts: Places
    filled: Places


def added_up(block: NDArray[N], starts: Places) -> NDArray[N]:
    """Sums of rows that stand together; most stand alone, which a general reduction makes slow.

    Args:
        block: Shape: […, row, column].
        starts: the first row of each sum.
    """
    if len(starts) == block.shape[-2]:
        return block
    ends = np.append(starts[1:], block.shape[-2])
    made = block[..., starts, :]
    for number in np.flatnonzero(ends - starts > 1):
        made[..., number, :] += block[..., starts[number] + 1 : ends[number], :].sum(axis=-2)
    return made


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
    """The distinct terms of some expressions, as rows of a matrix [term, period, area]."""

    def __init__(self, terms: Iterable[Term], reference: Reference, static: Static, groups: ServiceGroups) -> None:
        self.terms = tuple(dict.fromkeys(terms))
        self.place = {term: place for place, term in enumerate(self.terms)}
        self._areas = len(reference.areas)
        self._year_start_month = reference.state.fiscal_year_start_month
        self._static = static
        self._groups = groups
        self.tree = static.tree
        by_array: dict[tuple[str, When, bool], list[Term]] = {}
        self._fixed = [term for term in self.terms if term.is_static and term.measure != DECLARED]
        for term in self.terms:
            if term not in self._fixed:
                by_array.setdefault((term.measure, term.when, term.own), []).append(term)
        index = {**reference.service_index, **reference.metric_index}
        self._gathers = [self._gather(terms_of, index) for terms_of in by_array.values()]

    def _gather(self, terms: Sequence[Term], index: dict[str, int]) -> _Gather:
        rows = [[index[code] for code in term.subjects] for term in terms]
        if terms[0].is_service:
            rows = [self._groups.split(of_term) for of_term in rows]
        return _Gather(
            measure=terms[0].measure,
            when=terms[0].when,
            own=terms[0].own,
            rows=_places(row for of_term in rows for row in of_term),
            starts=_places(accumulate(map(len, rows[:-1]), initial=0)),
            filled=_places(self.place[term] for term in terms),
        )

    def matrix(self, board: Board, periods: Sequence[str], window: Window) -> tuple[Floats, bool]:
        """The value of every term in some areas, in the units of the expression language.

        Args:
            board: the numbers.
            periods: some of PERIODS; stocks and levels are the same in all.
            window: the areas; all of them where a term is of areas by themselves.

        Returns:
            0 where nothing was reported, and in periods that the board does not hold; and whether anything was counted
            outside of the window. Shape: [term, period, column].
        """
        made = np.empty((len(self.terms), len(periods), len(window.places)))
        for term in self._fixed:
            for place, period in enumerate(periods):
                made[self.place[term], place] = self._fact(term, board, period, window)
        asked: list[Asked] = []
        targets: list[tuple[_Gather, int]] = []
        for gather in self._gathers:
            for place, period in enumerate(periods):
                held = held_period(period, gather.when)
                if held is None:
                    made[gather.filled, place] = 0
                elif gather.measure == DECLARED:
                    declared = added_up(self._static.declared[gather.rows][:, window.places], gather.starts)
                    made[gather.filled, place] = self.tree.own(declared) if gather.own else declared
                else:
                    targets.append((gather, place))
                    asked += [(held, measure, gather.rows) for measure in _read_for(gather.measure)]
        blocks, is_elsewhere = board.rolled(asked, window)
        in_turn = iter(blocks)
        for gather, place in targets:
            values = added_up(next(in_turn), gather.starts).astype(np.float64)
            if gather.measure == "average":
                values /= np.maximum(added_up(next(in_turn), gather.starts), 1)
            if gather.measure in THOUSANDTHS:
                values /= 1000.0
            made[gather.filled, place] = self.tree.own(values) if gather.own else values
        return made, is_elsewhere

    def _fact(self, term: Term, board: Board, period: str, window: Window) -> Floats | float:
        """A term that nobody reports."""
        if term.measure == POPULATION:
            return self._static.population[window.places]
        if term.measure == AREAS:
            counted = self._static.areas[term.level]
            return (self.tree.own(counted) if term.own else counted)[window.places]
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
            NaN where an expression that is not linear has no value; rows `other`. Shape: [expression, period, area].
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
        """Shape: [period, area]."""
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
