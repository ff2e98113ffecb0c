"""The board back end of the expression language: index arrays made once, used for every evaluation.

A term of a definition is one measure summed over some subjects. The plan knows which rows of the board's arrays to
add up for every distinct term; linear numerators and denominators are then one gather, the rest is worked out on the
terms. Everything is restricted to the indicators that are asked for, so that a batch touching three services costs
what their indicators cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from indicators.expression import DECLARED, POPULATION, THOUSANDTHS, Expression, Linear, Node, Term, compute
from indicators.group_sum import GroupSums

if TYPE_CHECKING:
    from warehouse.reference import Reference

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.intp]

#: The board's names of metric measures.
BOARD_NAME: Final = {
    "sum": "reading_sum",
    "expected": "expected_sum",
    "level": "level_sum",
    "assets": "assets_reporting",
}


class Board(Protocol):
    """What evaluation reads of the board: integers summed over the subtree of every area."""

    @property
    def version(self) -> int:
        """Grows whenever any of the numbers below changed."""
        ...

    def rolled(self, period: str, measure: str) -> Integers:
        """A measure. Shape: [service, area], or [metric, area] for measures of metrics; stocks ignore the period."""
        ...

    def rolled_bins(self, period: str) -> NDArray[np.integer]:
        """Histogram of decision times. Shape: [bin, service, area]; periods mtd and fy only."""
        ...


@dataclass(frozen=True, slots=True)
class Static:
    """Terms that reference data alone decide.

    Attributes:
        population: people. Shape: [area].
        declared: assets that ought to report. Shape: [metric, area].
    """

    population: Floats
    declared: Floats

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
        declared = np.zeros((len(reference.metrics), count))
        for asset in reference.assets.values():
            for metric in asset.metrics:
                declared[reference.metric_index[metric], reference.area_index[asset.area]] += 1
        return cls(people, roll(declared, reference.area_end))


def roll(leaf: Floats, area_end: NDArray[np.int32]) -> Floats:
    """Sums over the subtree of every area. Args: leaf values in pre-order, [row, area]; ends of the subtrees."""
    sums = np.zeros((leaf.shape[0], leaf.shape[1] + 1))
    np.cumsum(leaf, axis=1, out=sums[:, 1:])
    return sums.take(area_end, axis=1) - sums[:, :-1]


@dataclass(frozen=True, slots=True)
class _Sum:
    """A term of several subjects: whole groups and single rows."""

    out: int
    groups: Places
    rows: Places


@dataclass(frozen=True, slots=True)
class _Gather:
    """Which rows of one array of the board make which terms.

    Attributes:
        measure: name in the expression language.
        rows: rows that are a term by themselves.
        out: row of the term matrix that each of them fills.
        sums: the other terms.
    """

    measure: str
    rows: Places
    out: Places
    sums: tuple[_Sum, ...]


def _places(numbers: Iterable[int]) -> Places:
    return np.array(list(numbers), dtype=np.intp)


class TermPlan:
    """The distinct terms of some expressions, as rows of a matrix [term, period, area]."""

    def __init__(self, terms: Iterable[Term], reference: Reference, static: Static, groups: GroupSums) -> None:
        self.terms = tuple(dict.fromkeys(terms))
        self.place = {term: place for place, term in enumerate(self.terms)}
        self._areas = len(reference.areas)
        self._static = static
        self._groups = groups
        by_measure: dict[str, list[Term]] = {}
        for term in self.terms:
            by_measure.setdefault(term.measure, []).append(term)
        index = {**reference.service_index, **reference.metric_index}
        self._gathers = [self._gather(measure, terms_of, index) for measure, terms_of in by_measure.items()]

    def _gather(self, measure: str, terms: Sequence[Term], index: dict[str, int]) -> _Gather:
        single = [term for term in terms if len(term.subjects) == 1]
        sums = []
        for term in terms:
            if len(term.subjects) > 1:
                rows = [index[code] for code in term.subjects]
                groups, rest = self._groups.split(rows) if term.is_service else ([], rows)
                sums.append(_Sum(self.place[term], _places(groups), _places(rest)))
        return _Gather(
            measure=measure,
            rows=_places(index[term.subjects[0]] for term in single),
            out=_places(self.place[term] for term in single),
            sums=tuple(sums),
        )

    def matrix(self, board: Board, periods: Sequence[str]) -> Floats:
        """The value of every term in every area, in the units of the expression language.

        Args:
            board: the numbers.
            periods: some of PERIODS; stocks and levels are the same in all.

        Returns:
            Shape: [term, period, area].
        """
        made = np.empty((len(self.terms), len(periods), self._areas))
        for gather in self._gathers:
            if gather.measure == POPULATION:
                made[self.place[Term(POPULATION)]] = self._static.population
                continue
            for place, period in enumerate(periods):
                self._fill(made[:, place], gather, board, period)
        return made

    def _fill(self, made: Floats, gather: _Gather, board: Board, period: str) -> None:
        if gather.measure == DECLARED:
            block: Floats | Integers = self._static.declared
        else:
            block = board.rolled(period, BOARD_NAME.get(gather.measure, gather.measure))
        made[gather.out] = block[gather.rows]  # take would copy the whole strided block first
        for part in gather.sums:
            made[part.out] = block[part.rows].sum(axis=0) if len(part.rows) else 0
            for group in part.groups:
                made[part.out] += self._groups.sums(board, period, gather.measure)[group]
        if gather.measure in THOUSANDTHS:
            made[[*gather.out, *(part.out for part in gather.sums)]] /= 1000.0


class ExpressionPlan:
    """Many expressions over one matrix of terms."""

    def __init__(self, expressions: Sequence[Expression], terms: TermPlan) -> None:
        self._count = len(expressions)
        self._terms = terms
        single: list[tuple[int, int]] = []
        self._linear: list[tuple[int, Places, Floats, float]] = []
        self._other: list[tuple[int, Node]] = []
        for row, expression in enumerate(expressions):
            linear = expression.linear()
            if linear is None:
                self._other.append((row, expression.root))
            elif list(linear[0].values()) == [1.0] and linear[1] == 0:
                single.append((row, terms.place[next(iter(linear[0]))]))
            else:
                self._linear.append((row, *self._coefficients(linear)))
        self._rows = np.array([row for row, _ in single], dtype=np.intp)
        self._picked = np.array([place for _, place in single], dtype=np.intp)

    def _coefficients(self, linear: Linear) -> tuple[Places, Floats, float]:
        parts, rest = linear
        places = np.array([self._terms.place[term] for term in parts], dtype=np.intp)
        return places, np.array(list(parts.values()), dtype=np.float64), rest

    def compute(self, matrix: Floats) -> Floats:
        """The value of every expression. Args: values of the terms. Shape: [expression, period, area]."""
        if len(self._rows) == self._count:
            return matrix.take(self._picked, axis=0)
        made = np.empty((self._count, *matrix.shape[1:]))
        made[self._rows] = matrix.take(self._picked, axis=0)
        for row, places, coefficients, rest in self._linear:
            made[row] = np.tensordot(coefficients, matrix[places], axes=1) + rest if len(places) else rest
        for row, root in self._other:
            made[row] = compute(root, lambda term: matrix[self._terms.place[term]])
        return made
