"""Arrow columns as plain NumPy arrays and back: instants in UTC microseconds, days since 1970, codes as indices.

A missing instant is NO_INSTANT, a missing day NO_DAY, a missing or absent code -1; no array here is an object array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warehouse.errors import InternalError

Int8s: TypeAlias = NDArray[np.int8]
Int32s: TypeAlias = NDArray[np.int32]
Int64s: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

NO_INSTANT: Final = int(np.iinfo(np.int64).min)
NO_DAY: Final = int(np.iinfo(np.int32).min)
SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
_INSTANT: Final = pa.timestamp("us", tz="UTC")


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column as one array without chunks."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def integers(column: pa.ChunkedArray | pa.Array, missing: int = 0) -> Int64s:
    """An integer column, with `missing` where it is null."""
    return _filled(flat(column).cast(pa.int64()), missing)


def instants(column: pa.ChunkedArray | pa.Array) -> Int64s:
    """UTC microseconds since 1970 of a timestamp column; NO_INSTANT where it is null."""
    array = flat(column)
    if array.type.unit != "us":
        array = array.cast(_INSTANT)
    return _filled(array.view(pa.int64()), NO_INSTANT)


def days(column: pa.ChunkedArray | pa.Array) -> Int32s:
    """Days since 1970 of a date column; NO_DAY where it is null."""
    return _filled(flat(column).view(pa.int32()), NO_DAY)


def truths(column: pa.ChunkedArray | pa.Array) -> Bools:
    """A boolean column; null is false."""
    return flat(column).fill_null(False).to_numpy(zero_copy_only=False)


def present(column: pa.ChunkedArray | pa.Array) -> Bools:
    """Where a column is not null."""
    array = flat(column)
    if not array.null_count:
        return np.ones(len(array), dtype=np.bool_)
    return array.is_valid().to_numpy(zero_copy_only=False)


def equals(column: pa.ChunkedArray | pa.Array, text: str) -> Bools:
    """Where a text column without nulls equals a text."""
    return pc.equal(flat(column), text).to_numpy(zero_copy_only=False)


def codes(column: pa.ChunkedArray | pa.Array, known: pa.Array, what: str) -> Int32s:
    """Index of every code in `known`; -1 where the column is null.

    Args:
        column: text column of codes.
        known: the codes in their order.
        what: what the codes are, for the message.

    Raises:
        InternalError: if a code is not known; the door of ingest refuses such rows.
    """
    array = flat(column)
    if array.null_count == len(array):
        return np.full(len(array), -1, dtype=np.int32)
    found = pc.index_in(array, value_set=known)
    if found.null_count != array.null_count:
        strange = array.filter(pc.and_(array.is_valid(), found.is_null())).unique().to_pylist()
        raise InternalError(f"{what} not in the reference data reached the warehouse: {', '.join(strange[:5])}")
    return _filled(found, -1)


def from_instants(array: Int64s) -> pa.Array:
    """A timestamp column of UTC microseconds; NO_INSTANT becomes null."""
    return pa.array(array, mask=array == NO_INSTANT).view(_INSTANT)


def from_days(array: Int32s) -> pa.Array:
    """A date column of days since 1970; NO_DAY becomes null."""
    return pa.array(array, mask=array == NO_DAY).view(pa.date32())


def taken(values: pa.Array, index: Int64s) -> pa.Array:
    """`values` at the given places; null where the index is -1."""
    return values.take(pa.array(index, mask=index < 0))


def ordered(keys: Sequence[NDArray[np.integer]], names: pa.Table) -> Int64s:
    """Rows ordered by numbers, and where those tie by texts, which are looked at nowhere else.

    Args:
        keys: arrays of numbers, the most important first.
        names: text columns without nulls, the most important first.
    """
    order = np.lexsort(keys[::-1])
    tie = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in keys])
    if not tie.any():
        return order
    tied = np.flatnonzero(np.concatenate([tie, [False]]) | np.concatenate([[False], tie]))
    group = np.cumsum(np.concatenate([[True], ~tie]))[tied].tolist()
    rows = order[tied]
    texts = (column.to_pylist() for column in names.take(pa.array(rows)).columns)
    order[tied] = [row for *_, row in sorted(zip(group, *texts, rows.tolist(), strict=True))]
    return order


def _filled(array: pa.Array, missing: int) -> Any:
    if array.null_count:
        array = array.fill_null(missing)
    return array.to_numpy(zero_copy_only=False)
