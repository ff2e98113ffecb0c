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
class _Gather:
    """Which rows of one array of the board make which terms.

    Attributes:
        measure: name in the expression language.
        rows: rows to add up, all terms one after the other.
        starts: where each term's rows begin.
        out: row of the term matrix that each term fills.
        simple: every term is a single row.
    """

    measure: str
    rows: Places
    starts: Places
    out: Places
    simple: bool


class TermPlan:
    """The distinct terms of some expressions, as rows of a matrix [term, area]."""

    def __init__(self, terms: Iterable[Term], reference: Reference, static: Static) -> None:
        self.terms = tuple(dict.fromkeys(terms))
        self.place = {term: place for place, term in enumerate(self.terms)}
        self._areas = len(reference.areas)
        self._static = static
        by_measure: dict[str, list[Term]] = {}
        for term in self.terms:
            by_measure.setdefault(term.measure, []).append(term)
        index = {**reference.service_index, **reference.metric_index}
        self._gathers = [self._gather(measure, terms_of, index) for measure, terms_of in by_measure.items()]

    def _gather(self, measure: str, terms: Sequence[Term], index: dict[str, int]) -> _Gather:
        rows = [[index[code] for code in term.subjects] for term in terms]
        lengths = [len(part) for part in rows]
        return _Gather(
            measure=measure,
            rows=np.array([row for part in rows for row in part], dtype=np.intp),
            starts=np.cumsum([0, *lengths[:-1]], dtype=np.intp),
            out=np.array([self.place[term] for term in terms], dtype=np.intp),
            simple=set(lengths) == {1},
        )

    def matrix(self, board: Board, period: str) -> Floats:
        """The value of every term in every area. Shape: [term, area], in the units of the expression language."""
        made = np.empty((len(self.terms), self._areas))
        for gather in self._gathers:
            made[gather.out] = self._block(gather, board, period)
        return made

    def _block(self, gather: _Gather, board: Board, period: str) -> Floats | Integers:
        if gather.measure == POPULATION:
            return self._static.population[np.newaxis]
        if gather.measure == DECLARED:
            block: Floats | Integers = self._static.declared
        else:
            block = board.rolled(period, BOARD_NAME.get(gather.measure, gather.measure))
        picked = block.take(gather.rows, axis=0)
        if not gather.simple:
            picked = np.add.reduceat(picked, gather.starts, axis=0)
        return picked / 1000.0 if gather.measure in THOUSANDTHS else picked


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
        """The value of every expression in every area. Shape: [expression, area]."""
        if len(self._rows) == self._count:
            return matrix.take(self._picked, axis=0)
        made = np.empty((self._count, matrix.shape[1]))
        made[self._rows] = matrix.take(self._picked, axis=0)
        for row, places, coefficients, rest in self._linear:
            made[row] = coefficients @ matrix[places] + rest if len(places) else rest
        for row, root in self._other:
            made[row] = compute(root, lambda term: matrix[self._terms.place[term]])
        return made
