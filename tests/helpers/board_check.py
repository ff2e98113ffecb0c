"""Compares a board and stored rows with what the slow oracle makes of the raw events."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from indicators.board import BIN_PERIODS, Board
from tests.helpers import oracle
from tests.helpers.oracle import Event
from tests.helpers.tiny_state import AREAS, METRICS, RULES, series_area_of
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, METRIC_FLOWS
from warehouse.value import PERIODS

Sums = dict[tuple[Any, ...], int]


def spans(today: date) -> dict[str, tuple[date, date]]:
    """The periods as of 16 April 2025 and the days around it, written down by hand."""
    by_hand = {
        date(2025, 4, 16): {"mtd": (date(2025, 4, 1), date(2025, 4, 16)), "fy": (date(2025, 4, 1), date(2025, 4, 16)),
                            "7d": (date(2025, 4, 10), date(2025, 4, 16)), "p7d": (date(2025, 4, 3), date(2025, 4, 9)),
                            "pmtd": (date(2025, 3, 1), date(2025, 3, 16)), "today": (date(2025, 4, 16),) * 2,
                            "lm": (date(2025, 3, 1), date(2025, 3, 31))},
        date(2025, 3, 31): {"mtd": (date(2025, 3, 1), date(2025, 3, 31)), "fy": (date(2024, 4, 1), date(2025, 3, 31)),
                            "7d": (date(2025, 3, 25), date(2025, 3, 31)), "p7d": (date(2025, 3, 18), date(2025, 3, 24)),
                            "pmtd": (date(2025, 2, 1), date(2025, 2, 28)), "today": (date(2025, 3, 31),) * 2,
                            "lm": (date(2025, 2, 1), date(2025, 2, 28))},
    }  # fmt: skip
    return by_hand[today]


def _add(sums: Counter[tuple[Any, ...]], key: tuple[Any, ...], subject: str, area: str, amount: int) -> None:
    for above in oracle.above(area):
        sums[(*key, subject, above)] += amount


def expected_board(events: list[Event], today: date, now: datetime) -> Sums:
    """(measure or ("bin", n), period or "", subject, area) → sum, without zeros."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for (day, subject, area), measures in oracle.flows(events).items():
        for period, (begin, end) in spans(today).items():
            for measure, amount in measures.items():
                if begin <= day <= end and (isinstance(measure, str) or period in BIN_PERIODS):
                    _add(sums, (measure, period), subject, area, amount)
    for (service, area), measures in oracle.stocks(oracle.fold(events).values(), now).items():
        for measure, amount in measures.items():
            _add(sums, (measure, ""), service, area, amount)
    for (metric, _), reading in oracle.gauges(events).items():
        _add(sums, ("assets_reporting", ""), metric, reading["area"], 1)
        _add(sums, ("level_sum", ""), metric, reading["area"], round(reading["value"] * 1000))
    return {key: amount for key, amount in sums.items() if amount}


def every_pair(subjects: int) -> np.ndarray:
    """All pairs of so many subjects."""
    return np.arange(subjects * len(AREAS))


def actual_board(board: Board) -> Sums:
    """The same, read from the board as publishers read it."""
    board.take_touched()
    blocks: list[tuple[Any, str, Any, Any]] = []
    for subjects, flows, levels in (
        (RULES, CASE_FLOWS, CASE_STOCKS),
        (METRICS, METRIC_FLOWS, ("assets_reporting", "level_sum")),
    ):
        asked = [*product(PERIODS, flows), *product(("",), levels)]
        found = board.at([(period or "today", measure) for period, measure in asked], every_pair(len(subjects)))
        for (period, measure), block in zip(asked, found, strict=True):
            blocks.append((measure, period, subjects, block.reshape(len(subjects), len(AREAS))))
    bins = board.bins_at(BIN_PERIODS, every_pair(len(RULES))).reshape(-1, len(BIN_PERIODS), len(RULES), len(AREAS))
    for number, of_bin in enumerate(bins):
        blocks += [(("bin", number), period, RULES, of_bin[place]) for place, period in enumerate(BIN_PERIODS)]
    return {
        (measure, period, subject, area): int(block[row, column])
        for measure, period, subjects, block in blocks
        for row, subject in enumerate(subjects)
        for column, area in enumerate(AREAS)
        if block[row, column]
    }


def expected_cells(events: list[Event], horizon: date) -> dict[str, Sums]:
    """Summed cells by table: key columns and measure → sum, without zeros."""
    tables: dict[str, Counter[tuple[Any, ...]]] = {
        name: Counter() for name in ("cells", "cell_days", "cell_bins", "cell_metrics", "cell_metric_days")
    }
    for (day, subject, area), measures in oracle.flows(events).items():
        span = ("d", day) if day >= horizon else ("m", day.replace(day=1))
        leaf, coarse = (*span, subject, area), (day, subject, series_area_of(area))
        by_span, by_day = ("cell_metrics", "cell_metric_days") if subject in METRICS else ("cells", "cell_days")
        for measure, amount in measures.items():
            if isinstance(measure, tuple):
                tables["cell_bins"][(*leaf, measure[1], "cases")] += amount
            else:
                tables[by_span][(*leaf, measure)] += amount
                tables[by_day][(*coarse, measure)] += amount
    return {name: {key: amount for key, amount in sums.items() if amount} for name, sums in tables.items()}


def summed_cells(tables: dict[str, pa.Table]) -> dict[str, Sums]:
    """Stored cells in the same form."""
    found: dict[str, Sums] = {}
    for name, table in tables.items():
        keys = [
            column
            for column in ("span_kind", "span_start", "day", "subject", "area", "bin")
            if column in table.column_names
        ]
        sums: Counter[tuple[Any, ...]] = Counter()
        for row in table.to_pylist():
            for measure in row.keys() - set(keys):
                sums[(*(row[key] for key in keys), measure)] += row[measure]
        found[name] = {key: amount for key, amount in sums.items() if amount}
    return found


def case_rows(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["case_id"]: row for row in table.to_pylist()}


def gauge_rows(table: pa.Table) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (row["metric"], row["asset"]): (row["area"], row["read_at"], row["event_id"], row["value"])
        for row in table.to_pylist()
    }


def expected_gauges(events: list[Event]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        key: (item["area"], item["occurred_at"], item["event_id"], item["value"])
        for key, item in oracle.gauges(events).items()
    }
