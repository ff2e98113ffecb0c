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
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from indicators.definition import Definition
from indicators.expression import METRIC_LEVEL_MEASURES, POPULATION, THOUSANDTHS, Term, to_sql
from indicators.plan import BOARD_NAME, Static
from warehouse.errors import InternalError
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
    """

    first_day: date
    last_day: date
    now: datetime
    area_path: str = "lookup.area_path"
    flows: str = "cell"


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
    terms = tuple(dict.fromkeys((*item.numerator.terms(), *item.denominator.terms())))
    name = {term: f"t{place}" for place, term in enumerate(terms)}
    static = _static_rows(terms, name, reference, wanted)
    parts = [_values("wanted", ["area", *(name[term] for term in terms if term.is_static)], static)]
    parts += [f"{name[term]} as (\n{_sum(term, frame)}\n)" for term in terms if not term.is_static]
    joins = "".join(f"\nleft join {name[term]} using (area)" for term in terms if not term.is_static)
    columns = {term: _column(term, name[term]) for term in terms}
    numerator = to_sql(item.numerator.root, columns.__getitem__)
    denominator = to_sql(item.denominator.root, columns.__getitem__)
    return (
        f"with {', '.join(parts)},\nparts as (\nselect wanted.area, {numerator} as numerator, "
        f"{denominator} as denominator\nfrom wanted{joins}\n)\n"
        f'select area, numerator, denominator, {_number(item.factor)} * numerator / nullif(denominator, 0) as "value"\n'
        "from parts"
    )


def _static_rows(
    terms: Iterable[Term], name: Mapping[Term, str], reference: Reference, wanted: Sequence[str]
) -> list[list[str]]:
    static = Static.of(reference)
    rows = [[_quoted(code)] for code in wanted]
    for term in terms:
        if not term.is_static:
            continue
        if term.measure == POPULATION:
            amounts = static.population
        else:
            amounts = static.declared[[reference.metric_index[code] for code in term.subjects]].sum(axis=0)
        for row, code in zip(rows, wanted, strict=True):
            row.append(_number(float(amounts[reference.area_index[code]])))
    return rows


def _column(term: Term, name: str) -> str:
    if term.is_static:
        return f"wanted.{name}"
    total = f"cast(coalesce({name}.total, 0) as double)"
    return f"({total} / cast(1000.0 as double))" if term.measure in THOUSANDTHS else total


def _sum(term: Term, frame: SqlFrame) -> str:
    """Totals of a term for every area of the path."""
    codes = ", ".join(_quoted(code) for code in term.subjects)
    if term.measure in CASE_STOCKS:
        amount = f"sum({_DAYS_PAST})" if term.measure == "overdue_days" else "count(*)"
        where = f"c.status = 'open' and c.service in ({codes}) and {_STOCK_WHERE[term.measure]}"
        total = _total(amount, '"case"', where, frame)
        return total.replace("{now}", f"timestamptz '{frame.now.isoformat()}'")
    if term.measure in METRIC_LEVEL_MEASURES:
        amount = "count(*)" if term.measure == "assets" else 'sum(cast(round(c."value" * 1000) as bigint))'
        return _total(amount, "gauge", f"c.metric in ({codes})", frame)
    table = frame.flows if term.measure in CASE_FLOWS else "cell_metric"
    column = BOARD_NAME.get(term.measure, term.measure)
    return _total(f"sum(c.{column})", table, f"c.subject in ({codes}) and {_span(frame)}", frame)


def _total(amount: str, table: str, where: str, frame: SqlFrame) -> str:
    return (
        f"select p.ancestor as area, {amount} as total\n"
        f"from {table} c join {frame.area_path} p on p.area = c.area\nwhere {where}\ngroup by p.ancestor"
    )


def _span(frame: SqlFrame) -> str:
    first, last = (f"date '{day.isoformat()}'" for day in (frame.first_day, frame.last_day))
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
where c.subject in ({codes}) and {_span(frame)}
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
