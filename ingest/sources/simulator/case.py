"""The cases that are opened on one local day: what is asked for, where, by which channel and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.sources.simulator import hours
from ingest.sources.simulator.days import Floats, Ints
from ingest.sources.simulator.plan import CHANNELS, Plan

Mask = npt.NDArray[np.bool_]

_ONLINE_BY_BROWSER: Final = 0.62
_VISIT_BY_COUNTER: Final = 0.55
_TROUBLE_BY_PHONE: Final = 0.7


class Draw(IntEnum):
    """Which uniform number of a case decides what."""

    SERVICE = 0
    PLACE = 1
    CHANNEL = 2
    CHANNEL_KIND = 3
    OPENED = 4
    PACE = 5
    PAUSE = 6
    PAUSE_AT = 7
    PAUSE_LONG = 8
    PAUSE_TIME = 9
    OUTCOME = 10
    WITHDRAW = 11
    PAY = 12
    AMOUNT = 13
    MOVES = 14
    MOVE_AT = 15
    MOVE_TIME = 16
    RESUME_TIME = 17
    LATER_MOVE_TIME = 18
    DECISION_TIME = 19
    GAP = 20
    DELIVER = 21
    DELIVER_LAG = 22
    ANSWER = 23
    ANSWER_AT = 24
    ANSWER_TIME = 25
    RATING = 26
    REOPEN = 27
    REOPEN_AT = 28
    REOPEN_PACE = 29
    TAKEN_UP = 30


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one day as columns of equal length.

    Attributes:
        day: number of the day.
        draws: uniform numbers in [0, 1). Shape: (len(Draw), cases).
        pair: service and place of each case, as a position in the plan's pairs.
        service: position of the service.
        channel: position in CHANNELS.
        opened_s: instant of opening.
    """

    day: int
    draws: Floats
    pair: Ints
    service: Ints
    channel: npt.NDArray[np.int8]
    opened_s: Floats

    def __len__(self) -> int:
        return self.pair.size


def draw_cases(plan: Plan, day: int) -> Cases:
    """The cases of a day; the same for the same plan and day.

    Args:
        plan: the state and its habits.
        day: day number.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((plan.seed, 1, day))))
    weights = plan.service_weights(day)
    draws = rng.random((len(Draw), int(rng.poisson(plan.cases_per_weight * float(weights.sum())))))
    edges = np.cumsum(weights)
    service = np.searchsorted(edges, draws[Draw.SERVICE] * edges[-1], side="right")
    # places of service s lie in (s, s + 1] of the cumulated weights
    pair = np.searchsorted(plan.pair_edges, service + draws[Draw.PLACE], side="right")
    pair = np.clip(pair, plan.pair_first[service], plan.pair_first[service + 1] - 1)
    online = draws[Draw.CHANNEL] < plan.online_share(day)[service]
    round_clock = plan.round_clock[service]
    clock_s = np.where(online, hours.online_s(draws[Draw.OPENED]), hours.counter_s(draws[Draw.OPENED]))
    clock_s = np.where(round_clock, hours.trouble_s(draws[Draw.OPENED]), clock_s)
    channel = _channels(online, round_clock, draws[Draw.CHANNEL_KIND])
    return Cases(day, draws, pair, service, channel, plan.days.start_s(day) + clock_s)


def _channels(online: Mask, round_clock: Mask, draw: Floats) -> npt.NDArray[np.int8]:
    browser, mobile, counter, akshaya, phone = map(CHANNELS.index, ("online", "mobile", "counter", "akshaya", "phone"))
    channel = np.where(
        online,
        np.where(draw < _ONLINE_BY_BROWSER, browser, mobile),
        np.where(draw < _VISIT_BY_COUNTER, counter, akshaya),
    )
    return np.where(round_clock & (draw < _TROUBLE_BY_PHONE), phone, channel).astype(np.int8)
