"""All events of the cases that are opened on one local day, now and in the months to come.

A cohort is a pure function of plan and day, so that a simulation resumed anywhere draws exactly the same cases again.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ingest.sources.simulator.block import KIND_CODE, Block, join, new_block, picked
from ingest.sources.simulator.case import Cases, Draw, draw_cases
from ingest.sources.simulator.days import Ints
from ingest.sources.simulator.plan import HORIZON_DAYS, STEPS, Plan
from ingest.sources.simulator.timeline import Stage, Timeline, timeline
from warehouse.event import OUTCOMES

_KINDS: Final = {
    Stage.OPENED: "case.opened",
    Stage.PAID: "amount.recorded",
    Stage.MOVED_1: "case.moved",
    Stage.PAUSED: "case.paused",
    Stage.RESUMED: "case.resumed",
    Stage.MOVED_2: "case.moved",
    Stage.MOVED_3: "case.moved",
    Stage.DECIDED: "case.decided",
    Stage.WITHDRAWN: "case.withdrawn",
    Stage.DELIVERED: "case.delivered",
    Stage.FEEDBACK: "feedback.given",
    Stage.REOPENED: "case.reopened",
    Stage.DECIDED_AGAIN: "case.decided",
}
_MOVE_NUMBER: Final = {Stage.MOVED_1: 1, Stage.MOVED_2: 2, Stage.MOVED_3: 3}
_APPROVED, _REJECTED = OUTCOMES.index("approved"), OUTCOMES.index("rejected")
_FIRST_STEP, _LAST_STEP = STEPS.index("scrutiny"), STEPS.index("decision")


def cohort(plan: Plan, day: int) -> Block:
    """Every event of the cases of a day, in no order; `received_us` is still the time it happened.

    Args:
        plan: the state and its habits.
        day: day number.
    """
    cases = draw_cases(plan, day)
    fate = timeline(plan, cases)
    happens = fate.at_s <= cases.opened_s + HORIZON_DAYS * 86_400.0
    base = new_block(
        len(cases),
        office=plan.pair_office[cases.pair],
        area=plan.pair_area[cases.pair],
        day=day,
        service=cases.service,
        serial=_serials(plan, cases),
        feed=plan.pair_feed[cases.pair],
        prefix=plan.pair_feed[cases.pair],
    )
    parts = []
    for stage, kind in _KINDS.items():
        chosen = np.flatnonzero(happens[stage])
        part = picked(base, chosen)
        part["kind"] = KIND_CODE[kind]
        part["seq"] = stage
        part["at_us"] = (fate.at_s[stage, chosen] * 1e6).astype(np.int64)
        _fill(part, stage, _Chosen(plan, cases, fate, chosen))
        parts.append(part)
    block = join(parts)
    block["received_us"] = block["at_us"]
    return block


class _Chosen:
    """Those cases of a day to which a stage happens."""

    def __init__(self, plan: Plan, cases: Cases, fate: Timeline, chosen: Ints) -> None:
        self.plan = plan
        self.service = cases.service[chosen]
        self.path = plan.pair_path[cases.pair[chosen]]
        self.channel = cases.channel[chosen]
        self.moves = fate.moves[chosen]
        self.late = fate.late[chosen]
        self.rejected = fate.rejected[chosen]
        self.draws = cases.draws[:, chosen]

    def amounts(self) -> Ints:
        """Paise, in steps of five rupees; small amounts are more frequent than large ones."""
        least, most = self.plan.fee_paise[self.service].T
        paise = least + (most - least) * self.draws[Draw.AMOUNT] ** 2
        return np.round(paise / 500).astype(np.int64) * 500

    def ratings(self) -> Ints:
        """4 or 5 with the probability of satisfaction, else 1 to 3."""
        pleased = np.where(self.late, self.plan.pleased_late, self.plan.pleased_in_time)
        draw = self.draws[Draw.RATING]
        low = 1 + np.floor(3 * (draw - pleased) / (1 - pleased))
        return np.where(draw < pleased, np.where(draw < 0.6 * pleased, 5, 4), low).astype(np.int64)

    def desks(self, number: int) -> Ints:
        """Which desk of its path a file reaches by its move with this number; the last move leads to the head."""
        last = self.plan.post_count[self.path] - 1
        return np.round(number * last / np.maximum(self.moves, 1)).astype(np.int64)


def _fill(part: Any, stage: Stage, chosen: _Chosen) -> None:
    """Set the columns that only some kinds of event have."""
    plan = chosen.plan
    if stage is Stage.OPENED:
        part["channel"] = chosen.channel
    if stage in {Stage.OPENED, Stage.REOPENED}:
        part["post"] = plan.posts[chosen.path, 0]
        part["step"] = _FIRST_STEP
    elif stage in _MOVE_NUMBER:
        number = _MOVE_NUMBER[stage]
        desk = chosen.desks(number)
        part["post"] = plan.posts[chosen.path, desk]
        part["step"] = np.where(desk == plan.post_count[chosen.path] - 1, _LAST_STEP, number)
    elif stage is Stage.DECIDED:
        part["outcome"] = np.where(chosen.rejected, _REJECTED, _APPROVED)
    elif stage is Stage.DECIDED_AGAIN:
        part["outcome"] = _APPROVED
    elif stage is Stage.PAID:
        part["amount"] = chosen.amounts()
    elif stage is Stage.FEEDBACK:
        part["feed"] = plan.feedback_feed
        part["rating"] = chosen.ratings()


def _serials(plan: Plan, cases: Cases) -> npt.NDArray[np.int16]:
    """Number each case among those of its office on the day, in the order in which they came. Shape: (cases,)."""
    office = plan.pair_office[cases.pair]
    order = np.lexsort((cases.opened_s, office))
    ranked = office[order]
    begins = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: ranked.size])
    run = np.diff(np.append(begins, ranked.size))
    serial = np.empty(ranked.size, np.int16)
    serial[order] = np.arange(ranked.size) - np.repeat(begins, run) + 1
    return serial
