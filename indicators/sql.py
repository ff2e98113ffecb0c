"""The SQL back end of the expression language: one portable statement per indicator and span, over the stored cells.

The same definition that the board evaluates becomes one SELECT over cell, cell_bin, cell_metric (flows), "case"
(stocks) and gauge (levels), summed over the subtree of every area. Golden tests hold it against the board and against
queries written by hand; `run.py indicators show` prints it, so that anyone with SQL can repeat a number.

Portable: explicit joins and levels, integers summed as integers, `cast(… as double) / nullif(…, 0)` in the last step
only, literals instead of parameters. Codes are checked names of the reference data; nothing of a request gets in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from indicators.definition import Definition
from indicators.expression import (
    AREAS,
    AS_ASKED,
    METRIC_LEVEL_MEASURES,
    PERIOD_NUMBERS,
    POPULATION,
    THOUSANDTHS,
    Expression,
    Missing,
    PerArea,
    Term,
    When,
)
from indicators.expression.meaning import Leaf, Meaning
from indicators.expression.sql_text import SqlAlgebra
from indicators.period import held_period, period_number, span_of
from indicators.plan import BOARD_NAME, Floats, Static
from warehouse.errors import DataError, InternalError
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, DURATION_BINS, DURATION_EDGES_H

if TYPE_CHECKING:
    from warehouse.reference import Reference

_CODE: Final = re.compile(r"[A-Za-z0-9_-]+")
_RUNS: Final = "(c.paused_at is null or c.paused_at > c.due_at)"
#: Stocks as conditions on an open case; {now} is the instant.
_STOCK_WHERE: Final[Mapping[str, str]] = {
    "open": "true",
    "overdue": f"c.due_at < {{now}} and {_RUNS}",
    "due_48h": "c.due_at >= {now} and c.due_at <= {now} + interval '48' hour and " + _RUNS,
    "paused": "c.paused_at is not null",
    "open_undated": "c.due_at is null",
    "overdue_days": f"c.due_at < {{now}} and {_RUNS}",
}
_DAYS_PAST: Final = "cast(floor(extract(epoch from ({now} - c.due_at)) / 86400) as bigint)"


Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class SqlFrame:
    """What a statement is about, besides the definition.

    Attributes:
        first_day: first day of the period.
        last_day: last day of it.
        now: the instant for stocks.
        area_path: relation with columns area and ancestor: every area with itself and all above it.
        flows: where flows of services are read: the stored cells, or a relation with the same columns (what the
            benchmark compares with).
        spans: first and last day of the other times that the indicator asks for.
        numbers: numbers of the calendar.
    """

    first_day: date
    last_day: date
    now: datetime
    area_path: str = "lookup.area_path"
    flows: str = "cell"
    spans: Mapping[When, Span] = field(default_factory=dict)
    numbers: Mapping[Term, float] = field(default_factory=dict)

    def span(self, when: When) -> Span:
        """First and last day of the time that a measure is of."""
        return (self.first_day, self.last_day) if when == AS_ASKED else self.spans[when]


def frame_of(item: Definition, period: str, today: date, now: datetime, fiscal_year_start_month: int) -> SqlFrame:
    """What a statement about an indicator is about.

    Args:
        item: the indicator.
        period: one of those in which it has values.
        today: local day that the period ends with.
        now: the instant for stocks.
        fiscal_year_start_month: 1…12.

    Raises:
        DataError: if the indicator asks for a time that is not held in this period.
    """
    terms = [term for part in (item.numerator, item.denominator) for term in part.terms()]
    spans: dict[When, Span] = {}
    numbers: dict[Term, float] = {}
    for term in terms:
        if term.is_static and term.measure not in PERIOD_NUMBERS:
            continue
        held = held_period(period, term.when)
        if held is None:
            raise DataError(f"{item.code} has no values in the period {period!r}: it needs {term}")
        spans[term.when] = span_of(held, today, fiscal_year_start_month)
        if term.measure in PERIOD_NUMBERS:
            numbers[term] = period_number(term.measure, held, spans[term.when], fiscal_year_start_month)
    return SqlFrame(*span_of(period, today, fiscal_year_start_month), now, spans=spans, numbers=numbers)


def statement(item: Definition, reference: Reference, frame: SqlFrame, areas: Sequence[str] | None = None) -> str:
    """The SELECT that computes an indicator.

    Args:
        item: the indicator.
        reference: its areas, population and assets.
        frame: span, instant and the name of the table of area paths.
        areas: codes to compute; None = all.

    Returns:
        SQL; columns area, numerator, denominator, value – null where there is none – one row per area.
    """
    wanted = areas if areas is not None else [area.code for area in reference.areas]
    if item.quantile is not None:
        return _quantile(item, frame, wanted)
    source = _SqlSource((item.numerator, item.denominator), reference, frame, wanted)
    meaning = Meaning(SqlAlgebra(), source)
    numerator, denominator = meaning.of(item.numerator), meaning.of(item.denominator)
    return (
        f"with {', '.join(source.tables)},\nparts as (\nselect wanted.area, {numerator} as numerator, "
        f"{denominator} as denominator\nfrom wanted{source.joins}\n)\n"
        f'select area, numerator, denominator, {_number(item.factor)} * numerator / nullif(denominator, 0) as "value"\n'
        "from parts"
    )


class _SqlSource:
    """Measures as columns of tables that are made first; see indicators.expression.meaning.Source.

    Attributes:
        tables: definitions of those tables, in order; per_area adds to them.
    """

    def __init__(
        self, expressions: Iterable[Expression], reference: Reference, frame: SqlFrame, wanted: Sequence[str]
    ) -> None:
        """Name everything."""
        named = [term for expression in expressions for term in expression.terms()]
        with_presence = [one for term in named if not term.is_static for one in (term, term.presence)]
        counted = dict.fromkeys(one for one in with_presence if one is not None)
        facts = [term for term in dict.fromkeys(named) if term.is_static]
        self._names = {term: f"t{place}" for place, term in enumerate((*counted, *facts))}
        self._whole = [self._names[term] for term in counted if not term.own]
        self._own = [self._names[term] for term in counted if term.own]
        self._facts = {term: _fact(term, reference, frame) for term in facts}
        self._spreads: dict[tuple[PerArea, Missing], str] = {}
        self._reference = reference
        self._frame = frame
        self.tables = [self._fact_table("wanted", wanted)]
        self.tables += [f"{self._names[term]} as (\n{_sum(term, frame)}\n)" for term in counted]

    @property
    def joins(self) -> str:
        """All tables of whole areas, joined to the areas that are asked for."""
        return _joins([*self._whole, *self._spreads.values()])

    def term(self, term: Term) -> Leaf[str]:
        """A column."""
        name = self._names[term]
        if term.is_static:
            return Leaf(f"{'everywhere' if term.own else 'wanted'}.{name}")
        total = f"cast(coalesce({name}.total, 0) as double)"
        value = f"({total} / cast(1000.0 as double))" if term.measure in THOUSANDTHS else total
        presence = term.presence
        known = None if presence is None else f"(coalesce({self._names[presence]}.total, 0) <> 0)"
        return Leaf(value, known)

    def per_area(self, node: PerArea, missing: Missing) -> Leaf[str]:
        """A column."""
        if not self._spreads:
            self.tables.append(self._fact_table("everywhere", [area.code for area in self._reference.areas]))
        if (node, missing) not in self._spreads:
            name = self._spreads[node, missing] = f"p{len(self._spreads)}"
            self.tables.append(f"{name} as (\n{self._spread(node, missing)}\n)")
        name = self._spreads[node, missing]
        return Leaf(f"{name}.total", f"({name}.total is not null)")

    def _spread(self, node: PerArea, missing: Missing) -> str:
        """An expression worked out in every area by itself, then put together along the area path."""
        value = Meaning(SqlAlgebra(), self).of_part(node.root, missing)
        recorded = " or ".join(
            f"coalesce({self._names[term.presence or term]}.total, 0) <> 0"
            for term in Expression("", node.root).terms()
            if not term.is_static
        )
        amount = {"average": "avg", "minimum": "min", "maximum": "max"}.get(node.spread, str(node.spread))
        by_area = f"select everywhere.area, {value} as amount\nfrom everywhere{_joins(self._own)}\nwhere {recorded}"
        total = f"cast({amount}(c.amount) as double)"
        return _total(total, f"({by_area})", "c.amount is not null", self._frame, own=False)

    def _fact_table(self, name: str, areas: Sequence[str]) -> str:
        """Areas with what reference data and calendar say of them."""
        places = [self._reference.area_index[code] for code in areas]
        columns = [[_number(float(values[place])) for place in places] for values in self._facts.values()]
        rows = [list(row) for row in zip(map(_quoted, areas), *columns, strict=True)]
        return _values(name, ["area", *(self._names[term] for term in self._facts)], rows)


def _joins(names: Iterable[str]) -> str:
    return "".join(f"\nleft join {name} using (area)" for name in names)


def _fact(term: Term, reference: Reference, frame: SqlFrame) -> Floats:
    """A term that nobody reports, in every area. Shape: [area]."""
    if term.measure in PERIOD_NUMBERS:
        return np.full(len(reference.areas), frame.numbers[term])
    static = Static.of(reference)
    if term.measure == POPULATION:
        return static.population
    if term.measure == AREAS:
        found = static.areas[term.level]
    else:
        found = static.declared[[reference.metric_index[code] for code in term.subjects]].sum(axis=0)
    return static.tree.own(found) if term.own else found


def _sum(term: Term, frame: SqlFrame) -> str:
    """Totals of a term for every area of the path, or for areas by themselves."""
    codes = ", ".join(_quoted(code) for code in term.subjects)
    if term.measure in CASE_STOCKS:
        amount = f"sum({_DAYS_PAST})" if term.measure == "overdue_days" else "count(*)"
        where = f"c.status = 'open' and c.service in ({codes}) and {_STOCK_WHERE[term.measure]}"
        total = _total(amount, '"case"', where, frame, own=term.own)
        return total.replace("{now}", f"timestamptz '{frame.now.isoformat()}'")
    if term.measure in METRIC_LEVEL_MEASURES:
        amount = "count(*)" if term.measure == "assets" else 'sum(cast(round(c."value" * 1000) as bigint))'
        return _total(amount, "gauge", f"c.metric in ({codes})", frame, own=term.own)
    table = frame.flows if term.measure in CASE_FLOWS else "cell_metric"
    amount = f"sum(c.{BOARD_NAME.get(term.measure, term.measure)})"
    if term.measure == "average":
        amount = f"cast({amount} as double) / nullif(sum(c.readings), 0)"
    return _total(amount, table, f"c.subject in ({codes}) and {_inside(frame.span(term.when))}", frame, own=term.own)


def _total(amount: str, table: str, where: str, frame: SqlFrame, *, own: bool) -> str:
    if own:
        return f"select c.area as area, {amount} as total\nfrom {table} c\nwhere {where}\ngroup by c.area"
    return (
        f"select p.ancestor as area, {amount} as total\n"
        f"from {table} c join {frame.area_path} p on p.area = c.area\nwhere {where}\ngroup by p.ancestor"
    )


def _inside(span: Span) -> str:
    first, last = (f"date '{day.isoformat()}'" for day in span)
    return f"c.span_start between {first} and {last}"


def _quantile(item: Definition, frame: SqlFrame, wanted: Sequence[str]) -> str:
    """The value inside the first bin up to which enough decisions were seen; see indicators/quantile.py."""
    services = sorted({code for term in item.numerator.terms() for code in term.subjects})
    codes = ", ".join(_quoted(code) for code in services)
    edges = [
        [str(place), _number(0.0 if place == 0 else DURATION_EDGES_H[place - 1]), _number(_upper_edge(place))]
        for place in range(DURATION_BINS)
    ]
    share, factor = _number(item.quantile or 0.0), _number(item.factor)
    return f"""with {_values("wanted", ["area"], [[_quoted(code)] for code in wanted])},
{_values("edge", ["bin", "low", "high"], edges)},
merged as (
select p.ancestor as area, c.bin, sum(c.cases) as cases
from cell_bin c join {frame.area_path} p on p.area = c.area
where c.subject in ({codes}) and {_inside(frame.span(AS_ASKED))}
group by p.ancestor, c.bin
having sum(c.cases) <> 0
),
running as (
select area, bin, cases, sum(cases) over (partition by area order by bin) as seen,
    sum(cases) over (partition by area) as total
from merged
),
first_bin as (
select area, min(bin) as bin from running where seen >= {share} * total or bin = {DURATION_BINS - 1} group by area
),
placed as (
select r.area, r.bin, r.total, ({share} * r.total - (r.seen - r.cases)) / r.cases as part
from running r join first_bin f on f.area = r.area and f.bin = r.bin
)
select wanted.area, cast(null as double) as numerator, cast(coalesce(placed.total, 0) as double) as denominator,
    {factor} * case when edge.low = 0 then edge.high * placed.part
        else edge.low * power(edge.high / edge.low, placed.part) end as "value"
from wanted left join placed using (area) left join edge using (bin)"""  # noqa: S608 - checked codes and our own names only


def _upper_edge(place: int) -> float:
    return DURATION_EDGES_H[min(place, DURATION_BINS - 2)]


def _values(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    listed = ", ".join(f"({', '.join(row)})" for row in rows)
    return f"{name}({', '.join(columns)}) as (values {listed})"


def _number(value: float) -> str:
    return f"cast({value!r} as double)"


def _quoted(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise InternalError(f"{code!r} is not a code of the reference data")
    return f"'{code}'"
