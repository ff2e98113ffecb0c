"""How fast the numbers are made: figures as ratios of one run, so that they mean the same on another machine.

Who may import it: run.py, tests. It measures what is handed to it and knows no files and processes.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from indicators.evaluate import Evaluator
from indicators.period import periods_of
from indicators.sql import frame_of, statement

if TYPE_CHECKING:
    from datetime import datetime

    from indicators.board import Board
    from indicators.definition import Catalogue, Definition
    from warehouse.reference import Reference

#: Indicators that are computed one by one, spread over the catalogue; the rest is extrapolated and said to be.
SAMPLED: Final = 60
#: Every read is repeated so often; the median counts.
REPEATED: Final = 5
#: The columns that a full recompute has to read.
SCAN: Final = (
    'select count(event_id), count(kind), max(occurred_at), max("day"), count(case_id), count(service), count(area), '
    "count(outcome) from event"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured.

    Attributes:
        ask: runs a statement of ours on the warehouse.
        recompute: recomputes all cells from raw events.
        board, catalogue, reference: the numbers.
        now: the instant for stocks.
    """

    ask: Callable[[str], pa.Table]
    recompute: Callable[[], object]
    board: Board
    catalogue: Catalogue
    reference: Reference
    now: datetime


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


def reads(subject: Subject) -> dict[str, object]:
    """Full recompute, one query per indicator, all values at once: seconds, and their ratios.

    Returns:
        Seconds end in _s; ratios say what is divided by what.
    """
    scan_s = _median_s(lambda: subject.ask(SCAN))
    recompute_s = seconds(subject.recompute)
    evaluator = Evaluator(subject.catalogue, subject.reference)
    evaluate_s = _median_s(lambda: sum(1 for _ in evaluator.evaluate(subject.board)))
    sampled = _sample(subject.catalogue)
    each_s = [seconds(partial(subject.ask, _statement(subject, item))) for item in sampled]
    one_by_one_s = statistics.fmean(each_s) * len(subject.catalogue.definitions)
    nothing_s = _median_s(lambda: subject.ask("select 1"))
    return {
        "scan_s": scan_s,
        "full_recompute_s": recompute_s,
        "all_values_s": evaluate_s,
        "one_query_per_indicator_s": one_by_one_s,
        "indicators_sampled": len(sampled),
        "select_1_s": nothing_s,
        "ratios": {
            "full_recompute / scan": recompute_s / scan_s,
            "one_query_per_indicator / full_recompute": one_by_one_s / recompute_s,
            "one_query_per_indicator / all_values": one_by_one_s / evaluate_s,
            "all_values / select_1": evaluate_s / nothing_s,
        },
    }


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes, seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _statement(subject: Subject, item: Definition) -> str:
    month = subject.reference.state.fiscal_year_start_month
    return statement(item, subject.reference, frame_of(item, "fy", subject.board.today, subject.now, month))


def _sample(catalogue: Catalogue) -> list[Definition]:
    of_year = [item for item in catalogue.definitions if "fy" in periods_of(item)]
    return of_year[:: max(1, len(of_year) // SAMPLED)][:SAMPLED]


def _median_s(work: Callable[[], object]) -> float:
    return statistics.median(seconds(work) for _ in range(REPEATED))
