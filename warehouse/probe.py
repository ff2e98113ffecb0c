"""What a process says of itself to whoever watches processes: plain words, no data.

Who may import it: everybody.
"""

from __future__ import annotations

import ctypes
import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: A disk with less than a tenth and less than this (bytes) free is said before it is full.
_LEAST_FREE: Final = 2 * 2**30
_LEAST_SHARE: Final = 0.1
#: Of struct timex (Linux, 64 bit): its size, and where its field `status` begins; the bit of a clock that nobody sets.
_TIMEX_BYTES, _STATUS_AT, _UNSYNCHRONISED = 208, 40, 0x40


def said(troubles: Sequence[str], notes: Sequence[str] = ()) -> str:
    """One line each.

    Args:
        troubles: why it is not ready; none = it is.
        notes: what is said in any case.
    """
    return "".join(f"{line}\n" for line in (*(troubles or ("ok",)), *notes))


def disk_trouble(folder: Path) -> str | None:
    """What is wrong with the disk of a folder; None = nothing."""
    disk = shutil.disk_usage(folder)
    if disk.free < _LEAST_FREE and disk.free < _LEAST_SHARE * disk.total:
        return f"the disk has {disk.free // 2**20} MiB left"
    return None


def clock_note() -> str:
    """Whether the machine's clock is kept right by a time service, as its kernel says."""
    room = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None).adjtimex(room)
    except AttributeError:
        state = -1
    if state < 0:
        return "clock: this machine does not say whether a time service keeps it right"
    status = int.from_bytes(room.raw[_STATUS_AT : _STATUS_AT + 4], "little")
    return "clock: no time service keeps it right" if status & _UNSYNCHRONISED else "clock: kept right"
