"""Everything recounted from raw events by SQL, against what is stored and what the board holds.

Three steps: the stored rows of cases against the fold in SQL (warehouse/queries/fold_cases.sql shares nothing with the
fold here, nor its SLA clock with indicators/sla.py); stored cells and last readings against a recount from those rows
and raw events; the board, in every period and every area of the tree, against the same recount and the area paths of
the reference data. Runs on the write thread, so that nothing is committed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indicators.board import BIN_PERIODS, Board, BoardReader
from indicators.columns import Bools, Int64s, codes, flat, integers
from warehouse.batch import CASE_SCHEMA
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, DURATION_BINS, METRIC_FLOWS, METRIC_LEVELS
from warehouse.principal import Principal
from warehouse.value import PERIODS

_READER: Final = Principal.state_reader("verify")
_MOST_SAMPLES: Final = 5
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison.

    Attributes:
        name: what was compared.
        compared: how many rows or cells.
        different: how many of them differ.
        samples: some of those, in words.
    """

    name: str
    compared: int
    different: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found.

    Attributes:
        compared: rows and cells compared.
        different: how many of them differ; anything but 0 is a bug or a broken file.
        checks: one per comparison.
    """

    compared: int
    different: int
    checks: tuple[Check, ...]


def verify(reader: BoardReader, board: Board, now: datetime) -> Report:
    """Recount everything and compare.

    Args:
        reader: sees everything that was committed.
        board: up to date with it; its stocks are moved to `now`.
        now: the instant for stocks.

    Returns:
        All comparisons; takes about as long as loading the events took.
    """
    checks = (*_stored(reader, board), *_of_board(reader, board, now))
    return Report(sum(check.compared for check in checks), sum(check.different for check in checks), checks)


def _stored(reader: BoardReader, board: Board) -> Iterator[Check]:
    yield _cases(reader)
    horizon = _EPOCH + timedelta(days=board.horizon)
    for name in ("verify_cells", "verify_bins", "verify_metrics"):
        yield _counted(name, reader.query(name, _READER, horizon=horizon))
    for name in ("verify_cell_days", "verify_metric_days", "verify_gauges"):
        yield _counted(name, reader.query(name, _READER))


def _counted(name: str, found: pa.Table) -> Check:
    """A comparison that SQL has made."""
    row = found.to_pylist()[0]
    samples = tuple(row["samples"] or ())
    return Check(name.removeprefix("verify_"), int(row["compared"]), int(row["different"]), samples)


def _cases(reader: BoardReader) -> Check:
    """Stored rows of cases against the fold in SQL."""
    folded = reader.query("fold_cases", _READER).select(CASE_SCHEMA.names)
    stored = reader.query("verify_cases", _READER).select(CASE_SCHEMA.names)
    place = pc.index_in(flat(folded["case_id"]), value_set=flat(stored["case_id"]))
    only_stored = stored.num_rows - (len(place) - place.null_count)
    differs = place.is_null().to_numpy(zero_copy_only=False)
    for name in CASE_SCHEMA.names:
        differs |= _differs(flat(folded[name]), flat(stored[name]).cast(folded[name].type).take(place))
    samples = folded["case_id"].filter(pa.array(differs)).slice(0, _MOST_SAMPLES).to_pylist()
    return Check("cases", folded.num_rows + only_stored, int(differs.sum()) + only_stored, tuple(samples))


def _differs(one: pa.Array, other: pa.Array) -> Bools:
    """Where two columns differ; null equals null only."""
    same = pc.fill_null(pc.equal(one, other), False)
    both_null = pc.and_(one.is_null(), other.is_null())
    return ~pc.or_(same, both_null).to_numpy(zero_copy_only=False)


def _of_board(reader: BoardReader, board: Board, now: datetime) -> Iterator[Check]:
    """The board against a recount."""
    services, metrics = board.axes.services, board.axes.metrics
    spans = [board.span(period) for period in PERIODS]
    given: dict[str, list[Any]] = {
        "periods": list(PERIODS),
        "begins": [begin for begin, _ in spans],
        "ends": [end for _, end in spans],
    }
    flows = _Recount(reader.query("verify_board_cells", _READER, **given), services, board)
    yield _compared("board", ((*at, flows.of(*at), board.rolled_now(*at)) for at in product(PERIODS, CASE_FLOWS)))
    readings = _Recount(reader.query("verify_board_metrics", _READER, **given), metrics, board)
    pairs = product(PERIODS, METRIC_FLOWS)
    yield _compared("board metrics", ((*at, readings.of(*at), board.rolled_now(*at)) for at in pairs))
    places = [PERIODS.index(period) for period in BIN_PERIODS]
    of_bins = {name: [values[place] for place in places] for name, values in given.items()}
    bins = _Recount(reader.query("verify_board_bins", _READER, **of_bins), services, board)
    numbers = product(BIN_PERIODS, range(DURATION_BINS))
    yield _compared("board bins", ((*at, bins.of_bin(*at), board.bin_now(*at)) for at in numbers))
    at, held = board.stocks_now(now)
    stocks = _Recount(reader.query("verify_board_stocks", _READER, at=at), services, board)
    yield _compared("board stocks", (("now", name, stocks.of("", name), held[name]) for name in CASE_STOCKS))
    levels = _Recount(reader.query("verify_board_levels", _READER), metrics, board)
    pairs = product(("now",), METRIC_LEVELS)
    yield _compared("board levels", ((*at, levels.of("", at[1]), board.rolled_now("today", at[1])) for at in pairs))


class _Recount:
    """What SQL counted, as arrays of the rows and areas of the board."""

    def __init__(self, found: pa.Table, subjects: pa.Array, board: Board) -> None:
        """Args: columns subject, area, maybe period and bin, and measures; the axes of the arrays."""
        self._found = found
        self._groups = board.axes.groups.members() if subjects is board.axes.services else []
        self._shape = (len(subjects), len(board.axes.areas))
        self._subject = codes(found["subject"], subjects, "a subject")
        self._area = codes(found["area"], board.axes.areas, "an area")
        known = "period" in found.column_names
        self._period = codes(found["period"], pa.array(PERIODS), "a period") if known else None
        self._bin = integers(found["bin"]) if "bin" in found.column_names else None

    def of(self, period: str, measure: str) -> Int64s:
        """A measure. Shape: [row, area]."""
        return self._dense(self._of_period(period), measure)

    def of_bin(self, period: str, number: int) -> Int64s:
        """Cases in a bin. Shape: [row, area]."""
        return self._dense(self._of_period(period) & (self._bin == number), "cases")

    def _of_period(self, period: str) -> Bools:
        if self._period is None:
            return np.ones(len(self._subject), dtype=np.bool_)
        some: Bools = self._period == PERIODS.index(period)
        return some

    def _dense(self, some: Bools, measure: str) -> Int64s:
        dense = np.zeros(self._shape, dtype=np.int64)
        dense[self._subject[some], self._area[some]] = integers(self._found[measure])[some]
        return np.concatenate([dense, *(dense[members].sum(axis=0, keepdims=True) for members in self._groups)])


def _compared(name: str, pairs: Iterable[tuple[str, str | int, Int64s, NDArray[np.integer]]]) -> Check:
    """Compare arrays.

    Args:
        name: of the check.
        pairs: period, measure, recounted and held array of [row, area]; a place that is zero in both is no cell.
    """
    compared = different = 0
    samples: list[str] = []
    for period, measure, counted, held in pairs:
        compared += int(np.count_nonzero((counted != 0) | (held != 0)))
        places = np.argwhere(counted != held)
        different += len(places)
        for row, area in places[: _MOST_SAMPLES - len(samples)].tolist():
            told = f"recounted {counted[row, area]}, held {held[row, area]}"
            samples.append(f"{period} {measure} of row {row} in area {area}: {told}")
    return Check(name, compared, different, tuple(samples))
