"""Collects why rows are refused, first reason per row, and writes them as quarantine rows.

Who may import it: ingest only.
Invariants: the same source and raw text give the same rejected_id; raw holds only columns that the mapping names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import orjson
import pyarrow as pa

from warehouse.event import REJECTED_SCHEMA, SKIPPED
from warehouse.personal import lettered, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from ingest.reason import Reason

Mask: TypeAlias = "NDArray[np.bool_]"
Rows: TypeAlias = "NDArray[np.int32]"
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """Cells of one column that cannot be taken.

    Attributes:
        mask: which cells.
        reason: code of the refusal.
        says: what is wrong and what is allowed; follows the cell in the message.
        cells: the column as it came, to be quoted.
    """

    mask: Mask
    reason: Reason
    says: str
    cells: pa.Array | pa.ChunkedArray


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that is refused before or beside decoding.

    Attributes:
        reason: code of the refusal.
        field: the field or column that is wrong; None = the row as a whole.
        detail: what is wrong and what is allowed.
        raw: the row as JSON.
        origin: where it came from.
    """

    reason: Reason
    field: str | None
    detail: str
    raw: str
    origin: str


@dataclass(slots=True)
class Refusals:
    """Refused rows of one table.

    Attributes:
        refused: one flag per row.
        why: by row, the first reason with field and detail.
    """

    refused: Mask
    why: dict[int, tuple[Reason, str | None, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: int) -> Refusals:
        """Nothing refused yet. Args: rows: how many rows the table has."""
        return cls(np.zeros(rows, bool))

    def add(self, rows: Rows, reason: Reason, name: str | None, detail: str) -> None:
        """Refuse rows for one reason with the same words."""
        for row in rows.tolist():
            self.why.setdefault(row, (reason, name, detail))
        self.refused[rows] = True

    def add_cells(self, rows: Rows, name: str, problem: Problem, where: Mask) -> None:
        """Refuse rows for their cells of one column.

        Args:
            rows: row numbers.
            name: the field.
            problem: its cells are in the order of `where`.
            where: which of the problem's cells belong to rows, in the same order.
        """
        cells = np.flatnonzero(where)
        for row, cell in zip(rows.tolist(), cells.tolist(), strict=True):
            if row not in self.why:
                shown = quoted(_cells(problem.cells.slice(cell, 1))[0])
                self.why[row] = (problem.reason, name, f"{name} {shown} {problem.says}")
        self.refused[rows] = True

    def rows(self) -> list[int]:
        """Numbers of the refused rows, in order."""
        return sorted(self.why)


def quoted(cell: object) -> str:
    """A cell as a message shows it: short, on one line, no number of a person, strange characters escaped."""
    text = masked(cell if isinstance(cell, str) else str(cell))
    return ascii(text[:_SHOWN] + "…") if len(text) > _SHOWN else (repr(text) if text.isprintable() else ascii(text))


def rejected_table(source: str, received_at: datetime, refused: Iterable[Refused]) -> pa.Table:
    """Quarantine rows of a source. Shape: REJECTED_SCHEMA."""
    many = list(refused)
    return _table(source, received_at, many, [rejected_id(source, one.raw) for one in many])


def skipped_table(source: str, entry: str, received_at: datetime, refused: Iterable[Refused]) -> pa.Table:
    """The same of events that were refused alone. Args: entry: its name in the mapping, found again by the ids."""
    many = list(refused)
    return _table(source, received_at, many, [f"{skipped_mark(entry)}{rejected_id(source, one.raw)}" for one in many])


def skipped_mark(entry: str) -> str:
    """How the ids begin of what was refused of one entry alone."""
    return f"{SKIPPED}{lettered(blake2b(entry.encode(), digest_size=4).hexdigest())}-"


def _table(source: str, received_at: datetime, many: Sequence[Refused], ids: Sequence[str]) -> pa.Table:
    rows = {
        "rejected_id": ids,
        "source": [source] * len(many),
        "received_at": [received_at] * len(many),
        "reason": [one.reason.value for one in many],
        "field": [one.field for one in many],
        "detail": [one.detail for one in many],
        "raw": [one.raw for one in many],
        "origin": [one.origin for one in many],
    }
    return pa.table(rows, schema=REJECTED_SCHEMA)


def rejected_id(source: str, raw: str) -> str:
    """The same row of the same source has the same id, so that a second delivery is known as one."""
    return lettered(blake2b(f"{source}\0{raw}".encode(), digest_size=16).hexdigest())


def refused_rows(
    refusals: Refusals, table: pa.Table, columns: Sequence[str], origin: Callable[[int], str]
) -> list[Refused]:
    """Refused rows of a decoded table with their raw cells.

    Args:
        refusals: what was found.
        table: the rows.
        columns: the columns that may be kept.
        origin: says where a row came from.
    """
    rows = refusals.rows()
    if not rows:
        return []
    names = tuple(dict.fromkeys(columns))
    cells = map(_cells, table.select(names).take(pa.array(rows, pa.int64())).columns)
    return [
        Refused(*refusals.why[row], raw=raw_json(dict(zip(names, raw, strict=True))), origin=origin(row))
        for row, raw in zip(rows, zip(*cells, strict=True), strict=True)
    ]


def _cells(column: pa.Array | pa.ChunkedArray) -> list[object]:
    """Cells as Python has them; of a column with instants before the year 1 or after 9999 as text."""
    try:
        return column.to_pylist()
    except OverflowError:
        return column.cast(pa.string()).to_pylist()


def raw_json(cells: Mapping[str, object]) -> str:
    """Cells as JSON text, without those that are not there at all."""
    there = {name: cell for name, cell in cells.items() if cell is not None}
    try:
        return orjson.dumps(there, default=str).decode()
    except TypeError:  # a number of more than 64 bits, or half of a surrogate pair
        return json.dumps(there, default=str)


def unreadable(line: bytes) -> str:
    """What is kept of a row that cannot be split into columns: nobody can say what its text holds, so none of it."""
    return raw_json({"bytes": len(line), "hash": lettered(blake2b(line, digest_size=16).hexdigest())})
