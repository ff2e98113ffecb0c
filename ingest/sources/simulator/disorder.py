"""How events really arrive: with a lag, late, twice, corrected afterwards, and some that no decoder can read."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.sources.simulator.block import KIND_CODE, NONE, Block, Nature, join, picked
from ingest.sources.simulator.chance import unit_of, units_of
from ingest.sources.simulator.days import Floats, Ints
from ingest.sources.simulator.plan import Parameters
from ingest.sources.simulator.story import Feed

Mask = npt.NDArray[np.bool_]

#: Nothing arrives later than so long after it happened; a resumed simulation looks back that far.
LATEST_S: Final = 11 * 86_400.0
#: Readings are sent by machines: the late ones come within hours.
LATEST_READING_S: Final = 6 * 3_600.0
#: How many ways there are to break a row (ingest.sources.simulator.malformed).
DEFECTS: Final = 6
_CORRECTION_SEQ: Final = 20
_LONGEST_REPEAT_S: Final = 3 * 3_600.0
_CORRECTABLE: Final = tuple(
    KIND_CODE[kind] for kind in ("case.decided", "amount.recorded", "feedback.given", "reading.taken")
)
#: Kinds that are now and then taken back instead of corrected: they were meant for another case.
_RETRACTABLE: Final = tuple(KIND_CODE[kind] for kind in ("amount.recorded", "feedback.given", "reading.taken"))


class Lags:
    """Usual and unusual delays of the feeds.

    Args:
        seed: of the times at which nothing arrives.
        feeds: in the order of their codes.
        opening_outage: feed code and begin and end in seconds of a time without arrivals around the beginning.
    """

    def __init__(
        self, seed: int, feeds: tuple[Feed, ...], opening_outage: tuple[int, float, float] | None = None
    ) -> None:
        self._seed = seed
        self._feeds = feeds
        self._lag_s = np.array([feed.lag_s for feed in feeds])
        self._opening = opening_outage
        self._known: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def usual_s(self, feed: Floats, draw: Floats) -> Floats:
        """Seconds from happening to arrival; exponential around the feed's usual lag."""
        codes = feed.astype(np.int64)
        return self._lag_s[codes] * (0.3 - 0.7 * np.log1p(-draw))

    def hold_back(self, block: Block) -> None:
        """Let what arrives while its feed is silent arrive when it speaks again."""
        for code, feed in enumerate(self._feeds):
            if feed.outages_per_day <= 0 and (self._opening is None or self._opening[0] != code):
                continue
            rows = np.flatnonzero(block["feed"] == code)
            if rows.size:
                block["received_us"][rows] = self._after_outages(code, feed, block["received_us"][rows])

    def _after_outages(self, code: int, feed: Feed, received_us: Ints) -> Ints:
        days = np.unique(received_us // (86_400 * 1_000_000))
        begins, ends = [], []
        for day in range(int(days[0]) - 1, int(days[-1]) + 1):
            if (code, day) not in self._known:
                self._known[code, day] = self._outages(code, feed, day)
            for begin_s, end_s in self._known[code, day]:
                begins.append(begin_s)
                ends.append(end_s)
        if self._opening is not None and self._opening[0] == code:
            begins.append(self._opening[1])
            ends.append(self._opening[2])
        if not begins:
            return received_us
        order = np.argsort(begins)
        begin_us = (np.array(begins)[order] * 1e6).astype(np.int64)
        # an outage that begins in another one ends with the later of both
        end_us = np.maximum.accumulate((np.array(ends)[order] * 1e6).astype(np.int64))
        last = np.searchsorted(begin_us, received_us, side="right") - 1
        until = np.where(last >= 0, end_us[np.maximum(last, 0)], 0)
        # what was held back is sent within a few seconds, one after the other
        return np.where(received_us < until, until + received_us % 8_000_000, received_us)

    def _outages(self, code: int, feed: Feed, day: int) -> list[tuple[float, float]]:
        """Times without arrivals that begin on a UTC day: at even distances, each shifted by its own draw."""
        count = int(feed.outages_per_day + unit_of(self._seed, "outages", code, day))
        least, most = feed.outage_min
        spans = []
        for number in range(count):
            begin_s = day * 86_400 + 86_400 * (number + 0.8 * unit_of(self._seed, "begin", code, day, number)) / count
            length_s = 60 * (least + (most - least) * unit_of(self._seed, "length", code, day, number))
            spans.append((begin_s, begin_s + length_s))
        return spans


class _Draw(IntEnum):
    """Which uniform number of an event decides what."""

    LAG = 0
    LATE = 1
    DELAY = 2
    REPEAT = 3
    REPEAT_AFTER = 4
    CORRECT = 5
    TAKE_BACK = 6
    CORRECT_AFTER = 7
    CORRECT_TO = 8
    BREAK = 9
    DEFECT = 10


#: Uniform numbers that `disorder` wants for every event.
DRAWS: Final = len(_Draw)


def reading_draws(seed: int, block: Block) -> Floats:
    """Uniform numbers for readings: a hash of point and time, so that they do not depend on what else is computed.

    Shape: (DRAWS, readings).
    """
    points, number = block["point"].astype(np.int64), block["at_us"] // 1_000_000 * 2 + block["seq"]
    return np.stack([units_of(seed + 7_919 * (row + 1), points, number) for row in range(DRAWS)])


def disorder(block: Block, parameters: Parameters, lags: Lags, draws: Floats) -> Block:
    """Give every event its arrival, and add the rows that should not have been there.

    Args:
        block: events; their `received_us` is set in place.
        parameters: shares.
        lags: delays of the feeds.
        draws: uniform numbers in [0, 1). Shape: (DRAWS, events).

    Returns:
        The block and the added rows, in no order.
    """
    late = draws[_Draw.LATE] < parameters.late_share
    reading = block["point"] != NONE
    # most of the late ones take hours, a tenth take a day and more
    delay_s = np.minimum(600 + 7_200.0 * draws[_Draw.DELAY] / (1 - draws[_Draw.DELAY]), LATEST_S)
    delay_s = np.where(reading, np.minimum(delay_s, LATEST_READING_S), delay_s)
    lag_s = lags.usual_s(block["feed"], draws[_Draw.LAG]) + np.where(late, delay_s, 0.0)
    block["received_us"] = block["at_us"] + (lag_s * 1e6).astype(np.int64)
    added = [
        _repeated(block, draws, np.flatnonzero(draws[_Draw.REPEAT] < parameters.duplicate_share)),
        _corrected(block, draws, _correctable(block, draws[_Draw.CORRECT] < parameters.corrected_share)),
        _malformed(block, draws, np.flatnonzero(draws[_Draw.BREAK] < parameters.malformed_share)),
    ]
    everything = join([block, *added])
    lags.hold_back(everything)
    return everything


def _repeated(block: Block, draws: Floats, chosen: Ints) -> Block:
    """The same rows again, some minutes later."""
    again = picked(block, chosen)
    again["nature"] = Nature.REPEATED
    after_s = np.minimum(-1_200 * np.log1p(-draws[_Draw.REPEAT_AFTER, chosen]), _LONGEST_REPEAT_S)
    again["received_us"] += (after_s * 1e6).astype(np.int64)
    return again


def _correctable(block: Block, wanted: Mask) -> Ints:
    return np.flatnonzero(wanted & np.isin(block["kind"], _CORRECTABLE))


def _corrected(block: Block, draws: Floats, chosen: Ints) -> Block:
    """What is said of some rows hours later: another value, or that they never happened."""
    says = picked(block, chosen)
    reading = says["point"] != NONE
    taken_back = np.isin(says["kind"], _RETRACTABLE) & (draws[_Draw.TAKE_BACK, chosen] < 0.25)
    decided = says["kind"] == KIND_CODE["case.decided"]
    says["outcome"] = np.where(decided & ~taken_back, 1 - says["outcome"], NONE)
    says["amount"] = np.where((says["amount"] >= 0) & ~taken_back, says["amount"] + 2_500, NONE)
    says["rating"] = np.where((says["rating"] >= 1) & ~taken_back, 6 - says["rating"], NONE)
    factor = 0.9 + 0.1 * draws[_Draw.CORRECT_TO, chosen]
    says["value"] = np.where(taken_back, np.nan, np.round(says["value"] * factor, 3))
    says["nature"] = np.where(taken_back, Nature.RETRACTION, Nature.CORRECTION)
    says["kind"] = np.where(taken_back, KIND_CODE["event.retracted"], KIND_CODE["event.corrected"])
    says["ref_seq"] = says["seq"]
    says["ref_at_us"] = says["at_us"]
    says["seq"] += _CORRECTION_SEQ
    wait_s = 1_200 + np.where(reading, 7_200.0, 120_000.0) * draws[_Draw.CORRECT_AFTER, chosen]
    says["at_us"] = says["received_us"] + (wait_s * 1e6).astype(np.int64)
    says["received_us"] = says["at_us"] + 5_000_000
    return says


def _malformed(block: Block, draws: Floats, chosen: Ints) -> Block:
    """Rows that look like the given ones and are broken in one of several ways."""
    broken = picked(block, chosen)
    broken["nature"] = Nature.MALFORMED
    broken["ref_seq"] = np.floor(DEFECTS * draws[_Draw.DEFECT, chosen])
    broken["received_us"] += (30e6 * draws[_Draw.DEFECT, chosen]).astype(np.int64)
    return broken
