"""Expressions over a table of reported values: element, area, period → value.

The plain evaluator: the same language and the same meaning as on the board, but over values that stand by themselves,
with real calendar periods, texts, and reports of data sets. What it works on is small; it is for checks against other
systems and for tables that were never events.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from indicators.calendar_period import CalendarPeriod
from indicators.expression import (
    AREAS,
    PERIOD_NUMBERS,
    POPULATION,
    REPORT_MEASURES,
    Expression,
    Missing,
    Names,
    PerArea,
    Spread,
    Term,
)
from indicators.expression.arrays import ArrayAlgebra, Cells, put_together
from indicators.expression.meaning import Leaf, Meaning
from indicators.expression.tree import parts
from indicators.nesting import Formula
from warehouse.errors import DataError

#: What `areas(…)` counts besides groups.
_BELOW: Final = "below_"
_REPORTING: Final = "reporting_"
_EXTREMES: Final[Mapping[Spread, np.ufunc]] = {Spread.MINIMUM: np.minimum, Spread.MAXIMUM: np.maximum}


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """One value that somebody reported.

    Attributes:
        element: what was counted or measured.
        area: where; a place may report beside the places below it.
        period: for which time.
        value: a number (true is 1, false is 0), or a text or an ISO date.
        option: a part of the element, such as an age group; an expression names it `element.option`.
        attribute: a part of another kind, such as who paid; it is named `element.option.attribute`, or
            `element.all.attribute` for all options.
    """

    element: str
    area: str
    period: CalendarPeriod
    value: float | str
    option: str = ""
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One complete report of a data set; is_on_time: it came before its deadline."""

    data_set: str
    area: str
    period: CalendarPeriod
    is_on_time: bool = True


@dataclass(frozen=True, slots=True)
class DataSet:
    """A form.

    Attributes:
        areas: who has to report.
        period: any one of the periods it is reported for; they follow each other.
    """

    areas: frozenset[str]
    period: CalendarPeriod


@dataclass(frozen=True, slots=True)
class ReportedTable:
    """Reported values and what is known about those who report.

    Attributes:
        parents: the area above each area; None for the topmost.
        values: what was reported.
        data_sets: forms by code.
        reports: those that were complete.
        population: people by area; an area that is not named has those of the areas below it.
        groups: areas by group, which `areas(group)` counts. Besides these, `areas(below_X)` counts the area X and those
            below it, and `areas(reporting_Y)` those that have to report the data set Y.
        aggregate_of: the measure that `reported` stands for, by element; see Names.
        year_start_month: month in which years begin, 1…12.
    """

    parents: Mapping[str, str | None]
    values: Sequence[ReportedValue]
    data_sets: Mapping[str, DataSet] = field(default_factory=dict)
    reports: Sequence[Report] = ()
    population: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    aggregate_of: Mapping[str, str] = field(default_factory=dict)
    year_start_month: int = 4

    def names(self, elements: Iterable[str] = ()) -> Names:
        """What expressions about this table may name. Args: elements of which it has no value."""
        known = {name for row in self.values for name in _names_of(row)} | set(elements)
        texts = {name for row in self.values if isinstance(row.value, str) for name in _names_of(row)}
        return Names(
            subjects=(),
            services=frozenset(),
            metrics=frozenset(known),
            levels=(
                *self.groups,
                *(f"{_BELOW}{area}" for area in self.parents),
                *(f"{_REPORTING}{code}" for code in self.data_sets),
            ),
            data_sets=frozenset(self.data_sets),
            texts=frozenset(texts),
            aggregate_of=self.aggregate_of,
        )

    def value(self, expression: Expression, areas: Iterable[str], periods: Iterable[CalendarPeriod]) -> float | None:
        """The value of an expression.

        Args:
            expression: parsed with `names`.
            areas: taken together, each with everything below it.
            periods: taken together; a reported value counts if its own period lies inside one of them.

        Returns:
            None = no value.

        Raises:
            DataError: if it needs a measure that a table of reported values does not have.
        """
        inside = [area for area in self.parents if any(above in set(areas) for above in self._way_up(area))]
        source = _TableSource(self, inside, tuple(areas), tuple(periods))
        found = float(Meaning(ArrayAlgebra(), source).of(expression))
        return None if np.isnan(found) else found

    def indicator_value(
        self, formula: Formula, areas: Iterable[str], periods: Iterable[CalendarPeriod]
    ) -> float | None:
        """Factor × numerator ÷ denominator; None if either is missing or the denominator is 0. Args: see value."""
        whole = Expression("", formula.value, Missing.NULL)
        return self.value(whole, list(areas), list(periods))

    def group(self, name: str) -> frozenset[str]:
        """Areas of a group. Args: name: as `areas` has it."""
        if name in self.groups:
            return self.groups[name]
        if name.startswith(_REPORTING):
            return self.data_sets[name.removeprefix(_REPORTING)].areas
        above = name.removeprefix(_BELOW)
        return frozenset(area for area in self.parents if above in self._way_up(area))

    def people(self, area: str) -> float:
        """People of an area."""
        if area in self.population:
            return self.population[area]
        return sum(self.people(below) for below, above in self.parents.items() if above == area)

    def _way_up(self, area: str) -> list[str]:
        way = [area]
        while (above := self.parents[way[-1]]) is not None:
            way.append(above)
        return way


def _names_of(row: ReportedValue) -> tuple[str, ...]:
    names = [row.element]
    if row.option:
        names.append(f"{row.element}.{row.option}")
    if row.attribute:
        names += [f"{row.element}.{option}.{row.attribute}" for option in ("all", row.option) if option]
    return tuple(names)


class _TableSource:
    """The values of measures in some areas and periods; see indicators.expression.meaning.Source."""

    def __init__(
        self, table: ReportedTable, inside: list[str], asked: tuple[str, ...], periods: tuple[CalendarPeriod, ...]
    ) -> None:
        self._table = table
        self._inside = inside
        self._asked = asked
        self._periods = periods

    def term(self, term: Term) -> Leaf[Cells]:
        """A number for all areas together; for an `own` measure one for every area."""
        if not term.own:
            return _leaf(term, [self._of(term, self._inside, self._asked)], ())
        return _leaf(term, [self._of(term, [area], (area,)) for area in self._inside], (len(self._inside),))

    def per_area(self, node: PerArea, missing: Missing) -> Leaf[Cells]:
        """See Source."""
        values = Meaning(ArrayAlgebra(), self).of_part(node.root, missing)
        terms = [part for part in parts(node.root) if isinstance(part, Term) and not part.is_static]
        reported = np.zeros(len(self._inside), dtype=np.bool_)
        for term in terms:
            known = self.term(term).known
            if known is not None:
                reported |= known
        known = reported & ~np.isnan(values)
        if node.spread in _EXTREMES:
            chosen = np.broadcast_to(values, known.shape)[known]
            made = np.asarray(_EXTREMES[node.spread].reduce(chosen) if len(chosen) else np.nan)
        else:
            made = put_together(values, known, node.spread, np.sum)
        return Leaf(made, np.asarray(known.any()))

    def _of(self, term: Term, inside: Sequence[str], asked: Sequence[str]) -> float | str | None:
        """The value of a term in some areas; None = nothing was reported."""
        month = self._table.year_start_month
        spans = [period.at(term.when, month) for period in self._periods]
        if term.measure == POPULATION:
            return sum(self._table.people(area) for area in asked)
        if term.measure == AREAS:
            return float(len(self._table.group(term.level) & set(inside)))
        if term.measure in PERIOD_NUMBERS:
            return self._period_number(term)
        if term.measure in REPORT_MEASURES:
            return self._reports(term, set(inside), spans)
        return self._aggregate(term, frozenset(inside), spans)

    def _period_number(self, term: Term) -> float:
        month = self._table.year_start_month
        if term.measure == "period_days":
            return float(sum(period.at(term.when, month).length for period in self._periods))
        period = self._periods[-1].shifted(term.when.shift)
        return float(period.number_in_year(month) if term.measure == "period_in_year" else period.count_in_year(month))

    def _reports(self, term: Term, inside: set[str], spans: Sequence[CalendarPeriod]) -> float | None:
        expected = came = 0
        for code in term.subjects:
            form = self._table.data_sets[code]
            expected += len(form.areas & inside) * sum(_count_inside(form.period, span) for span in spans)
            came += sum(
                report.data_set == code
                and report.area in form.areas & inside
                and any(span.contains(report.period) for span in spans)
                and (report.is_on_time or term.measure != "reports_on_time")
                for report in self._table.reports
            )
        if not expected:
            return None
        return float(expected if term.measure == "reports_expected" else came)

    def _aggregate(self, term: Term, inside: frozenset[str], spans: Sequence[CalendarPeriod]) -> float | str | None:
        when = term.when
        rows = [
            row
            for row in self._table.values
            if row.area in inside
            and not set(term.subjects).isdisjoint(_names_of(row))
            and when.since <= row.period.first
            and row.period.last <= when.until
        ]
        if term.measure in {"level", "assets"}:
            end = max(span.last for span in spans)
            rows = _latest([row for row in rows if row.period.last <= end])
            return _number_of(rows, "sum" if term.measure == "level" else "readings")
        rows = [row for row in rows if any(span.contains(row.period) for span in spans)]
        if term.measure == "day_average":
            lasted = sum(span.length for span in spans)
            return sum(float(row.value) * row.period.length for row in rows) / lasted if rows else None
        if term.measure == "last":
            return _number_of(_latest(rows), "sum")
        if term.measure == "first":
            return _number_of(_latest(rows, earliest=True), "sum")
        return _number_of(rows, term.measure)


def _leaf(term: Term, values: Sequence[float | str | None], shape: tuple[int, ...]) -> Leaf[Cells]:
    known = np.array([value is not None for value in values]).reshape(shape)
    nothing = "" if term.is_text else np.nan
    return Leaf(np.array([nothing if value is None else value for value in values]).reshape(shape), known)


def _latest(rows: Iterable[ReportedValue], *, earliest: bool = False) -> list[ReportedValue]:
    """The last value of every part of every element of every area."""
    found: dict[tuple[str, str, str, str], ReportedValue] = {}
    for row in sorted(rows, key=lambda row: row.period.last, reverse=earliest):
        found[row.area, row.element, row.option, row.attribute] = row
    return list(found.values())


_STATISTICS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "sum": sum, "average": statistics.fmean, "minimum": min, "maximum": max, "stddev": statistics.stdev,
    "variance": statistics.variance,
}  # fmt: skip
#: Of a sample: there is none of a single value.
_OF_TWO: Final = frozenset({"stddev", "variance"})


def _number_of(rows: Sequence[ReportedValue], measure: str) -> float | str | None:
    if not rows or (len(rows) == 1 and measure in _OF_TWO):
        return None
    if measure == "readings":
        return float(len(rows))
    texts = [row.value for row in rows if isinstance(row.value, str)]
    if texts:
        return min(texts) if measure == "minimum" else max(texts)
    if measure not in _STATISTICS:
        raise DataError(f"a table of reported values has no `{measure}`; it has {', '.join(_STATISTICS)}, readings …")
    return float(_STATISTICS[measure]([float(row.value) for row in rows]))


def _count_inside(period: CalendarPeriod, span: CalendarPeriod) -> int:
    """How many of the periods that follow each other like this one lie wholly in a span."""
    step = 1 if period.first < span.first else -1
    while (period.first < span.first) == (step == 1):
        period = period.shifted(step)
    period = period if step == 1 else period.shifted(1)
    count = 0
    while span.contains(period):
        count += 1
        period = period.shifted(1)
    return count
