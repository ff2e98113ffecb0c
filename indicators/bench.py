"""How fast the numbers are made: figures as ratios of one run, so that they mean the same on another machine.

Who may import it: run.py, tests. It measures what is handed to it and knows no files and processes.
"""

from __future__ import annotations

import math
import platform
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from indicators.evaluate import Evaluator
from indicators.expression import Term
from indicators.period import periods_of
from indicators.sql import frame_of, statement
from warehouse.errors import StorageError
from warehouse.measure import CASE_FLOWS
from warehouse.stopwatch import seconds, spread_ms
from warehouse.value import PERIODS

if TYPE_CHECKING:
    from datetime import datetime

    from indicators.board import Board
    from indicators.definition import Catalogue, Definition
    from warehouse.batch import Batch
    from warehouse.reference import Reference
    from warehouse.value_layout import FlatValues, Layout

#: Indicators that are computed one by one, spread over the catalogue; the rest is extrapolated and said to be.
SAMPLED: Final = 60
#: Every read is repeated so often; the median counts.
REPEATED: Final = 5
#: The columns that a full recompute has to read.
SCAN: Final = (
    'select count(event_id), count(kind), max(occurred_at), max("day"), count(case_id), count(service), count(area), '
    "count(outcome) from event"
)
#: What raw events say of themselves, as a relation with the columns of cell; deadlines are not among it, those need the
#: state of the case. Only the opening of a case names service and area.
RAW: Final = """(
    select e."day" as span_start, coalesce(e.service, o.service) as subject, coalesce(e.area, o.area) as area,
        (e.kind = 'case.opened')::int as received, (e.kind = 'case.decided')::int as decided,
        (e.kind = 'case.decided' and e.outcome = 'approved')::int as approved,
        (e.kind = 'case.decided' and e.outcome = 'rejected')::int as rejected,
        (e.kind = 'case.delivered')::int as delivered, (e.kind = 'case.withdrawn')::int as withdrawn,
        (e.kind = 'case.reopened')::int as reopened, (e.kind = 'feedback.given')::int as feedback,
        coalesce((e.rating >= 4)::int, 0) as satisfied, coalesce(e.rating, 0) as rating,
        (e.kind = 'amount.recorded')::int as payments, coalesce(e.amount, 0) as paid_paise
    from event e left join event o on o.case_key = e.case_key and o.kind = 'case.opened')"""
_OF_RAW: Final = frozenset(CASE_FLOWS) & frozenset(re.findall(r" as (\w+)", RAW))


#: Takes a name and figures.
Told = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured.

    Attributes:
        ask: runs a statement of ours on the warehouse.
        recompute: recomputes all cells from the state of cases.
        facts: relation of what happened, made from the state of cases, with the columns of cell.
        board, catalogue, reference: the numbers.
        now: the instant for stocks.
        told: is told what is known already, while the rest is measured.
    """

    ask: Callable[[str], pa.Table]
    recompute: Callable[[], object]
    facts: str
    board: Board
    catalogue: Catalogue
    reference: Reference
    now: datetime
    told: Told = lambda name, figures: None


def tried(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is measured; {"failed": why} where the warehouse could not do it: that is a finding, and no end of a run."""
    try:
        return measure()
    except StorageError as error:
        return {"failed": str(error).splitlines()[0]}


def machine(cores: int, load: float) -> dict[str, object]:
    """What the figures were measured on.

    Args:
        cores: that this process may use.
        load: of the machine in the last minute, before the run.
    """
    return {
        "cores": cores,
        "load_1min": round(load, 2),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def cpu_times() -> tuple[int, ...]:
    """What the machine's cores did since it started, by kind, in clock ticks (proc(5), first line of stat)."""
    return tuple(map(int, Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]))


def stolen_share(since: tuple[int, ...]) -> float:
    """How much of the time that its cores wanted to work a virtual machine was kept waiting by its host, 0 to 1.

    Args:
        since: cpu_times() at the begin.
    """
    passed = [now - then for now, then in zip(cpu_times(), since, strict=True)]
    user, nice, system, _, _, irq, softirq, steal, *_ = passed
    wanted = user + nice + system + irq + softirq + steal
    return steal / wanted if wanted else 0.0


def reads(subject: Subject) -> dict[str, Any]:
    """Full recompute, one query per indicator, all values at once: seconds, and their ratios.

    Returns:
        Seconds end in _s; ratios say what is divided by what.
    """
    scan_s = _median_s(lambda: subject.ask(SCAN))
    recompute_s = seconds(subject.recompute)
    evaluator = Evaluator(subject.catalogue, subject.reference)
    evaluate_s = _median_s(lambda: sum(1 for _ in evaluator.evaluate(subject.board)))
    nothing_s = _median_s(lambda: subject.ask("select 1"))
    subject.told("compute", {"scan_s": scan_s, "full_recompute_s": recompute_s, "all_values_s": evaluate_s})
    by_indicator = {}
    for name, facts, is_asked in (
        ("cells", "cell", lambda _: True),
        ("raw_events", RAW, _is_of(_OF_RAW)),
        ("case_table", subject.facts, _is_of(frozenset(CASE_FLOWS))),
    ):
        by_indicator[name] = tried(partial(_one_by_one_s, subject, facts, is_asked))
        subject.told(f"one query per indicator on {name}", by_indicator[name])
    return {
        "scan_s": scan_s,
        "full_recompute_s": recompute_s,
        "all_values_s": evaluate_s,
        "select_1_s": nothing_s,
        "one_query_per_indicator": by_indicator,
        "ratios": {
            "full_recompute / scan": recompute_s / scan_s,
            **{
                f"one_query_per_indicator on {name} / full_recompute": found["all_s"] / recompute_s
                for name, found in by_indicator.items()
                if "all_s" in found
            },
            "one_query_per_indicator on cells / all_values": by_indicator["cells"].get("all_s", math.nan) / evaluate_s,
            "all_values / select_1": evaluate_s / nothing_s,
        },
    }


def commits(commit: Callable[[Sequence[Batch]], object], groups: Iterable[Sequence[Batch]]) -> dict[str, Any]:
    """How long commits take, one after the other.

    Args:
        commit: writes some batches in one transaction and tells the board.
        groups: what each commit gets.

    Returns:
        events, events_per_s, and what `spread_ms` says.
    """
    took_s, events = [], 0
    for group in groups:
        events += sum(batch.events.num_rows for batch in group)
        took_s.append(seconds(partial(commit, group)))
    return {"events": events, "events_per_s": events / sum(took_s) if took_s else None, **spread_ms(took_s)}


def grouped(batches: Iterable[Batch], rows: int, count: int) -> Iterator[list[Batch]]:
    """Batches in groups of about as many rows.

    Args:
        batches: small ones.
        rows: a group is full when it has so many.
        count: of groups; if the batches end before, the last group is smaller and further ones are missing.
    """
    group: list[Batch] = []
    for batch in batches:
        group.append(batch)
        if sum(one.received for one in group) >= rows:
            yield group
            group = []
            count -= 1
            if not count:
                return
    if group:
        yield group


def ranked(values: FlatValues, layout: Layout, catalogue: Catalogue, siblings: Sequence[int]) -> pa.Table:
    """All values of a place and its rank among its siblings, as a screen reads them from its copy.

    Args:
        values: all values.
        layout: where they stand.
        catalogue: gives the periods that screens show.
        siblings: places of areas; the first is the one asked for.

    Returns:
        Columns value, state and rank (1 = greatest; 0 = none). One row per indicator in the catalogue's order.
    """
    periods = np.array([PERIODS.index(item.headline_period) for item in catalogue.definitions])
    at = layout.at(periods[:, np.newaxis], np.arange(len(periods))[:, np.newaxis], np.asarray(siblings))
    value, state = values.value[at], values.state[at[:, 0]]
    rank = np.where(np.isnan(value[:, 0]), 0, 1 + (value > value[:, :1]).sum(axis=1))
    return pa.table({"value": value[:, 0], "state": state, "rank": rank})


def one_area(ask_rows: Callable[[], object], ask_nothing: Callable[[], object]) -> dict[str, float]:
    """One place's values of all indicators with their ranks, against a query that does nothing."""
    rows_s, nothing_s = _median_s(ask_rows, 50), _median_s(ask_nothing, 50)
    return {"one_area_ms": 1000 * rows_s, "select_1_ms": 1000 * nothing_s, "ratio": rows_s / nothing_s}


def repeated_ms(work: Callable[[], object], times: int) -> dict[str, Any]:
    """How long a piece of work takes, done several times. Returns: what `spread_ms` says."""
    return spread_ms([seconds(work) for _ in range(times)])


def _one_by_one_s(subject: Subject, flows: str, fits: Callable[[Definition], bool]) -> dict[str, Any]:
    """Sampled indicators, each by its own query; what the whole catalogue would take at that rate."""
    known = [item for item in subject.catalogue.definitions if "fy" in periods_of(item) and fits(item)]
    sampled = known[:: max(1, len(known) // SAMPLED)][:SAMPLED]
    each_s = [seconds(partial(subject.ask, _statement(subject, item, flows))) for item in sampled]
    mean_s = statistics.fmean(each_s) if each_s else 0.0
    return {"sampled": len(sampled), "mean_s": mean_s, "all_s": mean_s * len(subject.catalogue.definitions)}


def _is_of(measures: frozenset[str]) -> Callable[[Definition], bool]:
    """Whether everything that an indicator is made of is among some measures."""

    def fits(item: Definition) -> bool:
        terms: tuple[Term, ...] = (*item.numerator.terms(), *item.denominator.terms())
        counted = [term for term in terms if not term.is_static]
        return item.quantile is None and bool(counted) and all(term.measure in measures for term in counted)

    return fits


def _statement(subject: Subject, item: Definition, flows: str) -> str:
    month = subject.reference.state.fiscal_year_start_month
    frame = frame_of(item, "fy", subject.board.today, subject.now, month)
    return statement(item, subject.reference, replace(frame, flows=flows))


def _median_s(work: Callable[[], object], times: int = REPEATED) -> float:
    return statistics.median(seconds(work) for _ in range(times))
