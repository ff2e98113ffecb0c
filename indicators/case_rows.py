"""Case rows as plain arrays, the form in which they are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from indicators.axes import Axes
from indicators.case import DECIDED, OPEN, STATUSES, UNOPENED
from indicators.columns import (
    SECOND_US,
    Bools,
    Int8s,
    Int32s,
    Int64s,
    codes,
    days,
    instants,
    integers,
)
from warehouse.event import OUTCOMES

_STATUSES: Final = pa.array(STATUSES)
_OUTCOMES: Final = pa.array(OUTCOMES)


@dataclass(frozen=True, slots=True)
class CaseRows:
    """Columns of case rows. Shape of each: [case]; NO_INSTANT, NO_DAY and -1 where there is none.

    Attributes:
        status: place in STATUSES.
        service, area: index on the axes.
        opened_at, due_at, paused_at, decided_at: UTC microseconds.
        opened_day, decided_day, withdrawn_day, delivered_day, reopened_day: local days since 1970.
        paused_s: seconds of completed pauses.
        outcome: place in OUTCOMES.
    """

    status: Int8s
    service: Int32s
    area: Int32s
    opened_at: Int64s
    opened_day: Int32s
    due_at: Int64s
    paused_at: Int64s
    paused_s: Int64s
    decided_at: Int64s
    decided_day: Int32s
    outcome: Int32s
    withdrawn_day: Int32s
    delivered_day: Int32s
    reopened_day: Int32s

    @classmethod
    def of(cls, cases: pa.Table, axes: Axes) -> CaseRows:
        """From a table. Args: cases of CASE_SCHEMA; the axes."""
        return cls(
            status=codes(cases["status"], _STATUSES, "a status").astype(np.int8),
            service=codes(cases["service"], axes.services, "a service"),
            area=codes(cases["area"], axes.areas, "an area"),
            opened_at=instants(cases["opened_at"]),
            opened_day=days(cases["opened_day"]),
            due_at=instants(cases["due_at"]),
            paused_at=instants(cases["paused_at"]),
            paused_s=integers(cases["paused_s"]),
            decided_at=instants(cases["decided_at"]),
            decided_day=days(cases["decided_day"]),
            outcome=codes(cases["outcome"], _OUTCOMES, "an outcome"),
            withdrawn_day=days(cases["withdrawn_day"]),
            delivered_day=days(cases["delivered_day"]),
            reopened_day=days(cases["reopened_day"]),
        )

    @property
    def is_counted(self) -> Bools:
        """Cases that count: opened, with a service and an area."""
        counted: Bools = (self.status != UNOPENED) & (self.service >= 0) & (self.area >= 0)
        return counted

    @property
    def is_open(self) -> Bools:
        """Counted cases that are open."""
        return self.is_counted & (self.status == OPEN)

    @property
    def is_decided(self) -> Bools:
        """Counted cases that are decided."""
        return self.is_counted & (self.status == DECIDED)

    def decide_s(self, places: Int64s) -> Int64s:
        """Whole seconds from opening to decision, pauses taken out, never negative; of decided cases at some places."""
        took = (self.decided_at[places] - self.opened_at[places]) // SECOND_US - self.paused_s[places]
        return np.maximum(took, 0)
