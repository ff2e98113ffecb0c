"""The mergeable measures that cells hold: counts and integer sums, nothing else.

Rebuilt = incremental = distributed, bit for bit, because integers add up the same in any order.
A case contributes to flow measures of its own subject (its service) and area on the day the thing happened;
stock measures are facts of the open cases and of the present instant and are never stored.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from typing import Final

#: Flow measures of a service, from case state (first ten) and from events about the case (rest).
CASE_FLOWS: Final = (
    "received",  # cases opened
    "decided",  # latest decision of a case that is not open again
    "approved",
    "rejected",
    "in_time",  # decided not after its due instant
    "late",  # decided after it
    "undated",  # decided, but the case has no due instant
    "withdrawn",
    "delivered",
    "reopened",  # cases, on the day of their latest reopening
    "decide_s",  # sum of seconds from opening to decision, pauses taken out
    "feedback",  # answers
    "satisfied",  # answers of 4 or 5
    "rating",  # sum of ratings
    "payments",
    "paid_paise",
)
#: Measures that count whole cases or answers, each of which might have turned out otherwise.
CASE_COUNTS: Final = frozenset(
    {*CASE_FLOWS, "open", "overdue", "due_48h", "paused", "open_undated"}
    - {"decide_s", "rating", "payments", "paid_paise"}
)
#: Stock measures of a service, from open cases and the clock.
CASE_STOCKS: Final = (
    "open",
    "overdue",  # open, past its due instant, clock not stopped before it
    "due_48h",  # open, not overdue, due within 48 hours, clock running
    "paused",
    "open_undated",  # open without a due instant
    "overdue_days",  # sum over overdue cases of whole days past the due instant
)
#: Flow measures of a metric (sums in thousandths of the metric's unit).
METRIC_FLOWS: Final = ("readings", "reading_sum", "expected_sum")
#: Level measures of a metric: the last reading of every asset.
METRIC_LEVELS: Final = ("assets_reporting", "level_sum")

#: Edges in hours of the decision-time histogram: two bins per octave from 1 hour; bin 0 is under one hour.
#: A quantile read from it is within a factor of 2**0.5 of the true value (stated error); exact in the drill-down.
DURATION_BINS: Final = 30
DURATION_EDGES_H: Final = tuple(2 ** (step / 2) for step in range(DURATION_BINS - 1))


def duration_class_h(hours: float) -> tuple[float, float | None]:
    """The bin in which a decision time, or a quantile read from the bins, lies: the exact quantile lies there too.

    Args:
        hours: not negative.

    Returns:
        Lower and upper edge in hours; no upper edge in the last bin.
    """
    if hours >= DURATION_EDGES_H[-1]:
        return DURATION_EDGES_H[-1], None
    place = bisect_left(DURATION_EDGES_H, hours)
    return DURATION_EDGES_H[place - 1] if place else 0.0, DURATION_EDGES_H[place]


#: Days for which cells are kept by leaf area and day; older days are folded into calendar months.
DAY_SPAN_DAYS: Final = 62


def first_day_by_itself(today: date) -> date:
    """The first day that cells are kept of by itself; those before it are kept by month."""
    return today - timedelta(days=DAY_SPAN_DAYS)


def countable_span(begin: date, end: date, today: date) -> tuple[date, date]:
    """The shortest span around another one that begins and ends with months where days are not kept by themselves."""
    horizon = first_day_by_itself(today)
    if end < horizon:
        end = min((end.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1), horizon)
    return begin.replace(day=1) if begin < horizon else begin, end


def is_countable_span(begin: date, end: date, today: date) -> bool:
    """Whether cells say what happened from one day to another, both included.

    Args:
        begin: local day.
        end: the last local day.
        today: the present one.
    """
    return begin <= end <= today and countable_span(begin, end, today) == (begin, end)
