"""Board → values: every indicator, area and period in vectorised passes, with states and bands.

Rules, in this order:
  not applicable  no office delivers any of its services there (or no asset reports any of its metrics), and nothing
                  was counted there either; or the period has none of its kind (stocks have no past span here).
  no data         the denominator is 0; or a count whose services have not had a single case in the whole state in
                  this financial year nor one open; or a metric of which nothing was read there in the period.
  error           the result is not finite.
  small base      the denominator is under the minimum base: shown, never banded.
  ok              everything else, zero included.
Late is not a state here: whether a source is late depends on the reader's clock, so the screens judge it from the
status of the sources, and a band stays what the last known numbers say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from indicators.band import BandPlan, Codes, Floats
from indicators.definition import Catalogue, Definition, TimeOperator
from indicators.expression import DECLARED, METRIC_LEVEL_MEASURES, METRIC_MEASURES, Expression, Number, Operation, Term
from indicators.group_sum import GroupSums
from indicators.period import PERIODS_OF
from indicators.plan import Board, ExpressionPlan, Places, Static, TermPlan
from indicators.quantile import quantile_hours
from warehouse.measure import CASE_FLOWS
from warehouse.value import PERIODS, State

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Periods that together say whether a service has been used at all.
_USED_IN: Final = ("fy", "pmtd", "p7d")
#: If more than this share of the indicators' subject sets is touched, one pass over everything is quicker.
_MOST_PARTS: Final = 0.5
#: Up to so many indicators are evaluated in all their periods at once.
_FEW_ROWS: Final = 64


@dataclass(frozen=True, slots=True)
class Values:
    """Evaluated values; NaN = none. Shape of each: [indicator, period, area]."""

    value: Floats
    numerator: Floats
    denominator: Floats
    band: Codes
    state: Codes


@dataclass(frozen=True, slots=True)
class Slice:
    """Values of some indicators in some periods.

    Attributes:
        periods: places in PERIODS.
        rows: places in the catalogue.
        values: Shape: [len(rows), len(periods), area]; the second axis has length 1 if they hold for all periods alike.
    """

    periods: tuple[int, ...]
    rows: Places
    values: Values


class Evaluator:
    """Evaluates a catalogue; made once, and again only if catalogue or reference data change."""

    def __init__(self, catalogue: Catalogue, reference: Reference) -> None:
        self._catalogue = catalogue
        self._reference = reference
        static = Static.of(reference)
        place = {level.code: number for number, level in enumerate(reference.state.levels)}
        area_level = np.array([place[area.level] for area in reference.areas], dtype=np.intp)
        applicable = _Applicability(reference, static)
        self._frame = _Frame(reference, static, applicable, area_level, GroupSums(reference))
        everything = np.arange(len(catalogue), dtype=np.intp)
        self._all = self._group(everything)
        sets: dict[tuple[str, ...], list[int]] = {}
        for row, item in enumerate(catalogue.definitions):
            sets.setdefault(_subjects(item), []).append(row)
        self._parts = [self._group(np.array(rows, dtype=np.intp)) for rows in sets.values()]
        self._touching: list[list[int]] = [[] for _ in reference.subjects]
        for part, subjects in enumerate(sets):
            for code in subjects:
                self._touching[reference.subject_index[code]].append(part)

    def evaluate(self, board: Board, touched: Iterable[int] | None = None) -> Iterator[Slice]:
        """Evaluate indicators.

        Args:
            board: the numbers.
            touched: places in reference.subjects whose numbers changed; None = everything.

        Returns:
            Slices that together cover at least every indicator about a touched subject, in every period in which it
            has values.
            Stocks, levels and quantiles are State.NOT_APPLICABLE in all other periods, and no slice says so.
        """
        self._frame.groups.forget(touched)
        used = self._used(board)
        for group in self._all if touched is None else self._touched_groups(touched):
            yield from group.slices(board, used)

    def _touched_groups(self, touched: Iterable[int]) -> list[_Group]:
        parts = sorted({part for subject in touched for part in self._touching[subject]})
        if len(parts) > _MOST_PARTS * len(self._parts):
            return self._all
        return [group for part in parts for group in self._parts[part]]

    def _group(self, rows: Places) -> list[_Group]:
        kinds = np.array([_KINDS.index(self._catalogue.definitions[row].time) for row in rows], dtype=np.intp)
        of_now = (kinds == _KINDS.index(TimeOperator.STOCK)) | (kinds == _KINDS.index(TimeOperator.LEVEL))
        of_quantile = kinds == _KINDS.index(TimeOperator.QUANTILE)
        parts = ((_FlowGroup, ~of_now & ~of_quantile), (_NowGroup, of_now), (_QuantileGroup, of_quantile))
        made = ((kind, rows[mask]) for kind, mask in parts if mask.any())
        definitions = self._catalogue.definitions
        return [kind(places, [definitions[row] for row in places], self._frame) for kind, places in made]

    def _used(self, board: Board) -> NDArray[np.bool_]:
        """Which services have had anything at all lately. Shape: [service]."""
        used = board.rolled("today", "open")[:, 0] != 0
        for period in _USED_IN:
            for measure in CASE_FLOWS:
                used |= board.rolled(period, measure)[:, 0] != 0
        return used


_KINDS: Final = tuple(TimeOperator)


class _Applicability:
    """Where which subject exists: an office that delivers it, or an asset that reports it, in the area's subtree."""

    def __init__(self, reference: Reference, static: Static) -> None:
        offices = {kind: np.zeros(len(reference.areas)) for kind in reference.office_kinds}
        for office in reference.offices.values():
            offices[office.kind][reference.area_index[office.area]] = 1
        self._everywhere = np.ones(len(reference.areas), dtype=np.bool_)
        below = {kind: _any_below(where, reference.area_end) for kind, where in offices.items()}
        self._where: dict[str, NDArray[np.bool_]] = {}
        for code, service in reference.services.items():
            self._where[code] = self._everywhere if service.office_kind is None else below[service.office_kind]
        for code, place in reference.metric_index.items():
            self._where[code] = static.declared[place] > 0
        self._of: dict[tuple[str, ...], NDArray[np.bool_]] = {}

    def of(self, codes: tuple[str, ...]) -> NDArray[np.bool_]:
        """Where any of the subjects exists; everywhere if there is none. Shape: [area]."""
        if codes not in self._of:
            wheres = [self._where[code] for code in codes]
            self._of[codes] = np.logical_or.reduce(wheres) if wheres else self._everywhere
        return self._of[codes]


def _any_below(where: Floats, area_end: NDArray[np.int32]) -> NDArray[np.bool_]:
    sums = np.concatenate(([0.0], np.cumsum(where)))
    return sums[area_end] - sums[:-1] > 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all groups share."""

    reference: Reference
    static: Static
    applicable: _Applicability
    area_level: NDArray[np.intp]
    groups: GroupSums


class _Group:
    """Indicators of one kind, with everything about them laid out as arrays of rows."""

    def __init__(self, rows: Places, definitions: Sequence[Definition], frame: _Frame) -> None:
        self._rows = rows
        self._frame = frame
        self._factor = np.array([[[item.factor]] for item in definitions])
        self._minimum = np.array([[[item.minimum_base]] for item in definitions])
        self._counts = np.flatnonzero([item.is_count for item in definitions])
        self._of_people = np.flatnonzero([_is_static(item.denominator) for item in definitions])
        self._absent = ~np.array([[frame.applicable.of(_subjects(item))] for item in definitions])
        levels = [level.code for level in frame.reference.state.levels]
        self._bands = BandPlan(definitions, levels, frame.area_level)
        presences = [_presence(item) for item in definitions]
        self._read = np.flatnonzero([expression is not None for expression in presences])
        presence = [expression for expression in presences if expression is not None]
        expressions = [item.numerator for item in definitions], [item.denominator for item in definitions], presence
        terms = (term for part in expressions for expression in part for term in expression.terms())
        self._terms = TermPlan(terms, frame.reference, frame.static, frame.groups)
        self._numerator, self._denominator, self._presence = (ExpressionPlan(part, self._terms) for part in expressions)
        self._services = [
            np.array([frame.reference.service_index[code] for code in dict.fromkeys(_services(item))], dtype=np.intp)
            for item in definitions
        ]

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        """The group's values in all its periods."""
        raise NotImplementedError

    def _unused(self, used: NDArray[np.bool_]) -> Places:
        """Counts of cases of services that have never been used."""
        mark = [bool(len(services)) and not used[services].any() for services in self._services]
        return np.intersect1d(np.flatnonzero(mark), self._counts)

    def _at(self, board: Board, periods: Sequence[str], unused: Places) -> Values:
        matrix = self._terms.matrix(board, periods)
        numerator, denominator = self._numerator.compute(matrix), self._denominator.compute(matrix)
        missing = np.zeros(numerator.shape, dtype=np.bool_)
        if len(self._read):
            missing[self._read] = self._presence.compute(matrix) == 0
        missing[unused] = True
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self._factor * numerator
            value /= denominator
        np.copyto(value, np.nan, where=denominator == 0)
        active = denominator != 0
        for rows in (self._counts, self._of_people):
            active[rows] = numerator[rows] != 0
        return self._finished(value, numerator, denominator, missing, active)

    def _finished(
        self,
        value: Floats,
        numerator: Floats,
        denominator: Floats,
        missing: NDArray[np.bool_],
        active: NDArray[np.bool_],
    ) -> Values:
        """States and bands, in the order of the rules above."""
        state = np.zeros(value.shape, dtype=np.uint8)
        state[denominator < self._minimum] = State.SMALL_BASE
        state[np.isinf(value)] = State.ERROR
        np.copyto(value, np.nan, where=missing)
        np.copyto(numerator, np.nan, where=missing)
        nothing = np.isnan(value)
        state[nothing] = State.NO_DATA
        value[nothing] = np.nan  # one NaN, so that unchanged values are equal bit by bit
        nowhere = self._absent & ~active
        state[nowhere] = State.NOT_APPLICABLE
        for array in (value, numerator, denominator):
            np.copyto(array, np.nan, where=nowhere)
        return Values(value, numerator, denominator, self._bands.bands(value, state), state)


class _FlowGroup(_Group):
    """Sums over the days of each period."""

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        unused = self._unused(used)
        for periods in _in_steps(PERIODS_OF[TimeOperator.FLOW], len(self._rows)):
            yield Slice(_places_of(periods), self._rows, self._at(board, periods, unused))


class _NowGroup(_Group):
    """Stocks and levels: one evaluation for all periods that end now."""

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        values = self._at(board, ("today",), self._unused(used))
        yield Slice(_places_of(PERIODS_OF[TimeOperator.STOCK]), self._rows, values)


class _QuantileGroup(_Group):
    """Quantiles of decision times; numerator none, denominator the number of decisions."""

    def __init__(self, rows: Places, definitions: Sequence[Definition], frame: _Frame) -> None:
        super().__init__(rows, definitions, frame)
        self._shares = np.array([[[item.quantile if item.quantile is not None else 0.5]] for item in definitions])
        self._split = [frame.groups.split(int(row) for row in services) for services in self._services]

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        for periods in _in_steps(PERIODS_OF[TimeOperator.QUANTILE], len(self._rows)):
            merged = np.stack([self._merged(board, period) for period in periods], axis=2)
            base = merged.sum(axis=0, dtype=np.float64)
            hours = quantile_hours(merged, self._shares)
            nothing = np.full(base.shape, np.nan)
            missing = np.zeros(base.shape, dtype=np.bool_)
            values = self._finished(self._factor * hours, nothing, base, missing, base != 0)
            yield Slice(_places_of(periods), self._rows, values)

    def _merged(self, board: Board, period: str) -> NDArray[np.integer]:
        """The histogram of every indicator. Shape: [bin, indicator, area]."""
        bins = board.rolled_bins(period)
        merged = np.zeros((bins.shape[0], len(self._rows), bins.shape[2]), dtype=np.int64)
        for row, (groups, services) in enumerate(self._split):
            for service in services:
                merged[:, row] += bins[:, service]
            for group in groups:
                merged[:, row] += self._frame.groups.bins(board, period)[group]
        return merged


def _in_steps(periods: tuple[str, ...], rows: int) -> list[tuple[str, ...]]:
    """All periods at once for few indicators, one by one for many: arrays that fit the cache are quicker."""
    return [periods] if rows <= _FEW_ROWS else [(period,) for period in periods]


def _places_of(periods: Iterable[str]) -> tuple[int, ...]:
    return tuple(PERIODS.index(period) for period in periods)


def _subjects(item: Definition) -> tuple[str, ...]:
    return tuple(sorted({code for term in _terms(item) for code in term.subjects}))


def _terms(item: Definition) -> tuple[Term, ...]:
    return (*item.numerator.terms(), *item.denominator.terms())


def _services(item: Definition) -> Iterator[str]:
    return (code for term in item.numerator.terms() if term.is_service for code in term.subjects)


def _is_static(expression: Expression) -> bool:
    terms = expression.terms()
    return bool(terms) and all(term.is_static for term in terms)


def _presence(item: Definition) -> Expression | None:
    """How much was read of the metrics in the numerator; None if it is not about metrics."""
    parts: list[Term] = []
    for term in item.numerator.terms():
        if term.measure in METRIC_MEASURES and term.measure != DECLARED:
            measure = "assets" if term.measure in METRIC_LEVEL_MEASURES else "readings"
            parts.append(Term(measure, term.subjects))
    if not parts:
        return None
    root: Term | Operation | Number = parts[0]
    for term in parts[1:]:
        root = Operation("+", root, term)
    return Expression("presence", root)
