"""Last readings of all assets, answered from memory: a commit of readings needs those of the same assets before it.

Who may import it: warehouse.writer, warehouse.transaction.
Invariants: equals the table `gauge` as of the last commit; there are as many as assets that ever reported, which does
not grow with the history.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from warehouse.batch import GAUGE_SCHEMA

_KEY: Final = ("metric", "asset")
_KEPT: Final = tuple(name for name in GAUGE_SCHEMA.names if name not in _KEY)


class LastReadings:
    """The rows of `gauge` by metric and asset; used by the write thread only."""

    def __init__(self, stored: pa.Table) -> None:
        """Args: stored: all of them. Shape: GAUGE_SCHEMA."""
        self._rows: dict[tuple[str, str], tuple[object, ...]] = {}
        self.change(GAUGE_SCHEMA.empty_table(), stored)

    def of(self, metric_assets: pa.Table) -> pa.Table:
        """Those of some assets; columns metric, asset, each pair once. Shape: GAUGE_SCHEMA, any order."""
        found = [(*key, *row) for key in _pairs(metric_assets) if (row := self._rows.get(key)) is not None]
        columns = zip(*found, strict=True) if found else [()] * len(GAUGE_SCHEMA)
        order = (*_KEY, *_KEPT)
        arrays = {name: pa.array(cells, _plain(name)) for name, cells in zip(order, columns, strict=True)}
        return pa.table([arrays[name].cast(GAUGE_SCHEMA.field(name).type) for name in GAUGE_SCHEMA.names], GAUGE_SCHEMA)

    def change(self, before: pa.Table, after: pa.Table) -> None:
        """Follow a commit. Args: rows that were removed, rows that replaced them. Shape of each: GAUGE_SCHEMA."""
        for key in _pairs(before):
            del self._rows[key]
        kept = [after[name].cast(_plain(name)).to_pylist() for name in _KEPT]
        self._rows.update(zip(_pairs(after), zip(*kept, strict=True), strict=True))


def _pairs(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(*(table[name].to_pylist() for name in _KEY), strict=True))


def _plain(name: str) -> pa.DataType:
    """How a column is kept: instants as microseconds, which cost a tenth of Python's own."""
    kind = GAUGE_SCHEMA.field(name).type
    return pa.int64() if pa.types.is_timestamp(kind) else kind
