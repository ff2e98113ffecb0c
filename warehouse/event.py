"""The one checked event shape: what is kept of everything that source systems send.

Invariants: columns and types below are the allow-list – nothing else of a payload reaches the warehouse.
Instants are UTC microseconds; `day` is the state-local date of `occurred_at`; amounts are paise.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

#: Kinds in the order in which events of one case at the same instant are taken.
CASE_KINDS: Final = (
    "case.opened",
    "case.reopened",
    "case.moved",
    "case.paused",
    "case.resumed",
    "case.decided",
    "case.withdrawn",
    "case.delivered",
)
OTHER_KINDS: Final = ("feedback.given", "amount.recorded", "reading.taken", "expected.set")
CHANGE_KINDS: Final = ("event.corrected", "event.retracted")
KINDS: Final = (*CASE_KINDS, *OTHER_KINDS, *CHANGE_KINDS)
KIND_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}
OUTCOMES: Final = ("approved", "rejected")

_INSTANT = pa.timestamp("us", tz="UTC")

#: Column order of the event table and of every batch.
EVENT_SCHEMA: Final = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),  # unique within its source
        pa.field("source", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("occurred_at", _INSTANT, nullable=False),
        pa.field("received_at", _INSTANT, nullable=False),
        pa.field("day", pa.date32(), nullable=False),  # state-local date of occurred_at
        pa.field("case_id", pa.string()),  # as printed on the receipt; global, not per source
        pa.field("service", pa.string()),
        pa.field("area", pa.string()),  # code of the place at any level
        pa.field("office", pa.string()),
        pa.field("post", pa.string()),
        pa.field("step", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("due_at", _INSTANT),  # only when the source states the limit itself
        pa.field("amount", pa.int64()),  # paise
        pa.field("rating", pa.int8()),  # 1 (worst) … 5 (best)
        pa.field("metric", pa.string()),
        pa.field("asset", pa.string()),
        pa.field("value", pa.float64()),  # in the metric's unit; stored in cells as thousandths, integer
        pa.field("ref", pa.string()),  # event_id that an event.corrected / event.retracted is about
        pa.field("digest", pa.uint64(), nullable=False),  # hash of the payload: same id + other digest = conflict
    ]
)
EVENT_COLUMNS: Final = tuple(EVENT_SCHEMA.names)

#: How rejected_id begins where one event of a row was refused and others were taken; such a row is no refused row.
SKIPPED: Final = "event-"
#: One row that was refused, kept as it came.
REJECTED_SCHEMA: Final = pa.schema(
    [
        pa.field("rejected_id", pa.string(), nullable=False),  # hash of source + raw: a second delivery is a duplicate
        pa.field("source", pa.string(), nullable=False),
        pa.field("received_at", _INSTANT, nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # one of the codes in docs/events.md
        pa.field("field", pa.string()),
        pa.field("detail", pa.string(), nullable=False),  # says what is wrong and what is allowed
        pa.field("raw", pa.string(), nullable=False),  # the row as JSON (allow-listed columns of the mapping)
        pa.field("origin", pa.string(), nullable=False),  # file name and row number, or topic, partition and offset
    ]
)
