"""Made-up cases to be loaded, the same every time: as files of three formats and as CloudEvents.

Who may import it: ingest.bench.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from warehouse.reference import Reference

FORMATS: Final = ("csv", "jsonl", "parquet")
#: Of the rows, how many have a decision besides the opening: events are 1.8 times the rows.
_DECIDED_OF_TEN: Final = 8
_HISTORY_S: Final = 300 * 86_400
_LONGEST_S: Final = 20 * 86_400
_LOCAL: Final = "%Y-%m-%d %H:%M:%S"
_SERVICES: Final = 200


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases, one per row.

    Attributes:
        table: number, opened_at, closed_at (null = open), service, area, outcome.
        timezone: of the state.
    """

    table: pa.Table
    timezone: str

    @property
    def events(self) -> int:
        """Events that they make: every opening and every decision."""
        return int(self.table.num_rows + pc.count(self.table["closed_at"]).as_py())

    def write(self, folder: Path, form: str) -> Path:
        """Write a file. Args: form: of FORMATS; text has local times without an offset, Parquet has instants."""
        path = folder / f"cases.{form}"
        if form == "parquet":
            parquet.write_table(self.table, path)
            return path
        texts = self.table
        for name in ("opened_at", "closed_at"):
            local = pc.strftime(pc.local_timestamp(pc.assume_timezone(texts[name], "UTC").cast(self._local)), _LOCAL)
            texts = texts.set_column(texts.schema.get_field_index(name), name, local)
        if form == "csv":
            csv.write_csv(texts, path)
        else:
            path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in texts.to_pylist()))
        return path

    def cloudevents(self, source: str) -> Iterator[bytes]:
        """Their events as JSON, one each."""
        for row in self.table.to_pylist():
            said = {"case_id": f"{source}:{row['number']}", "service": row["service"], "area": row["area"]}
            yield _event(source, f"{row['number']}-o", "cm.case.opened", row["opened_at"], said)
            if row["closed_at"] is not None:
                said |= {"outcome": row["outcome"]}
                yield _event(source, f"{row['number']}-d", "cm.case.decided", row["closed_at"], said)

    @property
    def _local(self) -> pa.DataType:
        return pa.timestamp("s", tz=self.timezone)


def make_cases(events: int, reference: Reference, now: datetime) -> Cases:
    """Make cases of the last months, in the order in which they were opened.

    Args:
        events: about so many are made of them.
        reference: gives services and places of the lowest level.
        now: nothing happens after it.
    """
    rows = max(10, events * 10 // (10 + _DECIDED_OF_TEN))
    chance = np.random.default_rng(rows)
    services = [one.code for one in reference.services.values() if one.kind == "application"][:_SERVICES]
    areas = [area.code for area in reference.by_level(reference.state.levels[-1].code)]
    last = int(now.timestamp()) - 3600
    opened = np.sort(chance.integers(last - _HISTORY_S, last - _LONGEST_S, rows))
    closed = opened + chance.integers(3600, _LONGEST_S, rows)
    open_still = np.arange(rows) % 10 >= _DECIDED_OF_TEN
    table = pa.table(
        {
            "number": [f"N{row:09d}" for row in range(rows)],
            "opened_at": pa.array(opened, pa.timestamp("s")),
            "closed_at": pa.array(closed, pa.timestamp("s"), mask=open_still),
            "service": np.array(services)[chance.integers(0, len(services), rows)],
            "area": np.array(areas)[chance.integers(0, len(areas), rows)],
            "outcome": np.where(chance.random(rows) < 0.9, "approved", "rejected"),
        }
    )
    return Cases(table, reference.state.timezone)


def mapping_table(source: str, form: str, timezone: str) -> dict[str, Any]:
    """How rows of a file become events, as a [source.<name>] table declares it."""
    return {
        "format": form,
        "timezone": "UTC" if form == "parquet" else timezone,
        "case_prefix": f"{source}:",
        "fields": {"case_id": "number", "service": "service", "area": "area"},
        "event": [
            {"kind": "case.opened", "at": "opened_at", "required": True},
            {"kind": "case.decided", "at": "closed_at", "outcome": "outcome"},
        ],
    }


def _event(source: str, name: str, kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": kind, "time": f"{at.isoformat()}Z"}
    return orjson.dumps(envelope | {"data": data})
