"""Simulated events before they become Arrow: one compact row of codes per event, so that a year fits into memory."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from warehouse.event import KIND_RANK

#: Code of a kind = its place in warehouse.event.KINDS.
KIND_CODE: Final = KIND_RANK
#: Code that says "this event has no such thing".
NONE: Final = -1


class Nature(IntEnum):
    """What became of an event on its way."""

    ORDINARY = 0
    CORRECTION = 1  # says something else of the event `ref_seq` of the same case, or of the reading at `ref_at_us`
    RETRACTION = 2  # says that it never happened
    REPEATED = 3  # the same row once more
    MALFORMED = 4  # a row that decoding refuses; `rating` says how it is broken


#: One event. Codes are positions in the lists of Plan; times are microseconds since the epoch, UTC.
EVENT: Final = np.dtype(
    [
        ("at_us", np.int64),  # occurred_at
        ("received_us", np.int64),
        ("amount", np.int64),  # paise, −1 = none
        ("value", np.float64),  # of a reading
        ("ref_at_us", np.int64),  # occurred_at of the reading that a correction is about
        ("office", np.int32),
        ("area", np.int32),
        ("day", np.int32),  # day number on which the case was opened: part of its number
        ("point", np.int32),  # asset and metric of a reading
        ("service", np.int16),
        ("serial", np.int16),  # number of the case among those of its office and day
        ("post", np.int16),
        ("kind", np.int8),
        ("step", np.int8),
        ("outcome", np.int8),
        ("channel", np.int8),
        ("rating", np.int8),
        ("feed", np.int8),
        ("seq", np.int8),  # number of the event within its case
        ("ref_seq", np.int8),
        ("nature", np.int8),
        ("prefix", np.int8),  # feed in whose series the case is numbered
    ]
)
Block = npt.NDArray[np.void]
#: The same rows as mere bytes: numpy moves those ten times as fast as rows of fields.
_BYTES: Final = np.dtype((np.void, EVENT.itemsize))

_EMPTY_ROW: Final = np.zeros((), EVENT)
for _name in ("amount", "office", "area", "day", "point", "service", "post", "step", "outcome", "channel", "rating"):
    _EMPTY_ROW[_name] = NONE
_EMPTY_ROW["value"] = np.nan


def new_block(rows: int, **columns: Any) -> Block:
    """A block of events that have nothing but the given columns.

    Args:
        rows: number of events.
        columns: scalars or arrays by field name of EVENT.
    """
    block: Block = np.full(rows, _EMPTY_ROW.view(_BYTES)).view(EVENT)
    for name, values in columns.items():
        block[name] = values
    return block


def picked(block: Block, where: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Block:
    """Rows of a block, as a copy. Args: where: marks of the rows, or their places."""
    return block.view(_BYTES)[where].view(EVENT)


def join(parts: list[Block]) -> Block:
    """Blocks one after the other."""
    return np.concatenate([part.view(_BYTES) for part in parts]).view(EVENT)


def by_arrival(block: Block) -> Block:
    """The same events in the order in which they are received; at the same instant, in the order they happened."""
    received_us = np.ascontiguousarray(block["received_us"])
    order = np.argsort(received_us, kind="stable")
    arrivals = received_us[order]
    if (arrivals[1:] == arrivals[:-1]).any():
        order = np.lexsort((block["seq"], block["at_us"], received_us))
    return picked(block, order)
