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
from indicators.period import PERIODS_OF
from indicators.plan import Board, ExpressionPlan, Places, Static, TermPlan
from indicators.quantile import quantile_hours
from warehouse.measure import CASE_FLOWS
from warehouse.value import PERIODS, State

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Periods that together say whether a service has been used at all.
_USED_IN: Final = ("fy", "pmtd", "p7d")


@dataclass(frozen=True, slots=True)
class Values:
    """Evaluated values; NaN = none. Shape of each: [indicator, area]."""

    value: Floats
    numerator: Floats
    denominator: Floats
    band: Codes
    state: Codes


@dataclass(frozen=True, slots=True)
class Slice:
    """Values that hold for some periods alike.

    Attributes:
        periods: places in PERIODS.
        rows: places in the catalogue.
        values: Shape: [len(rows), area].
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
        self._frame = _Frame(reference, static, _Applicability(reference, static), area_level)
        self._touching = self._indicators_by_subject()
        self._all = self._group(np.arange(len(catalogue), dtype=np.intp))

    def evaluate(self, board: Board, touched: Iterable[int] | None = None) -> Iterator[Slice]:
        """Evaluate indicators.

        Args:
            board: the numbers.
            touched: places in reference.subjects whose numbers changed; None = everything.

        Returns:
            Slices that together cover every indicator about a touched subject in every period it has values in.
            Stocks, levels and quantiles are State.NOT_APPLICABLE in all other periods, and no slice says so.
        """
        groups = self._all
        if touched is not None:
            rows = [self._touching[subject] for subject in touched]
            if not rows:
                return
            groups = self._group(np.unique(np.concatenate(rows)))
        used = self._used(board)
        for group in groups:
            yield from group.slices(board, used)

    def indicators_of(self, subject: int) -> Places:
        """Places in the catalogue of the indicators that a subject's numbers go into."""
        return self._touching[subject]

    def _group(self, rows: Places) -> list[_Group]:
        kinds = np.array([_KINDS.index(self._catalogue.definitions[row].time) for row in rows], dtype=np.intp)
        of_now = (kinds == _KINDS.index(TimeOperator.STOCK)) | (kinds == _KINDS.index(TimeOperator.LEVEL))
        of_quantile = kinds == _KINDS.index(TimeOperator.QUANTILE)
        parts = ((_FlowGroup, ~of_now & ~of_quantile), (_NowGroup, of_now), (_QuantileGroup, of_quantile))
        made = ((kind, rows[mask]) for kind, mask in parts if mask.any())
        definitions = self._catalogue.definitions
        return [kind(places, [definitions[row] for row in places], self._frame) for kind, places in made]

    def _indicators_by_subject(self) -> list[Places]:
        found: list[list[int]] = [[] for _ in self._reference.subjects]
        for row, item in enumerate(self._catalogue.definitions):
            terms = (*item.numerator.terms(), *item.denominator.terms())
            for subject in dict.fromkeys(code for term in terms for code in term.subjects):
                found[self._reference.subject_index[subject]].append(row)
        return [np.array(rows, dtype=np.intp) for rows in found]

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
        self._of: dict[tuple[str, ...], NDArray[np.bool_]] = {}
        ends = reference.area_end
        below = {kind: _any_below(where, ends) for kind, where in offices.items()}
        self._where: dict[str, NDArray[np.bool_]] = {}
        for code, service in reference.services.items():
            self._where[code] = self._everywhere if service.office_kind is None else below[service.office_kind]
        for code, place in reference.metric_index.items():
            self._where[code] = static.declared[place] > 0

    def of(self, terms: Iterable[Term]) -> NDArray[np.bool_]:
        """Where any subject of any term exists; everywhere if no term has a subject. Shape: [area]."""
        wheres = [self._where[code] for code in dict.fromkeys(code for term in terms for code in term.subjects)]
        return (
            np.logical_or.reduce(wheres) if wheres else np.ones(len(next(iter(self._where.values()))), dtype=np.bool_)
        )


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


class _Group:
    """Indicators of one kind, with everything about them laid out as arrays of rows."""

    periods: tuple[str, ...]

    def __init__(self, rows: Places, definitions: Sequence[Definition], frame: _Frame) -> None:
        self._rows = rows
        self._frame = frame
        self._factor = np.array([[item.factor] for item in definitions])
        self._minimum = np.array([[item.minimum_base] for item in definitions])
        self._counts = np.flatnonzero([item.is_count for item in definitions])
        self._of_people = np.flatnonzero([_is_static(item.denominator) for item in definitions])
        self._absent = ~np.array([frame.applicable.of(_terms(item)) for item in definitions])
        levels = [level.code for level in frame.reference.state.levels]
        self._bands = BandPlan(definitions, levels, frame.area_level)
        presences = [_presence(item) for item in definitions]
        self._read = np.flatnonzero([expression is not None for expression in presences])
        presence = [expression for expression in presences if expression is not None]
        expressions = [item.numerator for item in definitions], [item.denominator for item in definitions], presence
        terms = (term for part in expressions for expression in part for term in expression.terms())
        self._terms = TermPlan(terms, frame.reference, frame.static)
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

    def _at(self, board: Board, period: str, unused: Places) -> Values:
        matrix = self._terms.matrix(board, period)
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
        state[np.isnan(value)] = State.NO_DATA
        nowhere = self._absent & ~active
        state[nowhere] = State.NOT_APPLICABLE
        for array in (value, numerator, denominator):
            np.copyto(array, np.nan, where=nowhere)
        return Values(value, numerator, denominator, self._bands.bands(value, state), state)


class _FlowGroup(_Group):
    """Sums over the days of each period."""

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        unused = self._unused(used)
        for period in PERIODS_OF[TimeOperator.FLOW]:
            yield Slice((PERIODS.index(period),), self._rows, self._at(board, period, unused))


class _NowGroup(_Group):
    """Stocks and levels: one evaluation for all periods that end now."""

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        periods = tuple(PERIODS.index(period) for period in PERIODS_OF[TimeOperator.STOCK])
        yield Slice(periods, self._rows, self._at(board, "today", self._unused(used)))


class _QuantileGroup(_Group):
    """Quantiles of decision times; numerator none, denominator the number of decisions."""

    def __init__(self, rows: Places, definitions: Sequence[Definition], frame: _Frame) -> None:
        super().__init__(rows, definitions, frame)
        self._shares = [item.quantile if item.quantile is not None else 0.5 for item in definitions]

    def slices(self, board: Board, used: NDArray[np.bool_]) -> Iterator[Slice]:
        for period in PERIODS_OF[TimeOperator.QUANTILE]:
            bins = board.rolled_bins(period)
            areas = bins.shape[2]
            hours, base = np.empty((len(self._rows), areas)), np.empty((len(self._rows), areas))
            for row, services in enumerate(self._services):
                merged = bins[:, services].sum(axis=1) if len(services) > 1 else bins[:, services[0]]
                hours[row] = quantile_hours(merged, self._shares[row])
                base[row] = merged.sum(axis=0)
            nothing = np.full(base.shape, np.nan)
            missing = np.zeros(base.shape, dtype=np.bool_)
            values = self._finished(self._factor * hours, nothing, base, missing, base != 0)
            yield Slice((PERIODS.index(period),), self._rows, values)


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
