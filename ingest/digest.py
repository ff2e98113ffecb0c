"""The hash by which a second delivery with other contents is told from a repetition.

Who may import it: ingest only.
Invariants: a function of the payload alone – not of when or in which batch it came; stored, so it never changes
(tests/unit/ingest/test_digest.py holds literal values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from warehouse.event import EVENT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Hashes: TypeAlias = "NDArray[np.uint64]"
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)
#: Not part of the payload: what names the event, what follows from other fields, and when it reached us.
_OUTSIDE: Final = frozenset({"event_id", "source", "received_at", "day", "digest"})


def digest(columns: Mapping[str, pa.Array], rows: int) -> Hashes:
    """Hash the payloads of events.

    Args:
        columns: by name of the event's field; empty fields may be left out, others are ignored.
        rows: number of events.

    Returns:
        One hash per event; an empty cell adds nothing, so that a column added later changes no old hash.
    """
    total = np.zeros(rows, np.uint64)
    for place, name in enumerate(EVENT_COLUMNS):
        column = columns.get(name)
        if name in _OUTSIDE or column is None or column.null_count == rows:
            continue
        cells = hash_cells(column)
        mixed = (cells ^ np.uint64((place + 1) * 0x632BE59BD9B4E019 & 0xFFFFFFFFFFFFFFFF)) * _FACTOR
        mixed = (mixed ^ (mixed >> _SHIFT)) * _FACTOR
        total += np.where(column.is_valid().to_numpy(zero_copy_only=False), mixed, np.uint64(0))
    return total


def hash_cells(column: pa.Array) -> Hashes:
    """Hash of every cell; that of an empty one means nothing."""
    if pa.types.is_string(column.type):
        coded = column.dictionary_encode()
        words = coded.dictionary.to_numpy(zero_copy_only=False)
        if not len(words):
            return np.zeros(len(column), np.uint64)
        codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
        return pd.util.hash_array(words, categorize=False)[codes]
    plain = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
    numbers = plain.fill_null(0).to_numpy(zero_copy_only=False)
    if numbers.dtype.kind == "f":
        return pd.util.hash_array(numbers + 0.0)  # -0.0 and 0.0 are the same reading
    return pd.util.hash_array(numbers.astype("int64"))
